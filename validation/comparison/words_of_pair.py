"""What happened to one case between two models, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..results import Row
from ..summary import short_p
from .changes import leading
from .divergence import Divergence, Move
from .pairing import CasePair
from .words import Change, Event

Name = Callable[[str], str]

_EVENTS = {
    Event.MUST_NOT_MISS_LOST: "What must not be missed is no longer among the first three.",
    Event.EMERGENCY_UNDER_TRIAGED: "It is an emergency, and the advice is no longer one.",
    Event.RED_FLAG_DROPPED: "A question that a safe interview asks is no longer asked, or not in time.",
    Event.UNSAFE_TRIAGE: "The advice is now less urgent than the least urgent level that the card accepts.",
    Event.MUST_NOT_MISS_REGAINED: "What must not be missed is among the first three again.",
    Event.EMERGENCY_RECOGNISED: "The emergency is recognised now.",
    Event.RED_FLAG_REGAINED: "A question that a safe interview asks is asked now, and in time.",
    Event.SAFE_TRIAGE: "The advice is urgent enough now.",
}
_STOPS = {
    "threshold": "it was sure enough",
    "low_gain": "no question promised enough",
    "max_questions": "the questions had run out",
    "nothing_left": "nothing was left to ask",
    "impossible_evidence": "its network calls the evidence impossible",
}


def in_words(
    pair: CasePair, base: Row, candidate: Row, parted: Divergence | None, condition: Name, finding: Name
) -> Iterator[str]:
    """The outcome, the events and the parting of the interviews, a sentence each.

    Parameters
    ----------
    base, candidate : the pair's results in full
    condition, finding : id to name
    """
    yield f"Base: {_outcome(base, condition)} Candidate: {_outcome(candidate, condition)}"
    for event in pair.events:
        yield _EVENTS[event]
    if parted is None:
        yield (
            "Both models ask the same questions and stop at the same point: what differs are the probabilities."
            if pair.change is not Change.SAME or pair.events or base["p_expected"] != candidate["p_expected"]
            else "Both interviews are the same, to the last question."
        )
    elif parted.is_about_the_answer:
        assert parted.base.finding is not None
        yield (
            f"The interviews part at question {parted.number}: both ask for {finding(parted.base.finding)}, and the "
            f"answers differ ({_answer(parted.base)}, {_answer(parted.candidate)}): the finding's states, or what "
            "unlisted findings mean, are others."
        )
    else:
        before = "They part at the first question" if parted.number == 1 else f"They part at question {parted.number}"
        base_words, candidate_words = (move_words(move, finding) for move in (parted.base, parted.candidate))
        yield f"{before}: the base {base_words}, the candidate {candidate_words}."


def move_words(move: Move, finding: Name) -> str:
    """``asks for Nausea (expected gain .147)``, or why it stopped."""
    if move.finding is None:
        stop = move.stop or "no reason recorded"
        return f"has stopped, because {_STOPS.get(stop, stop.replace('_', ' '))}"
    how = "as a red flag, " if move.red_flag else ""
    return f"asks for {finding(move.finding)} ({how}expected gain {move.gain:.3f} nats)"


def _answer(move: Move) -> str:
    return (move.answer or "cannot say").replace("_", " ")


def _outcome(row: Row, condition: Name) -> str:
    first = leading(row)
    if first is None:
        return f"no differential ({row['outcome'].replace('_', ' ')})."
    p_leading = short_p(row["differential"][0]["p"])
    if first == row["expected"]:
        return f"{condition(first)} leads with {p_leading}, as expected."
    right = ", which the card accepts" if row["rank_right"] == 1 else ""
    return (
        f"{condition(first)} leads with {p_leading}{right}; the expected {condition(row['expected'])} has "
        f"{short_p(row['p_expected'])} (rank {row['rank'] or 'none'})."
    )

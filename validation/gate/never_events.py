"""G1: what must never happen and newly happens blocks, whatever the averages do.

On a fixed case set and a deterministic model a new never-event is a fact, not an inference: there is no
test here.  Only a waiver lets one through: a named reviewer, a reason, a last day, and the hashes of the
very case and the very model that were looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from shlex import quote
from typing import NamedTuple

from model.network.vocabulary import Triage

from ..comparison import CasePair, Diff, Event
from ..comparison.changes import newly_missed, place_of, red_flags_asked
from ..comparison.words import NEVER_EVENTS
from .rules import Waiver
from .verdict import GateFinding, Status
from .wording import plural

TITLES = {
    Event.MUST_NOT_MISS_LOST: "must-not-miss condition left the top 3",
    Event.EMERGENCY_UNDER_TRIAGED: "emergency newly under-triaged",
    Event.RED_FLAG_DROPPED: "must-ask red flag no longer asked",
}


class Waived(NamedTuple):
    """A new never-event that is accepted."""

    waiver: Waiver
    words: str
    """What happened."""


def never_events(
    diff: Diff, waivers: Sequence[Waiver], today: date, also: Sequence[Waived] = (), *, is_clean: bool = True
) -> list[GateFinding]:
    """One finding for each kind of new never-event, then what is waived, then waivers that do not apply.

    ``also`` : what is waived of cases that are not in ``diff``; ``is_clean`` : none of those blocks
    """
    findings: list[GateFinding] = []
    waived = list(also)
    for event in NEVER_EVENTS:
        blocking, accepted = blocking_and_waived(diff, waivers, event, today)
        waived += accepted
        if blocking:
            words = (
                f"{plural(len(blocking), 'case')} of {len(diff.comparable):,} newly "
                f"{'has' if len(blocking) == 1 else 'have'} it; one is enough to block, however good the averages are."
            )
            next_step = (
                f"`clinval show {quote(blocking[0].case_id)} --diff`; "
                "if a reviewer accepts it: `clinval gate runs --propose-waivers`"
            )
            findings.append(
                GateFinding(
                    "G1", Status.FAIL, TITLES[event], words, next_step, tuple(pair.case_id for pair in blocking),
                    tuple(in_words(diff, pair, event) for pair in blocking),
                )
            )  # fmt: skip
    if not findings and is_clean:
        findings.append(
            GateFinding(
                "G1", Status.PASS, "never-events", "No new never-event" + (" that is not waived." if waived else ".")
            )
        )
    if waived:
        details = tuple(
            f"{told.words}; waived by {told.waiver.reviewer} until {told.waiver.expires}: {told.waiver.reason}"
            for told in waived
        )
        cases = tuple(told.waiver.case for told in waived)
        words = f"{plural(len(waived), 'new never-event')} accepted by name."
        findings.append(GateFinding("G1", Status.FLAG, "waived never-events", words, cases=cases, details=details))
    used = {told.waiver for told in waived}
    return [*findings, *_idle([waiver for waiver in waivers if waiver not in used], diff, today)]


def blocking_and_waived(
    diff: Diff, waivers: Sequence[Waiver], event: Event, today: date
) -> tuple[list[CasePair], list[Waived]]:
    """The cases that newly have ``event``: those that nobody accepts, and those that somebody does."""
    blocking, waived = [], []
    for pair in diff.comparable:
        if event not in pair.never_events:
            continue
        waiver = next((w for w in waivers if is_bound(w, diff, pair, event) and today <= w.expires), None)
        if waiver is None:
            blocking.append(pair)
        else:
            waived.append(Waived(waiver, in_words(diff, pair, event)))
    return blocking, waived


def is_bound(waiver: Waiver, diff: Diff, pair: CasePair, event: Event) -> bool:
    """Whether the waiver is for this event of this very case and this very model."""
    plan = diff.candidate.manifest.plan
    return (waiver.case, waiver.case_hash, waiver.event, waiver.network, waiver.policy) == (
        pair.case_id, pair.card.content_hash, event, plan.network.digest, plan.policy.digest,
    )  # fmt: skip


def _idle(waivers: Sequence[Waiver], diff: Diff, today: date) -> list[GateFinding]:
    if not waivers:
        return []
    details = tuple(f"{waiver.case} {waiver.event}: {_why_idle(waiver, diff, today)}" for waiver in waivers)
    words = f"{plural(len(waivers), 'waiver')} of gate.toml {'does' if len(waivers) == 1 else 'do'} not apply."
    return [
        GateFinding(
            "G1", Status.NOTE, "idle waivers", words, "take them out of gate.toml",
            tuple(waiver.case for waiver in waivers), details,
        )
    ]  # fmt: skip


def _why_idle(waiver: Waiver, diff: Diff, today: date) -> str:
    plan = diff.candidate.manifest.plan
    if today > waiver.expires:
        return f"expired on {waiver.expires}"
    pair = diff.pair.get(waiver.case)
    if pair is None:
        return "no such case"
    if pair.card.content_hash != waiver.case_hash:
        return "the case has changed since: look at it again"
    if (waiver.network, waiver.policy) != (plan.network.digest, plan.policy.digest):
        return "the model has changed since: look at it again"
    return "nothing to waive: this is not new, or does not happen"


def in_words(diff: Diff, pair: CasePair, event: Event) -> str:
    """What happened in one case, in a line."""
    assert pair.base is not None
    assert pair.candidate is not None
    base, candidate = pair.base, pair.candidate
    names = diff.candidate.vocabulary.condition_names
    if event is Event.MUST_NOT_MISS_LOST:
        lost = " and ".join(
            f"{names.get(name, name)} {_place(place_of(base, name))} before, now {_place(place_of(candidate, name))}"
            for name in newly_missed(base, candidate)
        )
        return f"{pair.case_id}: {lost}"
    if event is Event.EMERGENCY_UNDER_TRIAGED:
        return (
            f"{pair.case_id}: advice was {_advice(base['triage_advice'])}, is now {_advice(candidate['triage_advice'])}"
        )
    findings = diff.candidate.vocabulary.finding_by_id
    dropped = sorted(red_flags_asked(base) - red_flags_asked(candidate))
    questions = [f"“{findings[name].question}”" if name in findings else name for name in dropped]
    late = [ask for ask in candidate["must_ask"] if ask["finding"] in dropped and ask["asked_at"] >= 0]
    how = "now asked too late" if len(late) == len(dropped) else "no longer asked"
    return f"{pair.case_id}: {' and '.join(questions)} {how}"


def _place(rank: int) -> str:
    return f"no. {rank}" if rank > 0 else "not on the list"


def _advice(level: int) -> str:
    return Triage(level).label.replace("_", " ") if level >= 0 else "none"


def proposed_waivers(diff: Diff, expires: date) -> str:
    """``[[waiver]]`` tables for every new never-event, ready for ``gate.toml`` but for the two things that
    only a reviewer can write: their name and their reason."""
    from model.network.toml_text import quoted

    plan = diff.candidate.manifest.plan
    tables = [
        "\n".join(
            (
                f"# {in_words(diff, pair, event)}",
                "[[waiver]]",
                f"case = {quoted(pair.case_id)}",
                f'event = "{event}"',
                'reviewer = ""  # who accepts it',
                'reason = ""  # why it is acceptable',
                f"expires = {expires.isoformat()}",
                f'case_hash = "{pair.card.content_hash}"',
                f'network = "{plan.network.digest}"',
                f'policy = "{plan.policy.digest}"',
            )
        )
        for pair in diff.comparable
        for event in pair.never_events
    ]
    return "\n\n".join(tables) + "\n" if tables else ""

"""What happened to a case, in sentences that a clinician reads without a legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model.network.vocabulary import Triage
from validation.columns import ANSWERED, IMPOSSIBLE, NOT_IN_MODEL
from validation.comparison import CasePair, Change, Event
from validation.comparison.changes import is_right, leading, missed, newly_missed, place_of, red_flags_asked
from validation.results import Row

from .shapes import Names


def probability(p: float) -> str:
    """``0.61``, and near 0 or 1 a digit more: ``0.014``, ``0.998``, ``<0.001``."""
    if 0 < p < 0.001:
        return "<0.001"
    return f"{p:.2f}" if 0.095 <= p < 0.995 or p in (0, 1) else f"{min(p, 0.999) if p < 1 else p:.3f}"


def rank(place: int) -> str:
    """``rank 3``, or that it is on no list."""
    return f"rank {place}" if place else "not on the list"


def ranks_of(before: int, after: int) -> str:
    """``rank 2 → 5``"""
    return f"rank {before} → {after}" if before and after else f"{rank(before)} → {rank(after)}"


def share(hits: int, n: int) -> str:
    """``38 of 80 (47.5 %)``: never a percentage without its counts."""
    return f"{hits} of {n} ({100 * hits / n:.1f} %)" if n else "0 of 0"


def count(n: int, thing: str, things: str = "") -> str:
    """``1 case``, ``3 cases``."""
    return f"{n} {thing if n == 1 else things or thing + 's'}"


def level(advice: int) -> str:
    """A triage level as it is said; −1 is none."""
    return Triage(advice).label.replace("_", " ") if advice >= 0 else "no advice"


class Narrator:
    """Says what happened, with the names that a network gives its conditions and findings."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def condition(self, id: str) -> str:
        return self._names.conditions.get(id, id)

    def finding(self, id: str) -> str:
        return self._names.findings.get(id, id)

    def pair(self, pair: CasePair) -> str:
        """What changed between two models, safety first."""
        assert pair.base is not None
        assert pair.candidate is not None
        safety = [self.event(event, pair.base, pair.candidate) for event in pair.events]
        return " ".join([*safety, self._outcome(pair.change, pair.base, pair.candidate)])

    def row(self, row: Row) -> str:
        """How a case came out with one model."""
        return " ".join([*self.never_events(row), self._result(row)])

    def never_events(self, row: Row) -> list[str]:
        """What must never happen, and did."""
        return [self.never_event(event, row) for event, test in NEVER_EVENT_TESTS.items() if test(row)]

    def never_event(self, event: Event, row: Row) -> str:
        """A never-event as the state of one row."""
        if event is Event.MUST_NOT_MISS_LOST:
            return f"{self._dangerous(row)} must not be missed and {self._worst_place(row)}."
        if event is Event.EMERGENCY_UNDER_TRIAGED:
            return f"An emergency, and the advice is: {level(row['triage_advice'])}."
        missed = sorted({ask["finding"] for ask in row["must_ask"]} - red_flags_asked(row))
        return f"Not asked in time: {' '.join(self._question(name) for name in missed)}"

    def event(self, event: Event, base: Row, candidate: Row) -> str:
        """One event as a sentence."""
        was, now = level(base["triage_advice"]), level(candidate["triage_advice"])
        if event in (Event.MUST_NOT_MISS_LOST, Event.MUST_NOT_MISS_REGAINED):
            lost = event is Event.MUST_NOT_MISS_LOST
            names = newly_missed(base, candidate) if lost else newly_missed(candidate, base)
            moved = [
                f"{self.condition(name)} ({ranks_of(place_of(base, name), place_of(candidate, name))})"
                for name in names
            ]
            verb = "left" if lost else "is back in" if len(names) == 1 else "are back in"
            return f"{listed(moved)}, which must not be missed, {verb} the first three."
        if event is Event.EMERGENCY_UNDER_TRIAGED:
            return f"An emergency is no longer recognised: the advice was {was} and is now {now}."
        if event is Event.EMERGENCY_RECOGNISED:
            return f"The emergency is recognised now: the advice was {was} and is {now}."
        if event is Event.UNSAFE_TRIAGE:
            return f"The advice is not urgent enough any more: {was} → {now}; at least {_least(candidate)} is wanted."
        if event is Event.SAFE_TRIAGE:
            return f"The advice is urgent enough now: {was} → {now}."
        asked, still = red_flags_asked(base), red_flags_asked(candidate)
        dropped = event is Event.RED_FLAG_DROPPED
        findings = sorted(asked - still if dropped else still - asked)
        questions = " ".join(self._question(name) for name in findings)
        return f"{'No longer asked in time' if dropped else 'Asked in time again'}: {questions}"

    def unchanged(self, base: Row | None, row: Row) -> str:
        """Of a case that nobody has to look at."""
        both = " with both" if base is not None else ""
        return f"right{both}" if is_right(row) else f"wrong{both}: {self._led(row)}"

    def _outcome(self, change: Change, base: Row, candidate: Row) -> str:
        if change is Change.SAME and is_right(candidate):
            accepted = "" if candidate["rank"] == 1 else f": {self._led(candidate)}, which the card accepts"
            return f"Right with both{accepted}. {self._moved(base, candidate, ranks=False)}"
        start = {
            Change.BROKEN: f"Right before, wrong now: {self._led(candidate)}.",
            Change.FIXED: f"Wrong before ({self._led(base)}), right now: {self._led(candidate)}.",
            Change.OTHER_WRONG: f"Wrong in another way: {self._led(base)} before, {self._led(candidate)} now.",
            Change.WORSE_RANK: f"Wrong with both ({self._led(candidate)}), and ranked lower.",
            Change.BETTER_RANK: f"Wrong with both ({self._led(candidate)}), but ranked higher.",
            Change.SAME: f"Wrong with both ({self._led(candidate)}).",
        }[change]
        return f"{start} {self._moved(base, candidate, ranks=change is not Change.SAME)}"

    def _moved(self, base: Row, candidate: Row, *, ranks: bool) -> str:
        """The expected condition, before and after."""
        moved = f"p {probability(base['p_expected'])} → {probability(candidate['p_expected'])}"
        if ranks:
            strict = all(row["rank"] == row["rank_right"] for row in (base, candidate))
            moved += ", " if strict else "; the best that the card accepts: "
            moved += ranks_of(base["rank_right"], candidate["rank_right"])
        return f"{self.condition(candidate['expected'])}: {moved}."

    def _result(self, row: Row) -> str:
        expected = self.condition(row["expected"])
        if row["outcome"] == NOT_IN_MODEL:
            return f"Wrong: the network has no condition {row['expected']!r}."
        if row["outcome"] == IMPOSSIBLE:
            return "Wrong: the network gives this combination of findings probability zero."
        if row["outcome"] != ANSWERED:
            return f"Wrong: the case could not be played ({row['error']})."
        if is_right(row):
            return f"Right: {self._led(row)}."
        return f"Wrong: {self._led(row)}. {expected}: p {probability(row['p_expected'])}, {rank(row['rank'])}."

    def _led(self, row: Row) -> str:
        first = leading(row)
        if first is None:
            return f"no differential ({str(row['outcome']).replace('_', ' ')})"
        return f"{self.condition(first)} leads with {probability(row['differential'][0]['p'])}"

    def _dangerous(self, row: Row) -> str:
        return listed([self.condition(name) for name in row["must_not_miss"]])

    def _worst_place(self, row: Row) -> str:
        place = row["rank_must_not_miss"]
        if len(row["must_not_miss"]) > 1:
            return "one of them is " + (f"only at rank {place}" if place else "not on the list")
        return f"is only at rank {place}" if place else "is not on the list"

    def _question(self, finding: str) -> str:
        asked = self._names.questions.get(finding) or self._names.findings.get(finding, finding)
        return f"“{asked}”"


def must_not_miss_lost(row: Row) -> bool:
    """Whether a must-not-miss condition is not in the first three."""
    return bool(missed(row))


def emergency_lost(row: Row) -> bool:
    """Whether an emergency is advised anything less, or nothing."""
    return bool(row["triage_least"] == Triage.EMERGENCY and row["triage_advice"] < Triage.EMERGENCY)


def red_flag_missed(row: Row) -> bool:
    """Whether a must-ask finding was not asked in time."""
    return bool({ask["finding"] for ask in row["must_ask"]} - red_flags_asked(row))


NEVER_EVENT_TESTS = {
    Event.MUST_NOT_MISS_LOST: must_not_miss_lost,
    Event.EMERGENCY_UNDER_TRIAGED: emergency_lost,
    Event.RED_FLAG_DROPPED: red_flag_missed,
}
"""Each never-event as a state of one row, to tell what both models have."""


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def tally(counts: Mapping[str, int]) -> Iterator[str]:
    """``6 broken``, ``9 fixed``: what there is none of is not said."""
    for word, n in counts.items():
        if n:
            yield f"{n} {word}"


def _least(row: Row) -> str:
    return level(row["triage_least"])

"""What can happen to a case between two models: one word each, that can be grepped."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Change(StrEnum):
    """What became of the outcome of a case; every pair has exactly one.

    A case is *right* when the expected condition, or an acceptable alternative, leads.
    """

    BROKEN = "broken"
    """Right with the base, wrong with the candidate."""
    OTHER_WRONG = "other-wrong"
    """Wrong with both, and another condition leads."""
    WORSE_RANK = "worse-rank"
    """Wrong with both, the same condition leads, and the right one stands lower."""
    FIXED = "fixed"
    """Wrong with the base, right with the candidate."""
    BETTER_RANK = "better-rank"
    """Wrong with both, the same condition leads, and the right one stands higher."""
    SAME = "same"
    """Right with both, or wrong in the same way; probabilities and questions may differ."""
    EDITED = "case-edited"
    """Not comparable: the same id, another content: the case changed, not the model."""
    NEW = "case-new"
    """Not comparable: only the candidate's case set has it."""
    REMOVED = "case-removed"
    """Not comparable: only the base's case set has it."""
    NOT_PLAYED = "not-played"
    """Not comparable: one of the runs has no result for it (incomplete)."""

    @property
    def is_comparable(self) -> bool:
        """Whether both models played this very case."""
        return self not in NOT_COMPARABLE

    @property
    def is_better(self) -> bool:
        """Whether the candidate did better than the base."""
        return self in (Change.FIXED, Change.BETTER_RANK)


NOT_COMPARABLE = (Change.EDITED, Change.NEW, Change.REMOVED, Change.NOT_PLAYED)

SYMBOLS = {
    Change.BROKEN: "✗",
    Change.OTHER_WRONG: "≠",
    Change.WORSE_RANK: "↓",
    Change.FIXED: "✓",
    Change.BETTER_RANK: "↑",
    Change.SAME: "=",
    Change.EDITED: "~",
    Change.NEW: "+",
    Change.REMOVED: "−",
    Change.NOT_PLAYED: "?",
}
"""One character each, for where a word is too long; never the only sign."""


class Event(StrEnum):
    """What became of a case's safety; a pair has any number of them, new ones first."""

    MUST_NOT_MISS_LOST = "must-not-miss-lost"
    """A must-not-miss condition left the top 3."""
    EMERGENCY_UNDER_TRIAGED = "emergency-under-triaged"
    """An emergency, and the advice is no longer one."""
    RED_FLAG_DROPPED = "red-flag-dropped"
    """A must-ask finding is no longer asked, or not before its deadline."""
    UNSAFE_TRIAGE = "unsafe-triage"
    """The advice is newly less urgent than the least urgent acceptable level (and no emergency)."""
    MUST_NOT_MISS_REGAINED = "must-not-miss-regained"
    EMERGENCY_RECOGNISED = "emergency-recognised"
    RED_FLAG_REGAINED = "red-flag-regained"
    SAFE_TRIAGE = "safe-triage"

    @property
    def is_never_event(self) -> bool:
        """Whether one new case of it blocks, whatever the averages do (METRICS.md, G1)."""
        return self in NEVER_EVENTS

    @property
    def is_harm(self) -> bool:
        """Whether it is news of harm rather than of its end."""
        return self in (*NEVER_EVENTS, Event.UNSAFE_TRIAGE)


NEVER_EVENTS = (Event.MUST_NOT_MISS_LOST, Event.EMERGENCY_UNDER_TRIAGED, Event.RED_FLAG_DROPPED)


def gravest(events: Sequence[Event]) -> int:
    """How grave the gravest new never-event is, 0 the gravest; more than any where there is none."""
    return min((NEVER_EVENTS.index(event) for event in events if event.is_never_event), default=len(NEVER_EVENTS))

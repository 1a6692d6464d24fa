"""What a saved diff says of its two sides."""

from __future__ import annotations

from ..comparison.record import CaseSetChanges, Origin
from .side import Side, Sides


def origin_of(side: Side) -> Origin:
    """Where a side comes from."""
    return Origin(label=side.label, kind=side.kind, commit=side.commit)


def case_changes_of(both: Sides) -> CaseSetChanges | None:
    """What became of the case set between the two; None: not known."""
    changes = both.case_changes
    if changes is None:
        return None
    return CaseSetChanges(
        edited=list(changes.edited),
        new=list(changes.new),
        removed=list(changes.removed),
        renamed=list(changes.renamed),
    )

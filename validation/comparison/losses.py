"""Where the loss is, before and after: each group's cases by what they were lost to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..groups import By, group_names
from ..metrics.loss import RIGHT, SHARES

if TYPE_CHECKING:
    from .diff import Diff
    from .pairing import CasePair

ALL = "all cases"


@dataclass(frozen=True, slots=True)
class LossChange:
    """One group's cases by what they were lost to, in both runs; only cases that both played."""

    group: str
    n: int
    base: Mapping[str, int]
    """Share (``right``, ``knowledge``, ``policy``, ``stopping``) to cases; they sum to n."""
    candidate: Mapping[str, int]

    @property
    def moved(self) -> dict[str, int]:
        """By how many cases each share grew."""
        return {share: self.candidate[share] - self.base[share] for share in SHARES}

    @property
    def is_changed(self) -> bool:
        return any(self.moved.values())

    def to_dict(self) -> dict[str, Any]:
        return {"group": self.group, "n": self.n, "base": dict(self.base), "candidate": dict(self.candidate)}


def losses(diff: Diff, by: By) -> list[LossChange]:
    """One entry a group, the one that lost most right cases first, then by name.

    Groups are the candidate's: where an edit moves a condition to another specialty, its cases count
    there in both columns.
    """
    names = group_names(diff.candidate, by)
    groups: dict[str, list[CasePair]] = {}
    for pair in diff.comparable:
        groups.setdefault(names[pair.case_id], []).append(pair)
    changes = [_change(name, groups[name]) for name in sorted(groups)]
    return sorted(changes, key=lambda change: (change.moved[RIGHT], change.group))


def overall(diff: Diff) -> LossChange:
    """All comparable cases as one group."""
    return _change(ALL, diff.comparable)


def _change(name: str, pairs: Sequence[CasePair]) -> LossChange:
    base = _tally(pair.base["loss"] for pair in pairs if pair.base is not None)
    candidate = _tally(pair.candidate["loss"] for pair in pairs if pair.candidate is not None)
    return LossChange(name, len(pairs), base, candidate)


def _tally(shares: Iterable[str]) -> dict[str, int]:
    counts = Counter(shares)
    return {share: counts[share] for share in SHARES}

"""Could a difference between two models on the same cases be chance?  The gate's own statistics."""

from __future__ import annotations

from collections.abc import Sequence

from validation.gate.statistics import mcnemar, tango


def paired_intervals(gained: Sequence[int], lost: Sequence[int], n: Sequence[int]) -> list[tuple[float, float]]:
    """The 95 % Tango intervals of (gained − lost) ÷ n, one a position; every n is at least 1."""
    if not n:
        return []
    low, high = tango.interval(gained, lost, n)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def either_way(gained: int, lost: int) -> float:
    """McNemar's exact test, two-sided: twice the smaller tail, as a difference either way would be told."""
    return min(1.0, 2 * float(mcnemar.harm(max(gained, lost), min(gained, lost))))

"""Could a difference between two models on the same cases be chance?  The gate's own statistics."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

from validation.gate.statistics import mcnemar, tango
from validation.metrics.estimate import Z95


def paired_intervals(gained: Sequence[int], lost: Sequence[int], n: Sequence[int]) -> list[tuple[float, float]]:
    """The 95 % Tango intervals of (gained − lost) ÷ n, one a position; every n is at least 1."""
    if not n:
        return []
    low, high = tango.interval(gained, lost, n)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def as_it_moved(gained: int, lost: int) -> float:
    """McNemar's exact test, one-sided in the direction in which it moved: for harm, the gate's own p."""
    return float(mcnemar.harm(max(gained, lost), min(gained, lost)))


def mean_as_it_moved(difference: float, low: float, high: float, n: int) -> float:
    """The same for a mean over n cases, from its normal 95 % interval; where every case moved alike, which
    has no width, the chance that n signs are all the same."""
    if low == high:
        return float(0.5**n) if difference else 1.0
    z = abs(difference) * 2 * Z95 / (high - low)
    return erfc(z / sqrt(2)) / 2

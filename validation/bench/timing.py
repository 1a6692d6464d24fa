"""Clocks: two contestants in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Pairs:
    """Seconds a unit of two contestants, measured in turn, one entry a pair."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """How many times longer they took, pair by pair."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    def row(self) -> tuple[str, str, str, str]:
        """Our median, their median, the median ratio, and its range, for a table."""
        low, high = min(self.ratios), max(self.ratios)
        return (
            duration(median(self.ours)),
            duration(median(self.theirs)),
            f"{median(self.ratios):,.0f} ×",
            f"{low:,.0f} – {high:,.0f}",
        )


def seconds(work: Callable[[], object], units: int = 1, at_least: float = 0.0) -> float:
    """Seconds a unit of ``work``, repeated until ``at_least`` seconds have passed; the fastest."""
    best, used = float("inf"), 0.0
    gc.disable()
    try:
        while used <= at_least:
            begin = time.perf_counter()
            work()
            elapsed = time.perf_counter() - begin
            best, used = min(best, elapsed), used + elapsed
            if at_least == 0.0:
                break
    finally:
        gc.enable()
    return best / units


def in_turn(pairs: Sequence[tuple[Callable[[], float], Callable[[], float]]]) -> Pairs:
    """Each pair's two measurements, ours first, then theirs, and on to the next pair."""
    ours, theirs = [], []
    for our_side, their_side in pairs:
        ours.append(our_side())
        theirs.append(their_side())
    return Pairs(tuple(ours), tuple(theirs))


def duration(value: float) -> str:
    """Seconds in the unit in which they are read most easily."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= factor:
            return f"{value / factor:,.3g} {unit}"
    return f"{value * 1e9:,.3g} ns"

"""A figure never stands alone: :class:`Estimate` is a value with its n and its interval.

Where nothing could be scored the answer is :class:`NotScored`, a value of its own: never 0, which
would be a bad result, and never NaN, which would spread.  All intervals are two-sided, 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, lgamma, log, log1p, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or proportion over ``n`` cases, with its 95 % interval."""

    value: float
    n: int
    low: float
    high: float
    method: str
    """How the interval was made: ``wilson``, ``clopper-pearson``, ``normal`` or ``none``."""

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] n={self.n}"

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "n": self.n, "low": self.low, "high": self.high, "method": self.method}


@dataclass(frozen=True, slots=True)
class NotScored:
    """There was nothing to score, and why."""

    reason: str

    def __str__(self) -> str:
        return f"not scored ({self.reason})"

    def __float__(self) -> float:
        raise TypeError(f"not scored ({self.reason}) is not a number; test for NotScored first")

    def __bool__(self) -> bool:
        raise TypeError(f"not scored ({self.reason}) is neither true nor false; test for NotScored first")

    def to_dict(self) -> dict[str, Any]:
        return {"not_scored": self.reason}


Score = Estimate | NotScored


def from_dict(record: Mapping[str, Any]) -> Score:
    """The inverse of ``to_dict``."""
    if "not_scored" in record:
        return NotScored(str(record["not_scored"]))
    return Estimate(**record)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson 1927), ``n`` ≥ 1.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    """
    p, z2 = successes / n, Z95 * Z95
    centre = p + z2 / (2 * n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    # At the two ends the formula gives 0 and 1 up to rounding.
    low = 0.0 if successes == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + half) / scale)
    return low, high


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval for a proportion (Clopper & Pearson 1934), ``n`` ≥ 1.

    low solves P(X ≥ successes | n, low) = α/2, high solves P(X ≤ successes | n, high) = α/2, both by
    bisection on the exact binomial tail: the base install has no scipy.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else _solve(lambda p: 1 - _at_most(successes - 1, n, p), tail, rising=True)
    high = 1.0 if successes == n else _solve(lambda p: _at_most(successes, n, p), tail, rising=False)
    return low, high


def _at_most(k: int, n: int, p: float) -> float:
    """P(X ≤ k) for X ~ Binomial(n, p), 0 < p < 1, each term in logs against overflow."""
    terms = np.arange(k + 1)
    log_choose = np.array([lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) for i in range(k + 1)])
    return float(np.exp(log_choose + terms * log(p) + (n - terms) * log1p(-p)).sum())


def _solve(tail: Any, target: float, rising: bool) -> float:
    """The p at which a monotone tail probability equals ``target``."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (tail(middle) < target) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def proportion(hits: Bools, reason: str = "no cases", exact: bool = False) -> Score:
    """The share of True with Wilson's interval, or Clopper and Pearson's where ``exact``."""
    n = len(hits)
    if n == 0:
        return NotScored(reason)
    successes = int(np.count_nonzero(hits))
    low, high = clopper_pearson(successes, n) if exact else wilson(successes, n)
    return Estimate(successes / n, n, low, high, "clopper-pearson" if exact else "wilson")


def mean(
    values: NDArray[np.floating[Any]], reason: str = "no cases", *, at_least: float = -inf, at_most: float = inf
) -> Score:
    """The mean with the normal interval, mean ± z·s/√n; a single value has no interval.

    The interval is cut off at the bounds that no value can pass, where the normal approximation, which
    knows of none, would promise more (see :func:`mean_ratio`).
    """
    n = len(values)
    if n == 0:
        return NotScored(reason)
    centre = float(np.mean(values))
    if n == 1:
        return Estimate(centre, 1, centre, centre, "none")
    half = Z95 * float(np.std(values, ddof=1)) / sqrt(n)
    return Estimate(centre, n, max(at_least, centre - half), min(at_most, centre + half), "normal")


def mean_ratio(values: NDArray[np.floating[Any]], reason: str = "no cases") -> Score:
    """The mean of ratios, each in [0, 1]; its normal interval is clipped to that."""
    return mean(values, reason, at_least=0.0, at_most=1.0)

"""Tango's score interval for the difference of two paired proportions.

    Tango T (1998).  Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design.  Statistics in Medicine 17, 891-908.

The bounds are the differences d at which the score statistic is ± z,

    T(d) = (gained − lost − n·d) / √( n · (2·q(d) + d·(1 − d)) ),

where q(d) is the maximum-likelihood estimate of P(lost) under the constraint P(gained) − P(lost) = d:
the root (√(B² − 4AC) − B) / 2A of A = 2n, B = −gained − lost + (2n − gained + lost)·d, C = −lost·d·(1 − d).
Unlike Wald's, the interval keeps its promise where few pairs are discordant, and has a width where none is.
scipy and statsmodels have no paired score interval.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .libraries import library

Floats = NDArray[np.float64]

N_HALVINGS = 52
"""Of an interval of length 2 at most: as near as float64 can tell."""


class Interval(NamedTuple):
    """Bounds of P(gained) − P(lost), arrays of the shape of the counts."""

    low: Floats
    high: Floats


def interval(gained: ArrayLike, lost: ArrayLike, n: ArrayLike, alpha: float = 0.025) -> Interval:
    """The interval whose either side errs with probability ``alpha``.

    Parameters
    ----------
    gained, lost : discordant pairs for and against; arrays that broadcast together
    n : all pairs, at least 1
    alpha : of each side; .025 makes a 95 % interval, .05 the bound of a one-sided test at 5 %
    """
    z = float(library("scipy.stats").norm.isf(alpha))
    gained, lost, n = np.broadcast_arrays(
        np.asarray(gained, np.float64), np.asarray(lost, np.float64), np.asarray(n, np.float64)
    )
    return Interval(_lower(gained, lost, n, z), -_lower(lost, gained, n, z))


def score(gained: ArrayLike, lost: ArrayLike, n: ArrayLike, difference: ArrayLike) -> Floats:
    """T(``difference``); 0 where numerator and variance both vanish, ± infinity where only the variance does."""
    gained, lost, n, d = (np.asarray(value, np.float64) for value in (gained, lost, n, difference))
    b = -gained - lost + (2 * n - gained + lost) * d
    c = -lost * d * (1 - d)
    q = (np.sqrt(np.maximum(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
    variance = np.maximum(n * (2 * q + d * (1 - d)), 0.0)
    distance = gained - lost - n * d
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Floats = np.where(distance == 0, 0.0, distance / np.sqrt(variance))
    return value


def _lower(gained: Floats, lost: Floats, n: Floats, z: float) -> Floats:
    """By bisection: T falls as the difference grows, from +∞ at −1 to 0 at the estimate."""
    low, high = np.full(n.shape, -1.0), (gained - lost) / n
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        is_below = score(gained, lost, n, middle) > z
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return (low + high) / 2

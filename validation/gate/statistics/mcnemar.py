"""McNemar's exact test, one-sided: did more cases break than chance would break?

Only discordant pairs count: cases that one model gets right and the other does not.  If the models
were equally good, each would be a fair coin, so the number that broke is Binomial(discordant, ½)
(McNemar 1947, in the exact form of Cochran 1950).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .libraries import library

Floats = NDArray[np.float64]


def harm(broken: ArrayLike, fixed: ArrayLike) -> Floats:
    """P(at least this many broken | equally good models); 1 where no pair is discordant.

    Parameters
    ----------
    broken, fixed : discordant pairs against and for the candidate; arrays of any one shape
    """
    broken, fixed = np.asarray(broken), np.asarray(fixed)
    p: Floats = np.asarray(library("scipy.stats").binom.sf(broken - 1, broken + fixed, 0.5), np.float64)
    return p


def critical(discordant: ArrayLike, alpha: float) -> NDArray[np.int64]:
    """The fewest broken pairs, of so many discordant ones, that are significant at ``alpha``;
    discordant + 1 where not even all of them would be."""
    pairs = np.asarray(discordant, np.int64)
    binom: Any = library("scipy.stats").binom
    least = np.asarray(binom.isf(alpha, pairs, 0.5), np.int64)  # the smallest k with P(X > k) ≤ α
    fewest: NDArray[np.int64] = np.minimum(np.where(pairs == 0, 0, least) + 1, pairs + 1)
    return fewest


def spent(discordant: ArrayLike, alpha: float) -> Floats:
    """The chance that the test at ``alpha`` rejects, given so many discordant pairs and equal models.

    A test on whole numbers cannot spend its α exactly: of 20 discordant pairs, 15 broken have p = .021 and
    14 have p = .058, so that a test at .05 errs 2.1 % of the time.
    """
    pairs = np.asarray(discordant, np.int64)
    return harm(critical(pairs, alpha), pairs - critical(pairs, alpha))

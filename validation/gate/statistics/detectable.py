"""What a case set of this size can show: the smallest drop that McNemar's exact test finds 4 times in 5.

Discordant pairs are Binomial(n, ψ), the broken ones among them Binomial(discordant, (ψ + drop) / 2ψ);
the power is the sum over both, exact.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from .libraries import library
from .mcnemar import critical

POWER = 0.8
PRECISION = 1e-9
"""Of a drop, as a share of the cases."""


@cache
def detectable_drop(n: int, discordance: float, alpha: float, power: float = POWER) -> float | None:
    """The smallest drop of the share of right cases that is found with probability ``power``.

    Where so little changes that not even a change for the worse in every discordant case would be found,
    it is the drop in which all that changes breaks.

    Parameters
    ----------
    n : cases
    discordance : share of cases whose outcome changes, either way
    alpha : of the one-sided test

    Returns
    -------
    float or None
        A share of the cases; None where not even all cases broken would be significant.
    """
    if power_at(n, 1.0, 1.0, alpha) < power:
        return None
    solve = library("scipy.optimize").brentq
    if discordance > 0 and power_at(n, discordance, discordance, alpha) >= power:
        return float(
            solve(lambda drop: power_at(n, discordance, drop, alpha) - power, 0.0, discordance, xtol=PRECISION)
        )
    least = max(discordance, PRECISION)
    return float(solve(lambda drop: power_at(n, drop, drop, alpha) - power, least, 1.0, xtol=PRECISION))


def power_at(n: int, discordance: float, drop: float, alpha: float) -> float:
    """P(the test at ``alpha`` finds a drop of this size)."""
    binom = library("scipy.stats").binom
    pairs = np.arange(int(binom.ppf(1e-12, n, discordance)), int(binom.isf(1e-12, n, discordance)) + 1)
    p_broken = min(1.0, (discordance + drop) / (2 * discordance))
    found = binom.sf(critical(pairs, alpha) - 1, pairs, p_broken)
    return float(binom.pmf(pairs, n, discordance) @ found)

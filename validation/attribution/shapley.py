"""Shapley values: a whole shared out among those who made it together.

    φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (v(S ∪ {i}) − v(S))

(Shapley 1953.)  The only shares that sum to the whole, are equal for players who do the same, and zero
for who does nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def shapley(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shares (n,) of n players in ``value`` (2^n,): the worth of each coalition, at the index whose
    bit i says whether player i is in it; they sum to ``value[-1] − value[0]``.

    Every coalition is looked at once a player: n · 2^n steps.
    """
    n_players = len(value).bit_length() - 1
    if len(value) != 1 << n_players:
        raise ValueError(f"{len(value)} coalitions are not those of any number of players")
    coalitions = np.arange(len(value))
    sizes = np.array([coalition.bit_count() for coalition in range(len(value))])
    orders = math.factorial(n_players)
    weight = np.array(
        [math.factorial(k) * math.factorial(n_players - k - 1) / orders for k in range(n_players)] or [0.0]
    )
    shares = np.zeros(n_players)
    for player in range(n_players):
        without = coalitions[coalitions >> player & 1 == 0]
        gained = value[without | 1 << player] - value[without]
        shares[player] = math.fsum(weight[sizes[without]] * gained)
    return shares

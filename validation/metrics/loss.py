"""Where the loss is, by bracketing: the same case on its initial and on its full evidence.

Wrong even with everything that the case could answer: the network lacks the *knowledge*.  Right with
it, but wrong at the end of the interview: the *policy* asked the wrong things if the questions ran
out, the *stopping* rule was hasty if the interview stopped by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .estimate import Bools, NotScored, Score, proportion

RIGHT, KNOWLEDGE, POLICY, STOPPING = "right", "knowledge", "policy", "stopping"
SHARES = (RIGHT, KNOWLEDGE, POLICY, STOPPING)


def loss_of(right_at_end: Bools, right_with_full: Bools, stopped_by_itself: Bools) -> NDArray[np.str_]:
    """(N,) the share that each case belongs to; every case belongs to exactly one.

    Right at the end is *right*, also where the full evidence would have misled (see :func:`lucky`).
    """
    wrong = np.where(right_with_full, np.where(stopped_by_itself, STOPPING, POLICY), KNOWLEDGE)
    return np.where(right_at_end, RIGHT, wrong)


def loss_shares(loss: NDArray[np.str_]) -> dict[str, Score]:
    """[loss] the four shares of all cases; they sum to 1."""
    return {share: proportion(loss == share) for share in SHARES}


def lucky(right_at_end: Bools, right_with_full: Bools) -> Score | NotScored:
    """[lucky] right at the end though the full evidence misleads: part of *right*, to be looked at."""
    return proportion(right_at_end & ~right_with_full)

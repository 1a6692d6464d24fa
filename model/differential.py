"""The order of a differential: the likeliest first, and behind it what must not be missed weighs more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .inference.protocol import FloatArray
from .network.vocabulary import Condition


def order_key(probability: FloatArray, conditions: Sequence[Condition], must_not_miss_weight: float) -> FloatArray:
    """(B, C) what conditions are ranked by, highest first; 0 exactly where the probability is 0.

    The most probable condition (the first of equals) keeps the first place.  The others stand in the
    order of probability × weight, the weight being ``must_not_miss_weight`` for a must-not-miss
    condition and 1 otherwise: a doctor's list names what has to be ruled out before what is merely a
    little more likely.

    Parameters
    ----------
    probability : (B, C)
    conditions : C conditions, in the order of the axis
    """
    if must_not_miss_weight == 1.0 or not probability.shape[1]:
        return probability
    dangerous = np.array([condition.must_not_miss for condition in conditions], bool)
    key: FloatArray = np.where(dangerous, probability * must_not_miss_weight, probability)
    rows = np.arange(len(key))
    leading = probability.argmax(axis=1)
    # probabilities are at most 1, so no other key reaches this
    key[rows, leading] = np.where(probability[rows, leading] > 0.0, 1.0 + must_not_miss_weight, 0.0)
    return key

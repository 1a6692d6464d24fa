"""The order of a differential: the likeliest first, and behind it what must not be missed weighs more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .inference.protocol import FloatArray, IntArray
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


def doubted(
    differential: FloatArray, alternatives: FloatArray, leading: IntArray, p_leading: FloatArray, doubt: float
) -> FloatArray:
    """(B, C) the differential, its other conditions weighed as if the leading one might yet be wrong.

    A network that takes findings to be independent given the conditions grows too sure of its leading
    condition, and what else would explain the same findings vanishes from its differential: beside a
    certain gout the septic joint is no likelier than in anybody.  A doctor keeps asking "what else
    could it be?".  So let the leading condition be absent with at least the probability ``doubt``, by
    Jeffrey's rule (1965): with p = P(leading | evidence) > 1 − doubt,

        (1 − doubt) · P(c | evidence, leading present)  +  doubt · P(c | evidence, leading absent).

    The leading condition keeps its own probability, and its place; a differential whose leading
    condition is less certain than that stays as it is.

    Parameters
    ----------
    differential : (B, C)
    alternatives : (B, C) the same, were the leading condition known to be absent; a row of zeros where
        the evidence would then be impossible, which leaves no doubt
    leading : (B,) the most probable condition of each
    p_leading : (B,) the probability p that it is present
    """
    sure = (p_leading > 1.0 - doubt) & alternatives.any(axis=1)
    p = np.where(sure, p_leading, 1.0)[:, None]
    beside = np.clip((differential - (1.0 - p) * alternatives) / p, 0.0, 1.0)
    rows = np.arange(len(differential))
    first = differential[rows, leading]
    mixed: FloatArray = np.minimum((1.0 - doubt) * beside + doubt * alternatives, np.nextafter(first, 0.0)[:, None])
    mixed[rows, leading] = first
    return np.where(sure[:, None], mixed, differential)

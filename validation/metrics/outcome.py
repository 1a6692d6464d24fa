"""Was the expected condition found?

``rank`` : (N,) 1-based place of a condition in the differential; 0 where it is not on the list (the
condition is not in the model, the evidence was impossible, the case crashed).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .estimate import Bools, Floats, Ints, Score, mean, mean_ratio, proportion


def top_k(rank: Ints, k: int) -> Score:
    """[top_k] mean 1[expected ∈ first k of the differential]."""
    return proportion((rank >= 1) & (rank <= k))


def coverage(answered: Bools) -> Score:
    """[coverage] answered ÷ cases: cases that ended with a differential that could hold the answer."""
    return proportion(answered)


def filled_rank(rank: Ints, list_length: int) -> Ints:
    """(N,) the rank, with *missing* as list length + 1."""
    return np.where(rank >= 1, rank, list_length + 1)


def mean_rank(rank: Ints, list_length: int) -> Score:
    """[rank] mean rank, missing = list length + 1."""
    return mean(filled_rank(rank, list_length).astype(np.float64), at_least=1.0, at_most=list_length + 1.0)


def mean_reciprocal_rank(rank: Ints, list_length: int) -> Score:
    """[reciprocal_rank] mean of 1 ÷ rank, missing = list length + 1."""
    return mean_ratio(1.0 / filled_rank(rank, list_length))


def differential_precision(predicted: Bools, gold: Bools) -> Floats:
    """(N,) |predicted ∩ gold| ÷ |predicted|, 0 where nothing was predicted; both (N, C)."""
    shares: Floats = (predicted & gold).sum(axis=1) / np.maximum(1, predicted.sum(axis=1))
    return shares


def differential_recall(predicted: Bools, gold: Bools) -> Floats:
    """(N,) |predicted ∩ gold| ÷ |gold|, 0 where gold is empty; both (N, C)."""
    shares: Floats = (predicted & gold).sum(axis=1) / np.maximum(1, gold.sum(axis=1))
    return shares


def f1(precision: Floats, recall: Floats) -> Floats:
    """(N,) 2PR ÷ (P + R), 0 where both are 0.

    The figure reported is the *mean of the cases' F1*; some papers take the F1 of the two means,
    which is larger.
    """
    total = precision + recall
    return 2 * precision * recall / np.where(total > 0, total, 1.0)


def ndcg(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """[ndcg] Normalised discounted cumulative gain of one differential (Järvelin & Kekäläinen 2002).

    The gold list's own order is its grading: relevance = gold length − gold rank, ranks from 0, so
    that the last one still has relevance 1; gain 2^relevance − 1, discount log2(1 + place), no
    cut-off.  0 for an empty prediction; ``gold`` has at least one condition.
    """
    relevance = {condition: len(gold) - place for place, condition in enumerate(gold)}
    found = np.array([relevance.get(condition, 0) for condition in predicted], np.float64)
    ideal = np.arange(len(gold), 0, -1, dtype=np.float64)
    return _discounted(found) / _discounted(ideal)


def _discounted(relevance: Floats) -> float:
    places = np.arange(1, len(relevance) + 1)
    return float(((np.exp2(relevance) - 1) / np.log2(1 + places)).sum())


def must_not_miss_recall(worst_rank: Ints, applies: Bools, k: int = 3) -> Score:
    """[must_not_miss_recall] share of the cases with a must-not-miss condition that have it in the top k.

    ``worst_rank`` : (N,) the rank of the case's must-not-miss condition; of several, the worst, 0 if
    one is missing.  ``applies`` : (N,) whether the case names one.
    """
    within = (worst_rank >= 1) & (worst_rank <= k)
    return proportion(within[applies], "no case names a must-not-miss condition")

"""Are the probabilities worth believing?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .estimate import Bools, Floats, NotScored, Score, mean, wilson

FLOOR = 1e-6
"""The smallest probability that the log score sees: one surprise costs at most 13.8 nats."""


WORST_BRIER = 2.0
"""Of one case, where the probabilities sum to 1: all of it on a wrong condition."""


def log_score(p_expected: Floats, floor: float = FLOOR) -> Score:
    """[log_score] mean of −log max(p(expected), floor), in nats; lower is better (Good 1952)."""
    return mean(-np.log(np.maximum(p_expected, floor)), at_least=0.0)


def brier(posterior: Floats, expected: int) -> float:
    """[brier] Σ_c (p_c − 1[c = expected])² of one case (Brier 1950); ``expected`` −1: not in the model.

    ``posterior`` : (C,).  With several conditions at once (marginals) it is the same sum.
    """
    truth = np.zeros(len(posterior) + 1)
    truth[expected] = 1.0  # index −1 is the extra place: a condition that the model gives no probability
    return float(((np.append(posterior, 0.0) - truth) ** 2).sum())


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Cases of similar confidence: what was claimed, and what came true."""

    n: int
    confidence: float
    """Mean probability of the leading condition."""
    accuracy: float
    """Share in which it was the expected one."""
    low: float
    high: float
    """Wilson's interval of the accuracy."""


def reliability_curve(confidence: Floats, correct: Bools, n_bins: int = 10) -> list[ReliabilityBin]:
    """[reliability] equal-mass bins, in order of confidence.

    Equal confidences are never divided between two bins, so that the order of the cases cannot
    matter; there may then be fewer bins than asked for.
    """
    order = np.argsort(confidence, kind="stable")
    confidence, correct = confidence[order], correct[order]
    n = len(confidence)
    edges = [0]
    for part in range(1, n_bins + 1):
        edge = round(part * n / n_bins)
        while 0 < edge < n and confidence[edge] == confidence[edge - 1]:
            edge += 1
        if edge > edges[-1]:
            edges.append(edge)
    bins = []
    for start, stop in pairwise(edges):
        hits, size = int(correct[start:stop].sum()), stop - start
        low, high = wilson(hits, size)
        bins.append(ReliabilityBin(size, float(confidence[start:stop].mean()), hits / size, low, high))
    return bins


def expected_calibration_error(confidence: Floats, correct: Bools, n_bins: int = 10) -> float | NotScored:
    """[expected_calibration_error] Σ_b n_b/N · |accuracy_b − confidence_b| over equal-mass bins
    (Naeini et al. 2015; equal mass after Nixon et al. 2019)."""
    if len(confidence) == 0:
        return NotScored("no cases")
    curve = reliability_curve(confidence, correct, n_bins)
    return sum(cell.n * abs(cell.accuracy - cell.confidence) for cell in curve) / len(confidence)

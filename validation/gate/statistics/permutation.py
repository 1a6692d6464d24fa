"""Is a mean of paired differences more than chance?  Signs are flipped, whole clusters together.

If the two models were alike, a difference would be as likely to have the other sign.  Cases of one
family, or of one author, move together, so their signs are flipped together: the test is then right
whatever the dependence inside a cluster (Winkler et al. 2014, exchangeability blocks with sign flips).
Few clusters are enumerated, every pattern of signs once; many are sampled with a seed.

scipy's ``permutation_test`` gives the same numbers and is what the tests compare with; for 5,000
clusters and 10,000 patterns it took 3.0 s where this takes 0.1 s, and the gate has three measures.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .libraries import library

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_ENUMERATED = 13
"""Clusters: 2¹³ patterns are fewer than would be sampled."""
AT_ONCE = 1000
"""Patterns in memory at a time."""
TIE = 1e-12
"""Relative to the largest possible sum: sums this close are equal, whatever the order of addition."""


class ClusteredMean(NamedTuple):
    """A mean difference and what chance has to say about it."""

    mean: float
    low: float
    high: float
    """95 %, normal, from the spread of the clusters' sums (Liang & Zeger 1986)."""
    p: float
    """P(a sum at least as large | signs of clusters mean nothing): small where the mean is large."""
    n_clusters: int


def clustered_mean(differences: Floats, clusters: Ints, flips: int = 9999, seed: int = 0) -> ClusteredMean:
    """The mean of at least one difference, its interval, and the one-sided p for "greater than zero".

    Parameters
    ----------
    differences : (N,)
    clusters : (N,) labels 0 … K−1
    """
    n = len(differences)
    sizes = np.bincount(clusters)
    sums = np.bincount(clusters, weights=differences).astype(np.float64)
    mean = float(differences.mean())
    k = len(sums)
    residual = sums - sizes * mean
    error = np.sqrt(k / max(k - 1, 1) * (residual @ residual)) / n
    half = float(library("scipy.stats").t.isf(0.025, max(k - 1, 1)) * error)
    return ClusteredMean(mean, mean - half, mean + half, sign_flip(sums, flips, seed), k)


def sign_flip(sums: Floats, flips: int = 9999, seed: int = 0) -> float:
    """P(Σ ± sums ≥ Σ sums) over the signs; exact for up to ``MOST_ENUMERATED`` sums that are not zero.

    Sampled patterns count with the observed one among them, (1 + hits) / (1 + flips), so that the p
    is valid however few they are (Phipson & Smyth 2010).
    """
    moving = sums[sums != 0]
    if not len(moving):
        return 1.0
    observed = moving.sum()
    enough = observed - TIE * np.abs(moving).sum()
    if len(moving) <= MOST_ENUMERATED:
        patterns = np.arange(2 ** len(moving))[:, None] >> np.arange(len(moving)) & 1
        return float(np.mean(observed - 2.0 * (patterns @ moving) >= enough))
    chance = np.random.default_rng(seed)
    hits = 0
    for start in range(0, flips, AT_ONCE):
        rows = min(AT_ONCE, flips - start)
        bits = np.unpackbits(
            np.frombuffer(chance.bytes(rows * -(-len(moving) // 8)), np.uint8).reshape(rows, -1), axis=1
        )
        hits += int(np.count_nonzero(observed - 2.0 * (bits[:, : len(moving)] @ moving) >= enough))
    return (1 + hits) / (1 + flips)

"""Which question next: pure functions over a batch of interviews."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..inference.protocol import BoolArray, FloatArray, IntArray
from ..network.network import Network
from ..words import nearest
from .config import PolicyConfig

SeedArray = NDArray[np.uint64]


def best_question(score: FloatArray, candidates: BoolArray, tie_band: float) -> IntArray:
    """(B,) the candidate of highest score; the lowest index of those within ``tie_band`` of it.

    -1 where there is no candidate.  The band keeps the last bit of a sum, which may differ between
    machines, from deciding between questions that doctors' round numbers made equal.
    """
    score = np.where(candidates, score, -np.inf)
    best = score.max(axis=1, initial=-np.inf)
    tied = candidates & (score >= (best - tie_band)[:, None])
    return _first_true(tied)


def random_question(candidates: BoolArray, case_seeds: SeedArray, seed: int) -> IntArray:
    """(B,) a uniformly random candidate, -1 where there is none.

    Every (seed, case, finding) has a priority of its own and the highest wins, so that the order of
    questions depends on nothing but the case: not on its batch, its row or the other cases.
    """
    n_findings = candidates.shape[1]
    if not n_findings:
        return np.full(len(candidates), -1, np.int32)
    stream = _splitmix64(_splitmix64(np.array([seed % 2**64], np.uint64)) ^ case_seeds)
    counter = np.arange(1, n_findings + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    priority = _splitmix64(stream[:, None] + counter)
    chosen: IntArray = np.where(candidates, priority, np.uint64(0)).argmax(axis=1).astype(np.int32)
    chosen[~candidates.any(axis=1)] = -1
    return chosen


def fixed_question(candidates: BoolArray, order: IntArray) -> IntArray:
    """(B,) the first candidate of ``order`` (finding indices), -1 where none is left."""
    if not len(order):
        return np.full(len(candidates), -1, np.int32)
    position = _first_true(candidates[:, order])
    return np.where(position >= 0, order[position], np.int32(-1))


def fixed_order(network: Network, config: PolicyConfig) -> IntArray:
    """The finding indices of ``config.order``; InputError with every id that is not a finding."""
    known = network.finding_index
    problems = [
        Problem("E-POLICY-FINDING", "policy.toml › policy › order", f"the unknown finding {finding!r}",
                f"a finding of the network {network.name}", nearest(finding, tuple(known)))
        for finding in config.order
        if finding not in known
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return np.array([known[finding] for finding in config.order], np.int32)


def _first_true(mask: BoolArray) -> IntArray:
    """(B,) the index of the first True of each row, or -1."""
    if not mask.shape[1]:
        return np.full(len(mask), -1, np.int32)
    return np.where(mask.any(axis=1), mask.argmax(axis=1), -1).astype(np.int32)


def _splitmix64(x: SeedArray) -> SeedArray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that mixes all bits."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))

"""What each case expects, as indices into a network's conditions, and where a posterior puts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cases.card import Card
from model.inference.protocol import FloatArray, IntArray
from model.network.network import Network

NOT_IN_MODEL = -1
"""A condition that the network does not have: always wrong, never dropped."""


class Targets(NamedTuple):
    """Condition indices of B cases, padded with −1."""

    expected: IntArray
    """(B,)"""
    right: IntArray
    """(B, A) the expected condition and the acceptable alternatives: any of them counts."""
    must_not_miss: IntArray
    """(B, M)"""

    def take(self, rows: NDArray[np.intp]) -> Targets:
        """The targets of some of the cases."""
        return Targets(self.expected[rows], self.right[rows], self.must_not_miss[rows])

    def expected_rank(self, posterior: FloatArray) -> IntArray:
        """(B,) the place of the expected condition, 0 where it is not on the list."""
        return ranks(posterior, self.expected)

    def right_rank(self, posterior: FloatArray) -> IntArray:
        """(B,) the best place of the expected condition and its acceptable alternatives, 0 for none."""
        far = np.iinfo(np.int32).max
        best = np.full(len(posterior), far, np.int32)
        for column in self.right.T:
            rank = ranks(posterior, column)
            best = np.minimum(best, np.where(rank > 0, rank, far))
        return np.where(best == far, np.int32(0), best)

    def must_not_miss_rank(self, posterior: FloatArray, named: NDArray[np.intp]) -> IntArray:
        """(B,) the worst place among each case's must-not-miss conditions; 0 where one is missing or
        the case names none.  ``named`` : (B,) how many the case names."""
        worst = np.zeros(len(posterior), np.int32)
        found = np.zeros(len(posterior), np.intp)
        for column in self.must_not_miss.T:
            rank = ranks(posterior, column)
            worst = np.maximum(worst, rank)
            found += rank > 0
        return np.where((found == named) & (named > 0), worst, np.int32(0))

    def p_expected(self, posterior: FloatArray) -> FloatArray:
        """(B,) P(expected condition), 0 where it is not in the model."""
        rows = np.arange(len(posterior))
        return np.where(self.expected >= 0, posterior[rows, self.expected], 0.0)


def targets(cards: Sequence[Card], network: Network) -> Targets:
    """The targets of B cards."""
    index = network.condition_index

    def padded(names: list[list[str]]) -> IntArray:
        width = max((len(row) for row in names), default=0)
        table = np.full((len(names), max(1, width)), NOT_IN_MODEL, np.int32)
        for row, conditions in enumerate(names):
            table[row, : len(conditions)] = [index.get(condition, NOT_IN_MODEL) for condition in conditions]
        return table

    expected = [[card.expected.condition] for card in cards]
    right = [[card.expected.condition, *card.expected.acceptable] for card in cards]
    return Targets(padded(expected)[:, 0], padded(right), padded([list(card.expected.must_not_miss) for card in cards]))


def ranks(posterior: FloatArray, condition: IntArray) -> IntArray:
    """(B,) the 1-based place of one condition of each row; equal probabilities rank by index.

    0 where the condition is −1, or has probability 0: what the network rules out is not on the
    differential, though a place could be counted for it.
    """
    rows = np.arange(len(posterior))
    p = np.where(condition >= 0, posterior[rows, condition], 0.0)[:, None]
    before = (posterior > p) | ((posterior == p) & (np.arange(posterior.shape[1]) < condition[:, None]))
    return np.where(p[:, 0] > 0, before.sum(axis=1, dtype=np.int32) + 1, np.int32(0))

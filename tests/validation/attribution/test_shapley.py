"""Shapley values against their definition by orders of arrival, and their axioms."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.attribution.shapley import shapley

WORTHS = st.integers(0, 5).flatmap(
    lambda n: st.lists(st.floats(0.0, 1.0), min_size=1 << n, max_size=1 << n).map(np.array)
)


def by_orders(value: np.ndarray) -> list[float]:
    """What each player adds on arrival, averaged over all orders of arrival."""
    n = len(value).bit_length() - 1
    added: list[list[float]] = [[] for _ in range(n)]
    for order in permutations(range(n)):
        here = 0
        for player in order:
            added[player].append(value[here | 1 << player] - value[here])
            here |= 1 << player
    return [math.fsum(each) / math.factorial(n) for each in added]


@settings(deadline=None, max_examples=100)
@given(WORTHS)
def test_shares_are_the_average_over_orders_of_arrival(value: np.ndarray) -> None:
    assert shapley(value) == pytest.approx(by_orders(value), abs=1e-12)
    assert math.fsum(shapley(value)) == pytest.approx(value[-1] - value[0], abs=1e-12)


@settings(deadline=None, max_examples=100)
@given(WORTHS)
def test_a_player_who_does_nothing_gets_nothing_and_the_others_what_they_had(value: np.ndarray) -> None:
    with_dummy = shapley(np.concatenate([value, value]))
    assert with_dummy[-1] == 0.0
    assert with_dummy[:-1] == pytest.approx(shapley(value), abs=1e-12)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5))
def test_players_who_do_the_same_get_the_same(by_size: list[float]) -> None:
    value = np.array([by_size[coalition.bit_count()] for coalition in range(16)])
    shares = shapley(value)
    assert len(set(shares.tolist())) == 1


def test_a_worked_example() -> None:
    # Three players; A alone brings 1, B and C only together 2: A has 1, B and C have 1 each.
    worth = {0b000: 0, 0b001: 1, 0b010: 0, 0b011: 1, 0b100: 0, 0b101: 1, 0b110: 2, 0b111: 3}
    assert shapley(np.array([float(worth[coalition]) for coalition in range(8)])).tolist() == [1.0, 1.0, 1.0]


def test_a_number_of_coalitions_that_no_players_have_is_refused() -> None:
    with pytest.raises(ValueError, match="3 coalitions"):
        shapley(np.zeros(3))

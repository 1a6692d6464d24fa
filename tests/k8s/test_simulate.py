"""The simulation against what can be reckoned by hand, and its properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s.simulate import Constants, load_constants, simulate
from k8s.simulate.model import Outcome
from k8s.sizes import Machine, load_sizes

WORKER, HEAD = Machine(cpu=4, memory_gib=8, scratch_gib=8), Machine(cpu=2, memory_gib=8, scratch_gib=8)
PRICES = load_sizes().prices


def without_chance(**changed: float) -> Constants:
    known = load_constants()
    calm = {"machine_spread": 0.0, "spot_losses_per_hour": 0.0, "crashes_per_hour": 0.0, "straggler_share": 0.0}
    assumed = known.assumed.model_copy(
        update={**calm, **{k: v for k, v in changed.items() if k in type(known.assumed).model_fields}}
    )
    measured = known.measured.model_copy(
        update={k: v for k, v in changed.items() if k in type(known.measured).model_fields}
    )
    return Constants(measured=measured, assumed=assumed)


def play(n_cases: int, n_workers: int, constants: Constants | None = None, budget_s: float = 1200.0) -> Outcome:
    return simulate(n_cases, n_workers, WORKER, HEAD, PRICES, budget_s, constants)


def test_without_chance_it_is_arithmetic() -> None:
    known = without_chance(driver_shard_s=0.0, efficiency=1.0)
    size = round(known.measured.shard_work_s / known.measured.case_s)
    begin = known.assumed.machine_s + known.assumed.head_s + known.measured.worker_start_s
    one = play(size * 4 * 3 * 5, 3, known)  # five shards for each of twelve cores
    assert one.end_s == pytest.approx(begin + 5 * size * known.measured.case_s)
    assert one.first_result_s == pytest.approx(begin + size * known.measured.case_s)
    assert one.is_whole
    assert one.redone_share == 0
    hours = (one.end_s - known.assumed.machine_s) / 3600
    assert one.cost == pytest.approx(3 * hours * PRICES.spot.of(WORKER) + one.end_s / 3600 * PRICES.on_demand.of(HEAD))


def test_the_driver_is_what_holds_many_workers_up() -> None:
    known = without_chance(driver_shard_s=0.5)
    few, many = play(200_000, 4, known), play(200_000, 100, known)
    assert many.driver_busy == pytest.approx(1.0, abs=0.05)
    assert few.driver_busy > 0.9
    assert many.end_s > 0.5 * 200_000 * known.measured.case_s / known.measured.shard_work_s


@settings(max_examples=25, deadline=None)
@given(
    n_cases=st.integers(1, 60_000), n_workers=st.integers(1, 40), losses=st.floats(0, 60), stragglers=st.floats(0, 0.3)
)
def test_whatever_happens_no_case_counts_twice(n_cases: int, n_workers: int, losses: float, stragglers: float) -> None:
    known = without_chance(spot_losses_per_hour=losses, straggler_share=stragglers)
    one = play(n_cases, n_workers, known, budget_s=400.0)
    assert 0 <= one.n_done <= n_cases
    assert one.end_s <= 400.0
    assert 0 <= one.redone_share <= 1
    assert math.isfinite(one.cost)
    assert one == play(n_cases, n_workers, known, budget_s=400.0), "seeded"


def test_a_budget_that_is_too_short_leaves_it_incomplete() -> None:
    one = play(1_000_000, 1, budget_s=300.0)
    assert 0 < one.n_done < one.n_cases
    assert one.end_s == 300.0
    nothing = play(1000, 1, budget_s=30.0)
    assert (nothing.n_done, nothing.first_result_s) == (0, math.inf)

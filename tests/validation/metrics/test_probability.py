"""Probability metrics against examples worked by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.metrics import probability
from validation.metrics.estimate import Estimate, NotScored, wilson


def test_log_score_has_a_floor() -> None:
    figure = probability.log_score(np.array([0.5, 0.0]), floor=1e-3)
    assert isinstance(figure, Estimate)
    assert figure.value == pytest.approx((log(2) + log(1000)) / 2)


def test_brier_by_hand() -> None:
    posterior = np.array([0.7, 0.2, 0.1])
    assert probability.brier(posterior, 0) == pytest.approx(0.09 + 0.04 + 0.01)
    assert probability.brier(posterior, 2) == pytest.approx(0.49 + 0.04 + 0.81)
    # not in the model: no probability was right, and the truth got none
    assert probability.brier(posterior, -1) == pytest.approx(0.49 + 0.04 + 0.01 + 1)


def test_calibration_by_hand() -> None:
    confidence = np.array([0.9, 0.2, 0.8, 0.4])
    correct = np.array([True, False, False, True])
    low, high = probability.reliability_curve(confidence, correct, n_bins=2)
    assert (low.n, low.confidence, low.accuracy) == pytest.approx((2, 0.3, 0.5))
    assert (high.n, high.confidence, high.accuracy) == pytest.approx((2, 0.85, 0.5))
    assert (low.low, low.high) == wilson(1, 2)
    # ½·|.5 − .3| + ½·|.5 − .85|
    assert probability.expected_calibration_error(confidence, correct, 2) == pytest.approx(0.275)
    assert probability.expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == NotScored("no cases")


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.99]), st.booleans()), min_size=1, max_size=60),
    st.randoms(),
)
def test_calibration_does_not_depend_on_the_order_of_the_cases(cases: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    curves = [
        probability.reliability_curve(np.array([p for p, _ in order]), np.array([hit for _, hit in order]), 5)
        for order in (cases, shuffled)
    ]
    assert [(cell.n, cell.accuracy) for cell in curves[0]] == [(cell.n, cell.accuracy) for cell in curves[1]]
    assert sum(cell.n for cell in curves[0]) == len(cases)

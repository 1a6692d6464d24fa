"""Intervals against scipy and statsmodels, and "not scored" as a value of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from validation.metrics.estimate import (
    Estimate,
    NotScored,
    clopper_pearson,
    from_dict,
    mean,
    mean_ratio,
    proportion,
    wilson,
)

COUNTS = [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (1, 120), (61, 120), (119, 120), (4, 5000), (4987, 5000)]


@pytest.mark.parametrize(("successes", "n"), COUNTS)
def test_wilson_agrees_with_statsmodels(successes: int, n: int) -> None:
    assert wilson(successes, n) == pytest.approx(proportion_confint(successes, n, method="wilson"), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), COUNTS)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_clopper_pearson_agrees_with_scipy(successes: int, n: int, confidence: float) -> None:
    exact = binomtest(successes, n).proportion_ci(confidence, "exact")
    assert clopper_pearson(successes, n, confidence) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_clopper_pearson_of_no_events_is_the_rule_of_three() -> None:
    # 0 of 20: high = 1 − 0.025^(1/20) = 0.1684
    assert clopper_pearson(0, 20)[1] == pytest.approx(0.16843, abs=1e-5)


def test_mean_with_its_normal_interval() -> None:
    # values 1, 2, 3, 6: mean 3, s² = (4 + 1 + 0 + 9) / 3 = 14/3, s/√4 = 1.0801
    figure = mean(np.array([1.0, 2.0, 3.0, 6.0]))
    assert isinstance(figure, Estimate)
    assert (figure.value, figure.n) == (3.0, 4)
    assert (figure.low, figure.high) == pytest.approx((3 - 1.95996 * 1.08012, 3 + 1.95996 * 1.08012), abs=1e-4)


def test_intervals_of_ratios_stay_within_what_a_ratio_can_be() -> None:
    values = np.array([1.0, 1.0, 1.0, 0.8])  # 0.95 ± 0.098
    figure, unbounded = mean_ratio(values), mean(values)
    assert isinstance(figure, Estimate)
    assert isinstance(unbounded, Estimate)
    assert (figure.value, figure.low, figure.high) == (unbounded.value, unbounded.low, 1.0)
    assert unbounded.high > 1.04
    low = mean_ratio(1.0 - values)
    assert isinstance(low, Estimate)
    assert (low.low, low.high) == (0.0, pytest.approx(1.0 - unbounded.low))


def test_one_value_has_no_interval() -> None:
    assert mean(np.array([2.5])) == Estimate(2.5, 1, 2.5, 2.5, "none")


def test_nothing_to_score_is_not_a_number() -> None:
    for figure in (proportion(np.zeros(0, bool), "no emergencies"), mean(np.zeros(0), "no emergencies")):
        assert figure == NotScored("no emergencies")
        with pytest.raises(TypeError, match="not a number"):
            float(figure)
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(figure)


def test_figures_survive_being_written() -> None:
    for figure in (proportion(np.array([True, False])), NotScored("no cases")):
        assert from_dict(figure.to_dict()) == figure

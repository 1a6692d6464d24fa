"""Differences: their intervals and tests against scipy, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from reports.data.definitions import DEFINITIONS, Definition
from reports.data.figures import amount, compared
from reports.data.significance import as_it_moved, mean_as_it_moved, paired_intervals
from reports.data.words import probability, rank, share

TOP_1, LOG_SCORE, UNDER = (
    next(definition for definition in DEFINITIONS if definition.name == name)
    for name in ("top_1", "log_score", "under_triage")
)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_one_sided_binomial_test(gained: int, lost: int) -> None:
    most, both = max(gained, lost), gained + lost
    expected = binomtest(most, both, 0.5, alternative="greater").pvalue if both else 1.0
    assert as_it_moved(gained, lost) == pytest.approx(expected)


def test_a_mean_is_tested_by_its_interval() -> None:
    assert mean_as_it_moved(1.0, 1.0 - 1.959964, 1.0 + 1.959964, 9) == pytest.approx(norm.sf(1.0), rel=1e-4)
    assert mean_as_it_moved(-2.0, -4.0, 0.0, 9) == pytest.approx(0.025, abs=1e-6)
    assert mean_as_it_moved(0.5, 0.5, 0.5, 1) == 0.5
    assert mean_as_it_moved(0.5, 0.5, 0.5, 10) < 0.001
    assert mean_as_it_moved(0.0, 0.0, 0.0, 10) == 1.0


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 40))
def test_the_interval_holds_the_estimate_and_mirrors(gained: int, lost: int, rest: int) -> None:
    n = gained + lost + rest + 1
    (low, high), (mirrored_low, mirrored_high) = paired_intervals([gained, lost], [lost, gained], [n, n])
    assert low - 1e-9 <= (gained - lost) / n <= high + 1e-9
    assert (mirrored_low, mirrored_high) == (pytest.approx(-high, abs=1e-9), pytest.approx(-low, abs=1e-9))


@pytest.mark.parametrize(
    ("definition", "gained", "lost", "verdict", "words"),
    [
        (TOP_1, 0, 0, "same", "no change in any case"),
        (TOP_1, 0, 10, "worse", "0 more, 10 fewer, of 100; hardly chance (p < 0.001)"),
        (TOP_1, 10, 0, "better", "10 more, 0 fewer, of 100; hardly chance (p < 0.001)"),
        (UNDER, 10, 0, "worse", "10 more, 0 fewer, of 100; hardly chance (p < 0.001)"),
        (TOP_1, 4, 6, "could be chance", "4 more, 6 fewer, of 100; could be chance (p = 0.38)"),
        (TOP_1, 3, 3, "could be chance", "±0.0 points"),
        (TOP_1, 0, 30, "worse", "hardly chance (p < 0.001)"),
    ],
)
def test_shares_in_words(definition: Definition, gained: int, lost: int, verdict: str, words: str) -> None:
    before, after = np.zeros(100), np.zeros(100)
    after[:gained] = 1
    before[gained : gained + lost] = 1
    told = compared(definition, before, after)
    assert (told["gained"], told["lost"], told["verdict"]) == (gained, lost, verdict)
    assert words in told["words"]


def test_numbers_in_words() -> None:
    before, after = np.linspace(0, 1, 50), np.linspace(0.5, 1.5, 50)
    told = compared(LOG_SCORE, before, after)
    assert told["difference"] == pytest.approx(0.5)
    assert told["verdict"] == "worse"
    assert told["words"].startswith("+0.500 [")
    assert told["gained"] is None


def test_the_gates_test_for_harm_has_the_last_word() -> None:
    before, after = np.zeros(50), np.linspace(-1.0, 1.2, 50)
    assert compared(LOG_SCORE, before, after)["verdict"] == "could be chance"
    told = compared(LOG_SCORE, before, after, 0.01)
    assert (told["verdict"], told["p_value"]) == ("worse", 0.01)
    assert compared(LOG_SCORE, after, before, 0.01)["verdict"] == "could be chance"  # it is no test of mending


def test_what_one_model_was_not_scored_on_is_in_no_difference() -> None:
    nan = float("nan")
    told = compared(LOG_SCORE, np.array([1.0, nan, 2.0]), np.array([1.0, 5.0, nan]))
    assert told["difference"] == 0.0
    assert told["verdict"] == "same"
    assert compared(LOG_SCORE, np.array([nan]), np.array([1.0]))["verdict"] == "not compared"


@pytest.mark.parametrize(
    ("difference", "unit", "text"),
    [
        (0.0123, "share", "+1.2 points"),
        (-0.0123, "share", "−1.2 points"),
        (0.0001, "share", "±0.0 points"),
        (-0.0001, "share", "±0.0 points"),
        (-1.26, "questions", "−1.3"),
        (0.01, "questions", "±0.0"),
        (0.0004, "nats", "±0.000"),
        (-0.25, "score", "−0.250"),
    ],
)
def test_amounts(difference: float, unit: str, text: str) -> None:
    assert amount(difference, unit) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "0.00"),
        (1.0, "1.00"),
        (0.0004, "<0.001"),
        (0.0123, "0.012"),
        (0.5, "0.50"),
        (0.9967, "0.997"),
        (0.99999, "0.999"),
    ],
)
def test_a_probability_never_rounds_to_certainty(p: float, text: str) -> None:
    assert probability(p) == text


def test_counts_stand_beside_percentages() -> None:
    assert share(38, 80) == "38 of 80 (47.5 %)"
    assert share(0, 0) == "0 of 0"
    assert (rank(3), rank(0)) == ("rank 3", "not on the list")

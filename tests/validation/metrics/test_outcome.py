"""Outcome and triage metrics, each against an example worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from validation.metrics import outcome, triage
from validation.metrics.estimate import Estimate, NotScored, Score


def value(score: Score) -> float:
    assert isinstance(score, Estimate)
    return score.value


RANK = np.array([1, 2, 4, 0, 1])  # 0: not on the list


@pytest.mark.parametrize(("k", "expected"), [(1, 2 / 5), (3, 3 / 5), (5, 4 / 5)])
def test_top_k_keeps_missing_cases_in_the_denominator(k: int, expected: float) -> None:
    figure = outcome.top_k(RANK, k)
    assert value(figure) == expected
    assert isinstance(figure, Estimate)
    assert figure.n == 5


def test_missing_counts_as_one_beyond_the_list() -> None:
    # on a list of two conditions, missing is rank 3: it must not be a top-3 hit
    assert value(outcome.top_k(np.array([0]), 3)) == 0.0
    assert list(outcome.filled_rank(RANK, 10)) == [1, 2, 4, 11, 1]
    assert value(outcome.mean_rank(RANK, 10)) == (1 + 2 + 4 + 11 + 1) / 5
    assert value(outcome.mean_reciprocal_rank(RANK, 10)) == pytest.approx((1 + 0.5 + 0.25 + 1 / 11 + 1) / 5)


def test_coverage() -> None:
    assert value(outcome.coverage(np.array([True, True, False, True]))) == 0.75


def test_differential_precision_recall_and_the_mean_of_f1() -> None:
    predicted = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], bool)
    gold = np.array([[1, 0, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0]], bool)
    precision = outcome.differential_precision(predicted, gold)
    recall = outcome.differential_recall(predicted, gold)
    assert list(precision) == [0.5, 1, 0]
    assert list(recall) == pytest.approx([1 / 3, 1, 0])
    # per case: 2·.5·(1/3) / (.5 + 1/3) = .4, then 1, then 0: mean .4667 (the F1 of the means is .4706)
    assert list(outcome.f1(precision, recall)) == pytest.approx([0.4, 1, 0])


def test_ndcg_by_hand() -> None:
    # gold a, b: relevance 2 and 1, gains 3 and 1.  Predicted x, a, b: 0 + 3/log2(3) + 1/log2(4)
    # = 1.8928 + 0.5; ideal: 3/log2(2) + 1/log2(3) = 3.6309
    assert outcome.ndcg(["x", "a", "b"], ["a", "b"]) == pytest.approx((3 / np.log2(3) + 0.5) / (3 + 1 / np.log2(3)))
    assert outcome.ndcg(["a", "b", "x"], ["a", "b"]) == 1.0
    assert outcome.ndcg([], ["a"]) == 0.0


def test_must_not_miss_recall_is_over_the_cases_that_name_one() -> None:
    rank = np.array([1, 3, 4, 0, 1])
    applies = np.array([True, True, True, True, False])
    assert value(outcome.must_not_miss_recall(rank, applies)) == 0.5
    assert outcome.must_not_miss_recall(rank, np.zeros(5, bool)) == NotScored("no case names a must-not-miss condition")


# advice, least, most: within · one too low · emergency told self-care · too high · no advice · no range
ADVICE = np.array([2, 1, 0, 3, -1, 0])
LEAST = np.array([2, 2, 3, 0, 1, -1])
MOST = np.array([3, 3, 3, 1, 2, -1])


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (triage.triage_exact(ADVICE, LEAST, MOST), 1 / 5),
        (triage.triage_safe(ADVICE, LEAST), 2 / 5),
        (triage.triage_safe_gilbert(ADVICE, LEAST), 3 / 5),
        (triage.under_triage(ADVICE, LEAST), 2 / 5),
        (triage.over_triage(ADVICE, LEAST, MOST), 1 / 5),
    ],
)
def test_triage_by_hand(figure: Score, expected: float) -> None:
    assert value(figure) == expected
    assert isinstance(figure, Estimate)
    assert figure.n == 5


def test_no_advice_is_not_safe_even_where_self_care_would_do() -> None:
    # least = self-care (0), Gilbert's margin would reach −1, the code for "no advice"
    assert value(triage.triage_safe_gilbert(np.array([-1]), np.array([0]))) == 0.0
    assert value(triage.triage_safe(np.array([-1]), np.array([0]))) == 0.0


def test_an_emergency_without_any_advice_is_under_triage() -> None:
    advice, least = np.array([-1, -1, 3, 2]), np.array([3, 1, 3, 3])
    assert value(triage.under_triage(advice, least)) == 2 / 4


def test_hazardous_under_triage_is_over_emergencies_with_the_exact_interval() -> None:
    advice, least = np.array([0, 3, 3, 3, 0]), np.array([3, 3, 3, 3, 1])
    figure = triage.hazardous_under_triage(advice, least)
    assert isinstance(figure, Estimate)
    assert (figure.value, figure.n, figure.method) == (0.25, 4, "clopper-pearson")
    assert figure.high == pytest.approx(0.80588, abs=1e-5)
    assert triage.hazardous_under_triage(advice, np.full(5, 1)) == NotScored("no case is an emergency")

"""Questions, loss split and DDXPlus's measures against examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from validation.metrics import ddxplus, loss, questions
from validation.metrics.estimate import Estimate, NotScored, Score


def value(score: object) -> float:
    assert isinstance(score, Estimate), score
    return score.value


# Findings:            a  b  c  d  e
INITIAL = np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]], bool)
PRESENT = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
PERTINENT = np.array([[0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], bool)
ASKED = np.array([[0, 1, 0, 1, 1], [0, 1, 0, 0, 0]], bool)
COUNTS = questions.evidence_counts(INITIAL, ASKED, PRESENT, PERTINENT)


def test_counts_by_hand() -> None:
    assert [list(column) for column in COUNTS] == [[1, 1], [1, 1], [3, 1], [2, 0], [1, 0], [1, 0], [1, 0]]


def test_evidence_recall_leaves_out_cases_with_nothing_to_find() -> None:
    figure = questions.evidence_recall(COUNTS)
    assert value(figure) == 0.5  # b of {b, c}; the second case has nothing beyond its initial evidence
    assert isinstance(figure, Estimate)
    assert figure.n == 1
    assert value(questions.pertinent_negative_recall(COUNTS)) == 1.0
    assert value(questions.evidence_precision(COUNTS, np.zeros(2, bool))) == pytest.approx((2 / 3 + 0) / 2)


def test_a_lost_case_has_no_precision_and_gets_no_credit_for_what_was_volunteered() -> None:
    nothing_asked = COUNTS._replace(asked=np.array([3, 0]), present_asked=np.array([1, 0]))
    played, lost = np.array([False, False]), np.array([False, True])
    assert value(questions.evidence_precision(nothing_asked, played)) == pytest.approx(2 / 3)
    assert value(questions.evidence_precision(nothing_asked, lost)) == pytest.approx((2 / 3 + 0) / 2)
    assert value(ddxplus.per(nothing_asked)) == pytest.approx((2 / 3 + 1) / 2)
    assert value(ddxplus.per(questions.nothing_found(nothing_asked, lost))) == pytest.approx((2 / 3 + 0) / 2)
    assert value(ddxplus.pep(questions.nothing_found(nothing_asked, lost))) == pytest.approx((2 / 4 + 0) / 2)


def test_questions_asked() -> None:
    n_asked = np.array([3, 1, 20])
    assert value(questions.questions_asked(n_asked)) == 8.0
    assert value(questions.interaction_length(n_asked)) == 9.0
    quantiles = questions.question_quantiles(n_asked)
    assert not isinstance(quantiles, NotScored)
    assert (quantiles["0"], quantiles["0.5"], quantiles["1"]) == (1, 3, 20)


def test_red_flags_must_be_asked_and_in_time() -> None:
    #            in time  late  never  volunteered  any time
    asked_at = np.array([3, 9, -1, 0, 25])
    deadline = np.array([5, 5, 5, 5, -1])
    assert value(questions.red_flag_rate(asked_at, deadline)) == 3 / 5
    assert questions.red_flag_rate(asked_at[:0], deadline[:0]) == NotScored("no case names a must-ask finding")


def test_efficiency_curve_carries_ended_interviews_forward() -> None:
    curve = questions.efficiency_curve([[4, 1, 1], [1], []], [[0.1, 0.6, 0.9], [0.8], []])
    assert not isinstance(curve, NotScored)
    assert list(curve.top_1) == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert list(curve.top_3) == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert list(curve.p_expected) == pytest.approx([0.9 / 3, 1.4 / 3, 1.7 / 3])
    assert curve.area_top_1 == pytest.approx((0.5 + 2 / 3) / 2)


def test_the_four_shares_of_loss_sum_to_one() -> None:
    right_at_end = np.array([True, True, False, False, False])
    right_with_full = np.array([True, False, False, True, True])
    by_itself = np.array([True, True, True, False, True])
    split = loss.loss_of(right_at_end, right_with_full, by_itself)
    assert list(split) == ["right", "right", "knowledge", "policy", "stopping"]
    shares = loss.loss_shares(split)
    assert sum(value(share) for share in shares.values()) == pytest.approx(1.0)
    assert value(shares["right"]) == 0.4
    assert value(loss.lucky(right_at_end, right_with_full)) == 0.2


POSTERIOR = np.array([[0.6, 0.3, 0.005, 0.095], [0.009, 0.991, 0.0, 0.0]])
GOLD = np.array([[1, 0, 1, 0], [1, 1, 0, 0]], bool)
SEVERE = np.array([True, False, True, True])


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (ddxplus.ddr(POSTERIOR, GOLD), (1 / 2 + 1 / 2) / 2),
        (ddxplus.ddp(POSTERIOR, GOLD), (1 / 3 + 1) / 2),
        (ddxplus.ddf1(POSTERIOR, GOLD), (0.4 + 2 / 3) / 2),
        # case 1: severe gold {0, 2}, predicted severe {0, 3}: DSP (1 − 1)/1 = 0 → F1 0
        # case 2: severe gold {0}, predicted none: DSP (2 − 0)/2 = 1, DSR 0/1 → F1 0
        (ddxplus.dsf1(POSTERIOR, GOLD, SEVERE), 0.0),
        # with gold {0, 3} and {0}, and 0 predicted in neither … case 1: DSP 1, DSR 1; case 2: DSP 1, DSR 0
        (ddxplus.dsf1(POSTERIOR, np.array([[1, 0, 0, 1], [1, 0, 0, 0]], bool), SEVERE), 0.5),
        (ddxplus.gtpa(np.array([0.6, 0.009])), 0.5),
        (ddxplus.gtpa_at_k(np.array([1, 2]), np.array([0.6, 0.009]), 3), 0.5),
        (ddxplus.gtpa_at_k(np.array([4, 1]), np.array([0.05, 0.9]), 3), 0.5),
        # a volunteered, b asked of {a, b, c}; then a of {a}
        (ddxplus.per(COUNTS), (2 / 3 + 1) / 2),
        # 2 present of a, b, d, e; then 1 of a, b
        (ddxplus.pep(COUNTS), (2 / 4 + 1 / 2) / 2),
    ],
)  # fmt: skip
def test_ddxplus_by_hand(figure: Score, expected: float) -> None:
    assert value(figure) == pytest.approx(expected)

"""The triage rule, each clause by an example."""

from __future__ import annotations

import numpy as np
import pytest

from model.network.vocabulary import Condition, Triage
from model.triage import NO_ADVICE, TriageRule, advise

CONDITIONS = (
    Condition("cold", "Cold", Triage.SELF_CARE),
    Condition("flu", "Flu", Triage.ROUTINE),
    Condition("pneumonia", "Pneumonia", Triage.URGENT),
    Condition("sepsis", "Sepsis", Triage.EMERGENCY, must_not_miss=True),
    Condition("stroke", "Stroke", Triage.EMERGENCY),
)


@pytest.mark.parametrize(
    ("posterior", "level"),
    [
        pytest.param([0.96, 0.04, 0, 0, 0], Triage.SELF_CARE, id="the leading condition alone"),
        pytest.param([0.04, 0.03, 0.02, 0, 0], Triage.SELF_CARE, id="the leading one counts however improbable"),
        pytest.param([0.60, 0.25, 0.15, 0, 0], Triage.URGENT, id="a probable one in the first three"),
        pytest.param([0.60, 0.31, 0.09, 0, 0], Triage.ROUTINE, id="the third is too improbable"),
        pytest.param([0.40, 0.30, 0.25, 0.05, 0], Triage.EMERGENCY, id="a must-not-miss one, though fourth"),
        pytest.param([0.40, 0.30, 0.26, 0.04, 0], Triage.URGENT, id="a must-not-miss one, too improbable"),
        pytest.param([0.30, 0.28, 0.26, 0.0, 0.16], Triage.URGENT, id="an emergency that may be missed, fourth"),
        pytest.param([0, 0, 0, 0, 0], NO_ADVICE, id="impossible evidence"),
    ],
)
def test_advice(posterior: list[float], level: int) -> None:
    assert advise(np.array([posterior]), CONDITIONS).tolist() == [level]


def test_the_thresholds_are_the_rule_s() -> None:
    cautious = TriageRule(top_k=5, min_probability=0.01, must_not_miss_probability=0.01)
    assert advise(np.array([[0.95, 0.02, 0.01, 0.0, 0.02]]), CONDITIONS, cautious).tolist() == [Triage.EMERGENCY]


def test_interviews_do_not_influence_each_other() -> None:
    rows = np.array([[0.9, 0.1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]])
    together = advise(rows, CONDITIONS).tolist()
    assert together == [advise(row[None], CONDITIONS)[0] for row in rows] == [1, 3, NO_ADVICE, 1]

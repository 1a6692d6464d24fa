"""The noisy-OR engine against brute-force enumeration and pgmpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.inference.noisy_or import NoisyOrEngine
from model.inference.protocol import UNKNOWN, Evidence
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, Triage
from tests.model.inference.strategies_noisy_or import Question, questions
from tests.oracles.enumeration_noisy_or import enumerate_network

CLOSE = {"rtol": 0.0, "atol": 1e-9}
# An event of probability 1e-13 leaves no digits: 1 - p is then rounded away in every method.
PLAUSIBLE = 1e-7


def check_against_enumeration(question: Question, engine: NoisyOrEngine) -> None:
    truth = enumerate_network(
        question.network, question.findings, question.risk_factors, question.sex, question.band
    )
    state = engine.init(question.evidence())
    posterior, log_evidence = engine.posterior(state)[0], engine.log_evidence(state)[0]
    assert not np.isnan(posterior).any()
    if truth.evidence == 0.0:
        assert log_evidence == -np.inf
        assert not posterior.any()
        return
    assert np.exp(log_evidence) == pytest.approx(truth.evidence, rel=1e-9)
    np.testing.assert_allclose(posterior, truth.posterior, **CLOSE)
    predicted = [question.findings.get(f, p) for f, p in enumerate(truth.p_present)]
    np.testing.assert_allclose(engine.predict(state)[0, :, 1], predicted, **CLOSE)
    unknown = np.array([[f not in question.findings for f in range(len(question.network.findings))]])
    scores = engine.score(state, unknown)
    assert scores.exact[unknown].all()
    np.testing.assert_allclose(scores.p_present[unknown], truth.p_present[unknown[0]], **CLOSE)
    np.testing.assert_allclose(scores.gain[unknown], truth.gain[unknown[0]], rtol=0.0, atol=1e-8)
    assert np.isneginf(scores.gain[~unknown]).all()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_equals_enumeration(question: Question) -> None:
    check_against_enumeration(question, NoisyOrEngine(question.network))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(max_conditions=10, max_findings=10, max_risks=0, certain=False))
def test_equals_enumeration_when_many_conditions_couple(question: Question) -> None:
    check_against_enumeration(question, NoisyOrEngine(question.network))

"""The noisy-OR engine against brute-force enumeration, pgmpy, and the clique tree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from model.inference.clique_tree import CliqueTreeEngine
from model.inference.noisy_or import NoisyOrEngine
from model.network.expand import AGE_BAND, SEX, as_tabular, condition_node, finding_node, risk_node
from model.network.toml_writer import age_band_labels
from model.network.vocabulary import BINARY, SEXES
from tests.model.inference.strategies_noisy_or import Question, questions
from tests.oracles.enumeration_noisy_or import enumerate_network

CLOSE = {"rtol": 0.0, "atol": 1e-9}


def check_against_enumeration(question: Question, engine: NoisyOrEngine) -> None:
    truth = enumerate_network(question.network, question.findings, question.risk_factors, question.sex, question.band)
    state = engine.init(question.evidence())
    posterior, log_evidence = engine.posterior(state)[0], engine.log_evidence(state)[0]
    assert not np.isnan(posterior).any()
    if truth.evidence == 0.0:
        assert log_evidence == -np.inf
        assert not posterior.any()
        return
    assert np.exp(log_evidence) == pytest.approx(truth.evidence, rel=1e-9)
    np.testing.assert_allclose(posterior, truth.posterior, **CLOSE)
    # a condition that is certain beforehand, for anybody, counts as a cause
    certain = np.array([max(map(max, condition.prevalence)) == 1.0 for condition in question.network.conditions])
    np.testing.assert_allclose(engine.explaining(state)[0][~certain], truth.explaining[~certain], **CLOSE)
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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(certain=False))
def test_what_else_it_could_be_equals_enumeration(question: Question) -> None:
    engine = NoisyOrEngine(question.network)
    conditions = np.arange(len(question.network.conditions), dtype=np.int32)
    state = engine.take(engine.init(question.evidence()), np.zeros(len(conditions), np.intp))
    before = [values.copy() for values in state]
    posterior, explaining = engine.alternatives(state, conditions)
    for row in conditions:
        truth = enumerate_network(
            question.network, question.findings, question.risk_factors, question.sex, question.band, without=int(row)
        )
        np.testing.assert_allclose(posterior[row], truth.posterior, **CLOSE)
        np.testing.assert_allclose(explaining[row], truth.explaining, **CLOSE)
    for values, kept in zip(state, before, strict=True):
        np.testing.assert_array_equal(values, kept)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(max_conditions=10, max_findings=10, max_risks=0, certain=False))
def test_equals_enumeration_when_many_conditions_couple(question: Question) -> None:
    check_against_enumeration(question, NoisyOrEngine(question.network))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions(certain=False))
def test_equals_pgmpy(question: Question) -> None:
    """The network's meaning is its pgmpy form; pgmpy's own inference on it is the oracle."""
    inference = pytest.importorskip("pgmpy.inference")
    network = question.network
    elimination = inference.VariableElimination(network.to_pgmpy())
    known = {finding_node(network.findings[f].id): BINARY[value] for f, value in question.findings.items()}
    known |= {risk_node(network.risk_factors[r].id): BINARY[value] for r, value in question.risk_factors.items()}
    if question.sex is not None:
        known[SEX] = SEXES[question.sex]
    if question.band is not None:
        known[AGE_BAND] = age_band_labels(network.age_bands)[question.band]
    engine = NoisyOrEngine(network)
    state = engine.init(question.evidence())
    posterior, predicted = engine.posterior(state)[0], engine.predict(state)[0]
    for column, condition in enumerate(network.conditions):
        answer = elimination.query([condition_node(condition.id)], known, show_progress=False)
        assert answer.get_value(**{condition_node(condition.id): "present"}) == pytest.approx(
            posterior[column], abs=1e-9
        )
    for row, finding in enumerate(network.findings):
        if row not in question.findings:
            answer = elimination.query([finding_node(finding.id)], known, show_progress=False)
            assert answer.get_value(**{finding_node(finding.id): "present"}) == pytest.approx(
                predicted[row, 1], abs=1e-9
            )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_equals_the_clique_tree(question: Question) -> None:
    """Two exact engines that share nothing but the protocol."""
    tabular = as_tabular(question.network)
    ours, other = NoisyOrEngine(question.network), CliqueTreeEngine(tabular)
    evidence = question.evidence()
    if tabular.age_variable is None:
        evidence = replace(evidence, age_band=np.full(1, -1, np.int8))
    state, same = ours.init(evidence), other.init(evidence)
    np.testing.assert_allclose(ours.posterior(state), other.posterior(same), **CLOSE)
    askable = evidence.findings == -1
    mine, theirs = ours.score(state, askable), other.score(same, askable)
    np.testing.assert_allclose(mine.gain[askable], theirs.gain[askable], rtol=0.0, atol=1e-8)

"""The one-condition engine against enumeration and pgmpy, and its results against themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.inference.compile import compile_network
from model.inference.one_condition import OneConditionEngine
from model.inference.protocol import UNKNOWN, Evidence
from model.network.expand import as_tabular
from model.network.network import ClinicalNetwork, TabularNetwork
from model.network.vocabulary import Link
from tests.model.one_condition_networks import random_network, small_networks
from tests.oracles import enumeration_one_condition as oracle


def random_evidence(rng: np.random.Generator, network: ClinicalNetwork, n_cases: int, known: float) -> Evidence:
    """Every item known with probability ``known``, in a random state."""
    evidence = Evidence.empty(network, n_cases)
    for column, finding in enumerate(network.findings):
        evidence.findings[:, column] = rng.integers(0, len(finding.states), n_cases)
    evidence.risk_factors[:] = rng.integers(0, 2, evidence.risk_factors.shape)
    evidence.age_band[:] = rng.integers(0, len(network.age_bands), n_cases)
    evidence.sex[:] = rng.integers(0, 2, n_cases)
    for states in (evidence.findings, evidence.risk_factors, evidence.age_band, evidence.sex):
        states[rng.random(states.shape) >= known] = UNKNOWN
    return evidence


def known_of(evidence: Evidence, row: int) -> oracle.Known:
    return oracle.Known(
        {i: int(s) for i, s in enumerate(evidence.findings[row]) if s != UNKNOWN},
        {i: int(s) for i, s in enumerate(evidence.risk_factors[row]) if s != UNKNOWN},
        None if evidence.age_band[row] == UNKNOWN else int(evidence.age_band[row]),
        None if evidence.sex[row] == UNKNOWN else int(evidence.sex[row]),
    )


@settings(deadline=None, max_examples=80)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_agrees_with_enumeration(network: ClinicalNetwork, seed: int) -> None:
    rng = np.random.default_rng(seed)
    evidence = random_evidence(rng, network, 3, known=0.5)
    engine = OneConditionEngine(network)
    state = engine.init(evidence)
    predicted = engine.predict(state)
    scores = engine.score(state, np.ones((3, len(network.findings)), bool))
    for row in range(3):
        known = known_of(evidence, row)
        joint = oracle.joint_by_condition(network, known)
        np.testing.assert_allclose(engine.posterior(state)[row], oracle.posterior(network, known), atol=1e-12)
        if sum(joint) == 0:
            assert engine.log_evidence(state)[row] == -np.inf
            assert not predicted[row].any()
            continue
        assert engine.log_evidence(state)[row] == pytest.approx(np.log(sum(joint)), abs=1e-9)
        for column, finding in enumerate(network.findings):
            if column in known.findings:
                continue
            expected = np.sum(oracle.predict(network, known, column), axis=0)
            np.testing.assert_allclose(predicted[row, column, : len(finding.states)], expected, atol=1e-12)
            assert not predicted[row, column, len(finding.states) :].any()
            assert scores.gain[row, column] == pytest.approx(oracle.gain(network, known, column), abs=1e-12)
            assert scores.p_present[row, column] == pytest.approx(expected[finding.states.index("present")], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_answers_one_by_one_equal_evidence_at_once(network: ClinicalNetwork, seed: int) -> None:
    evidence = random_evidence(np.random.default_rng(seed), network, 4, known=0.6)
    engine = OneConditionEngine(network)
    at_once = engine.init(evidence)
    start = Evidence(np.full_like(evidence.findings, UNKNOWN), evidence.risk_factors, evidence.age_band, evidence.sex)
    state = engine.init(start)
    before = [values.copy() for values in state]
    for column in range(len(network.findings)):
        state_after = engine.observe(state, np.full(4, column, np.int32), evidence.findings[:, column])
        assert all(np.array_equal(a, b) for a, b in zip(state, before, strict=True)), "observe changed its argument"
        state, before = state_after, [values.copy() for values in state_after]
    np.testing.assert_allclose(engine.posterior(state), engine.posterior(at_once), atol=1e-12)
    np.testing.assert_allclose(engine.log_evidence(state), engine.log_evidence(at_once), atol=1e-9)


def test_agrees_with_pgmpy() -> None:
    """The pgmpy network is the meaning, queried as its users would."""
    inference = pytest.importorskip("pgmpy.inference")
    network = random_network(np.random.default_rng(5), 4, 5, n_risk_factors=2, n_bands=2)
    engine = OneConditionEngine(network)
    elimination = inference.VariableElimination(network.to_pgmpy())
    evidence = random_evidence(np.random.default_rng(6), network, 6, known=0.5)
    state = engine.init(evidence)
    posterior, predicted = engine.posterior(state), engine.predict(state)
    table = as_tabular(network)
    states_of = {variable.name: variable.states for variable in table.variables}
    for row in range(6):
        known = {name: states_of[name][index] for name, index in observed_variables(table, evidence, row).items()}
        answer = query(elimination, "condition", known)
        for index, condition in enumerate(network.conditions):
            assert posterior[row, index] == pytest.approx(answer[condition.id], abs=1e-9)
        for column, variable in enumerate(table.finding_variables):
            if variable not in known:
                answer = query(elimination, variable, known)
                for index, name in enumerate(states_of[variable]):
                    assert predicted[row, column, index] == pytest.approx(answer[name], abs=1e-9)


def observed_variables(table: TabularNetwork, evidence: Evidence, row: int) -> dict[str, int]:
    """Variable name to the index of its observed state."""
    names = (*table.finding_variables, *table.risk_factor_variables, table.age_variable, table.sex_variable)
    states = (*evidence.findings[row], *evidence.risk_factors[row], evidence.age_band[row], evidence.sex[row])
    return {str(name): int(state) for name, state in zip(names, states, strict=True) if state != UNKNOWN}


def query(elimination: Any, variable: str, known: dict[str, str]) -> dict[str, float]:
    """P(variable | known) by state name."""
    answer = elimination.query([variable], known, elimination_order="greedy", show_progress=False)
    return dict(zip(answer.state_names[variable], answer.values, strict=True))


def test_zero_evidence_is_named_and_never_nan() -> None:
    network = random_network(np.random.default_rng(0), 3, 3, zeros=0.0)
    certain = {finding.id: Link((0.0,) * (len(finding.states) - 1) + (1.0,)) for finding in network.findings}
    network = replace(network, conditions=tuple(replace(each, links=certain) for each in network.conditions))
    engine = OneConditionEngine(network)
    evidence = Evidence.empty(network, 2)
    evidence.findings[0, 0] = 0
    state = engine.init(evidence)
    assert engine.posterior(state)[0].tolist() == [0.0] * 3
    assert engine.log_evidence(state)[0] == -np.inf
    assert np.isfinite(engine.log_evidence(state)[1])
    scores = engine.score(state, np.ones((2, 3), bool))
    assert np.isfinite(scores.gain).all()
    assert np.isfinite(engine.predict(state)).all()
    assert not engine.predict(state)[0].any()


def test_a_thousand_findings_do_not_underflow() -> None:
    network = random_network(np.random.default_rng(1), 30, 1000, named=1.0)
    engine = OneConditionEngine(network)
    evidence = random_evidence(np.random.default_rng(2), network, 5, known=1.0)
    posterior = engine.posterior(engine.init(evidence))
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, atol=1e-12)


def test_temperature_flattens_without_reordering() -> None:
    network = random_network(np.random.default_rng(3), 6, 8)
    evidence = random_evidence(np.random.default_rng(4), network, 20, known=0.8)
    raw = OneConditionEngine(network)
    flat = OneConditionEngine(replace(network, temperature=2.0))
    p, q = raw.posterior(raw.init(evidence)), flat.posterior(flat.init(evidence))
    assert (np.argsort(-p, axis=1, kind="stable") == np.argsort(-q, axis=1, kind="stable")).all()
    np.testing.assert_allclose(q, np.sqrt(p) / np.sqrt(p).sum(axis=1, keepdims=True), atol=1e-12)
    assert np.array_equal(raw.log_evidence(raw.init(evidence)), flat.log_evidence(flat.init(evidence)))


def everything(engine: OneConditionEngine, evidence: Evidence, rows: np.ndarray) -> list[np.ndarray]:
    """All that an engine says of some of the cases, after two questions."""
    state = engine.init(evidence.take(rows))
    n_cases = len(rows)
    for finding in (1, 3):
        state = engine.observe(state, np.full(n_cases, finding, np.int32), (rows % 2).astype(np.int8))
    scores = engine.score(state, np.ones((n_cases, len(engine.network.findings)), bool))
    return [engine.posterior(state), engine.log_evidence(state), engine.predict(state), scores.gain, scores.p_present]


def test_a_case_is_equal_to_the_bit_in_every_batch_and_row() -> None:
    network = random_network(np.random.default_rng(7), 13, 21, n_risk_factors=2, n_bands=2, temperature=1.3)
    engine = OneConditionEngine(network)
    evidence = random_evidence(np.random.default_rng(8), network, 200, known=0.3)
    whole = everything(engine, evidence, np.arange(200))
    shuffle = np.random.default_rng(9).permutation(200)
    for n_cases in range(1, 201):
        rows = shuffle[:n_cases]
        for part, all_cases in zip(everything(engine, evidence, rows), whole, strict=True):
            assert part.tobytes() == all_cases[rows].tobytes(), n_cases


def test_take_follows_the_rows() -> None:
    network = random_network(np.random.default_rng(10), 5, 6)
    engine = OneConditionEngine(network)
    state = engine.init(random_evidence(np.random.default_rng(11), network, 9, known=0.5))
    rows = np.array([7, 0, 7, 3])
    assert np.array_equal(engine.posterior(engine.take(state, rows)), engine.posterior(state)[rows])


def test_hash_seed_changes_nothing() -> None:
    script = (
        "import numpy as np, hashlib\n"
        "from tests.model.inference.test_one_condition import *\n"
        "network = random_network(np.random.default_rng(7), 13, 21, n_risk_factors=2, n_bands=2)\n"
        "evidence = random_evidence(np.random.default_rng(8), network, 20, known=0.3)\n"
        "parts = everything(OneConditionEngine(network), evidence, np.arange(20))\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest())\n"
    )
    root = Path(__file__).parents[3]
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)}, cwd=root, capture_output=True, text=True, check=True,
        ).stdout
        for seed in range(3)
    }  # fmt: skip
    assert len(digests) == 1


def test_compile_chooses_this_engine() -> None:
    assert isinstance(compile_network(random_network(np.random.default_rng(0), 2, 2)), OneConditionEngine)


@settings(deadline=None, max_examples=40)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_what_else_it_could_be_are_the_other_shares(network: ClinicalNetwork, seed: int) -> None:
    engine = OneConditionEngine(network)
    evidence = random_evidence(np.random.default_rng(seed), network, 1, known=0.5)
    conditions = np.arange(len(network.conditions), dtype=np.int32)
    state = engine.take(engine.init(evidence), np.zeros(len(conditions), np.intp))
    before = state.posterior.copy()
    posterior, explaining = engine.alternatives(state, conditions)
    shares = np.asarray(oracle.posterior(network, known_of(evidence, 0)))
    for row in conditions:
        others = np.where(conditions == row, 0.0, shares)
        expected = others / others.sum() if others.sum() > 0.0 else others
        np.testing.assert_allclose(posterior[row], expected, atol=1e-12)
        np.testing.assert_allclose(explaining[row], expected, atol=1e-12)
    np.testing.assert_array_equal(state.posterior, before)

"""``to_pgmpy`` and ``as_tabular`` against what the brief's formulas say, by brute force."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.inference.compile import compile_network
from model.inference.protocol import UNKNOWN, Evidence
from model.network import NOISY_OR, ONE_CONDITION, ClinicalNetwork, TabularNetwork
from model.network.expand import as_tabular, condition_node, finding_node, risk_node
from tests.model.network.bad_networks import write_tables, write_toml
from tests.model.network.strategies import clinical_networks, tabular_networks


def joint_of_tables(network: TabularNetwork, keep: list[str]) -> np.ndarray:
    """P(keep) by multiplying and summing all tables, variable by variable."""
    letters = {variable.name: index for index, variable in enumerate(network.variables)}
    operands: list[object] = []
    for variable in network.variables:
        operands += [variable.table, [letters[name] for name in (variable.name, *variable.parents)]]
    result: np.ndarray = np.einsum(*operands, [letters[name] for name in keep], optimize="greedy")
    return result


def noisy_or_joint(network: ClinicalNetwork) -> np.ndarray:
    """P(risk factors, conditions, findings), each binary, straight from the definition."""
    n_risks, n_conditions, n_findings = len(network.risk_factors), len(network.conditions), len(network.findings)
    joint = np.zeros((2,) * (n_risks + n_conditions + n_findings))
    people = [(sex, band) for sex in range(2) for band in range(len(network.age_bands))]
    for sex, band in people:
        for states in itertools.product((0, 1), repeat=joint.ndim):
            risks, rest = states[:n_risks], states[n_risks:]
            conditions, findings = rest[:n_conditions], rest[n_conditions:]
            p = network.population[sex][band]
            for state, factor in zip(risks, network.risk_factors, strict=True):
                present = factor.prevalence[sex][band]
                p *= present if state else 1 - present
            for state, condition in zip(conditions, network.conditions, strict=True):
                prior = condition.prevalence[sex][band]
                logit = math.log(prior / (1 - prior)) + sum(
                    math.log(condition.odds_ratios[factor.id])
                    for here, factor in zip(risks, network.risk_factors, strict=True)
                    if here and factor.id in condition.odds_ratios
                )
                present = 1 / (1 + math.exp(-logit))
                p *= present if state else 1 - present
            for state, finding in zip(findings, network.findings, strict=True):
                absent = 1 - finding.leak[1]
                for here, condition in zip(conditions, network.conditions, strict=True):
                    if here and finding.id in condition.links:
                        alone = condition.links[finding.id].probabilities[1]
                        if alone > finding.leak[1]:
                            absent *= (1 - alone) / (1 - finding.leak[1])
                p *= 1 - absent if state else absent
            joint[states] += p
    return joint


@given(clinical_networks(NOISY_OR, most=3))
@settings(max_examples=25, deadline=None)
def test_noisy_or_tables_mean_the_definition(network: ClinicalNetwork) -> None:
    keep = [risk_node(factor.id) for factor in network.risk_factors]
    keep += [condition_node(condition.id) for condition in network.conditions]
    keep += [finding_node(finding.id) for finding in network.findings]
    np.testing.assert_allclose(joint_of_tables(as_tabular(network), keep), noisy_or_joint(network), atol=1e-12)


@given(clinical_networks(ONE_CONDITION, most=4))
@settings(max_examples=25, deadline=None)
def test_one_condition_tables_mean_the_definition(network: ClinicalNetwork) -> None:
    tabular = as_tabular(network)
    for sex, band in itertools.product(range(2), range(len(network.age_bands))):
        prior = np.array([condition.prevalence[sex][band] for condition in network.conditions])
        keep = ["sex", "age_band", "condition"]
        joint = joint_of_tables(tabular, keep)[sex, band]
        np.testing.assert_allclose(joint, network.population[sex][band] * prior / prior.sum(), atol=1e-12)
    tables = {variable.name: variable.table for variable in tabular.variables}
    population = np.array(network.population)
    for factor in network.risk_factors:
        base = float((population * np.array(factor.prevalence)).sum())
        for index, condition in enumerate(network.conditions):
            odds = base / (1 - base) * condition.odds_ratios.get(factor.id, 1.0)
            assert tables[risk_node(factor.id)][1, index] == pytest.approx(odds / (1 + odds), abs=1e-12)
    for finding in network.findings:
        for index, condition in enumerate(network.conditions):
            expected = condition.links[finding.id].probabilities if finding.id in condition.links else finding.leak
            np.testing.assert_array_equal(tables[finding_node(finding.id)][:, index], expected)


@pytest.mark.filterwarnings("ignore")
@given(clinical_networks(plain=True, most=3))
@settings(max_examples=10, deadline=None)
def test_pgmpy_holds_the_same_tables(network: ClinicalNetwork) -> None:
    pytest.importorskip("pgmpy")
    _compare(as_tabular(network), network.to_pgmpy())


@pytest.mark.filterwarnings("ignore")
@given(tabular_networks())
@settings(max_examples=10, deadline=None)
def test_pgmpy_holds_a_tabular_network_as_it_is(network: TabularNetwork) -> None:
    pytest.importorskip("pgmpy")
    _compare(network, network.to_pgmpy())


def _compare(tabular: TabularNetwork, model: object) -> None:
    assert model.check_model()  # type: ignore[attr-defined]
    for variable in tabular.variables:
        cpd = model.get_cpds(variable.name)  # type: ignore[attr-defined]
        assert list(cpd.variables) == [variable.name, *variable.parents]
        assert list(cpd.state_names[variable.name]) == list(variable.states)
        np.testing.assert_array_equal(cpd.values, variable.table)


def test_no_table_explodes_however_many_causes_a_finding_has(tmp_path: Path) -> None:
    """A finding with 200 causes is a chain: the largest table has 8 cells."""
    from model.network import load_network

    conditions = {
        f"conditions/c{index:03}.toml": f'name = "C{index}"\ntriage = "urgent"\nprevalence = 0.01\n'
        "must_not_miss = true\n[findings]\ncough = 0.5\nfever = 0.5\n"
        for index in range(200)
    }
    network = load_network(write_toml(tmp_path, conditions))
    assert isinstance(network, ClinicalNetwork)
    tabular = as_tabular(network)
    causes = [variable for variable in tabular.variables if variable.name.endswith("cough")]
    assert len(causes) == 202
    assert max(variable.table.size for variable in causes) == 8
    p_absent = math.prod(1 - 0.01 * (1 - 0.5 / 0.95) for _ in range(200))
    p_absent *= (1 - 0.02) * 0.95 + 0.02 * 0.3
    # The chain by hand: independent causes, so P(absent) is a product, but for pneumonia's risk factor.
    present = np.array([1.0, 0.0])
    for variable in causes:
        table = variable.table
        prior = 0.01
        if variable.parents[-1] == "condition.influenza":
            prior = 0.02
        if variable.parents[-1] == "condition.pneumonia":
            continue
        weights = np.array([1 - prior, prior])
        present = table @ weights if table.ndim == 2 else np.einsum("sxc,x,c->s", table, present, weights)
    assert present[0] == pytest.approx(p_absent, abs=1e-12)


def test_a_files_own_names_stay(tmp_path: Path) -> None:
    from model.network import load_network
    from tests.model.network.bad_networks import BIF

    network = load_network(write_tables(tmp_path, BIF))
    assert isinstance(network, TabularNetwork)
    assert [variable.name for variable in network.variables] == ["smoke", "lung", "xray"]
    xray = network.variables[2]
    assert xray.parents == ("lung", "smoke")
    assert xray.table[2, 0, 1] == 0.4
    assert xray.table[:, 1, 0].tolist() == [0.8, 0.15, 0.05]
    assert network.findings[0].state_index("present") == 2
    assert network.findings[0].state_index("absent") == -1
    assert network.risk_factors[0].state_index("present") == 0
    assert network.risk_factors[0].state_index("absent") == 1


@given(clinical_networks(most=4), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_engine_of_tables_agrees_with_the_engine_of_the_structure(network: ClinicalNetwork, seed: int) -> None:
    """The same evidence, age and sex sometimes unknown, by two ways that share no formula."""
    network = replace(network, temperature=1.0)
    rng = np.random.default_rng(seed)
    evidence = Evidence.empty(network, 5)
    for index, finding in enumerate(network.findings):
        evidence.findings[:, index] = rng.integers(UNKNOWN, len(finding.states), 5)
    evidence.risk_factors[:] = rng.integers(UNKNOWN, 2, evidence.risk_factors.shape)
    evidence.age_band[:] = rng.integers(UNKNOWN, len(network.age_bands), 5)
    evidence.sex[:] = rng.integers(UNKNOWN, 2, 5)
    own, by_tables = compile_network(network), compile_network(as_tabular(network))
    posterior = own.posterior(own.init(evidence))
    np.testing.assert_allclose(posterior, by_tables.posterior(by_tables.init(evidence)), rtol=0, atol=1e-9)

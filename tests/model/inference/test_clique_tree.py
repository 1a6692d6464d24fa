"""The clique tree against enumeration, pgmpy and pyAgrum, and its results against themselves."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.inference import clique_tree
from model.inference.clique_tree import CliqueTreeEngine
from model.inference.compile import compile_network
from model.inference.one_condition import OneConditionEngine
from model.inference.protocol import UNKNOWN, Evidence, StateArray
from model.network.expand import as_tabular
from model.network.network import ClinicalNetwork, TabularNetwork, Variable
from tests.model.inference.tabular_networks import (
    example,
    example_path,
    random_network,
    sampled_evidence,
    small_networks,
    with_roles,
)
from tests.model.one_condition_networks import small_networks as small_one_condition_networks
from tests.oracles import enumeration_tabular as oracle


def random_evidence(rng: np.random.Generator, network: TabularNetwork, n_cases: int) -> Evidence:
    """Every finding and risk factor known with probability one half, in any of its states."""
    evidence = Evidence.empty(network, n_cases)
    for states, items in ((evidence.findings, network.findings), (evidence.risk_factors, network.risk_factors)):
        for column, item in enumerate(items):
            states[:, column] = rng.integers(0, len(item.states), n_cases)
        states[rng.random(states.shape) < 0.5] = UNKNOWN
    return evidence


def known_of(observed: StateArray) -> dict[int, int]:
    return {position: int(state) for position, state in enumerate(observed) if state != UNKNOWN}


@settings(deadline=None, max_examples=100)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_agrees_with_enumeration(network: TabularNetwork, seed: int) -> None:
    engine = CliqueTreeEngine(network)
    state = engine.init(random_evidence(np.random.default_rng(seed), network, 3))
    position = {variable.name: index for index, variable in enumerate(network.variables)}
    conditions = sorted({position[role.variable] for role in network.condition_roles})
    findings = [position[name] for name in network.finding_variables]
    everything = engine.all_marginals(state.observed)
    posterior, predicted = engine.posterior(state), engine.predict(state)
    scores = engine.score(state, np.ones((3, len(findings)), bool))
    assert scores.exact.all()
    for row in range(3):
        known = known_of(state.observed[row])
        expected = oracle.marginals(network, known)
        np.testing.assert_allclose(everything[row], np.concatenate(expected), atol=1e-12)
        by_role = [expected[position[role.variable]][int(str(role.state)[1:])] for role in network.condition_roles]
        np.testing.assert_allclose(posterior[row], by_role, atol=1e-12)
        total = oracle.evidence_probability(network, known)
        assert engine.log_evidence(state)[row] == (pytest.approx(math.log(total), abs=1e-12) if total else -math.inf)
        for f, variable in enumerate(findings):
            n_states = len(network.findings[f].states)
            np.testing.assert_allclose(predicted[row, f, :n_states], expected[variable], atol=1e-12)
            assert not predicted[row, f, n_states:].any()
            assert scores.p_present[row, f] == pytest.approx(expected[variable][-1], abs=1e-12)
            gain = sum(oracle.mutual_information(network, known, condition, variable) for condition in conditions)
            assert scores.gain[row, f] == pytest.approx(gain, abs=1e-10)


@settings(deadline=None, max_examples=40)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_both_ways_to_the_gain_agree(network: TabularNetwork, seed: int) -> None:
    engine = CliqueTreeEngine(network)
    state = engine.init(random_evidence(np.random.default_rng(seed), network, 5))
    askable = np.ones((5, len(network.findings)), bool)
    one = engine.score(state, askable).gain
    engine._by_condition = not engine._by_condition
    np.testing.assert_allclose(one, engine.score(state, askable).gain, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(small_one_condition_networks(), st.integers(0, 2**32 - 1))
def test_agrees_with_the_one_condition_engine(network: ClinicalNetwork, seed: int) -> None:
    """Risk factors, age band and sex are evidence like any other."""
    assume(network.findings)
    rng = np.random.default_rng(seed)
    evidence = Evidence.empty(network, 6)
    for column, finding in enumerate(network.findings):
        evidence.findings[:, column] = rng.integers(-1, len(finding.states), 6)
    evidence.risk_factors[:] = rng.integers(-1, 2, evidence.risk_factors.shape)
    evidence.age_band[:] = rng.integers(-1, len(network.age_bands), 6)
    evidence.sex[:] = rng.integers(-1, 2, 6)
    special, general = OneConditionEngine(network), CliqueTreeEngine(as_tabular(network))
    expected, state = special.init(evidence), general.init(evidence)
    if network.temperature == 1.0:
        np.testing.assert_allclose(general.posterior(state), special.posterior(expected), atol=1e-10)
    askable = evidence.findings == UNKNOWN
    np.testing.assert_allclose(general.predict(state)[askable], special.predict(expected)[askable], atol=1e-10)
    gains = general.score(state, askable).gain, special.score(expected, askable).gain
    np.testing.assert_allclose(*gains, atol=1e-10)


@settings(deadline=None, max_examples=12)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_agrees_with_pgmpy(network: TabularNetwork, seed: int) -> None:
    pgmpy_inference = pytest.importorskip("pgmpy.inference")
    inference = pgmpy_inference.VariableElimination(network.to_pgmpy())
    observed = sampled_evidence(np.random.default_rng(seed), network, 2, len(network.variables) // 2)
    check_against_pgmpy(network, observed, inference)


@pytest.mark.parametrize("name", ["asia", "alarm", "child", "insurance", "win95pts", "hepar2"])
def test_examples_agree_with_pgmpy(name: str) -> None:
    pgmpy_inference = pytest.importorskip("pgmpy.inference")
    network = example(name)
    inference = pgmpy_inference.VariableElimination(network.to_pgmpy())
    observed = sampled_evidence(np.random.default_rng(5), network, 2, 6 if len(network.variables) > 10 else 3)
    check_against_pgmpy(network, observed, inference)


def check_against_pgmpy(network: TabularNetwork, observed: StateArray, inference: object) -> None:
    """Every marginal of every case to 1e-9."""
    engine = CliqueTreeEngine(network)
    begins = engine.marginal_columns()
    ours = engine.all_marginals(observed)
    for row, case in enumerate(observed):
        known = known_of(case)
        named = {network.variables[v].name: network.variables[v].states[s] for v, s in known.items()}
        for v, variable in enumerate(network.variables):
            if v in known:
                continue
            theirs = inference.query(  # type: ignore[attr-defined]
                [variable.name], evidence=named, elimination_order="greedy", show_progress=False
            )
            expected = [theirs.get_value(**{variable.name: state}) for state in variable.states]
            np.testing.assert_allclose(ours[row, begins[v] : begins[v + 1]], expected, atol=1e-9)


@pytest.mark.parametrize(("name", "n_known"), [("pathfinder", 8), pytest.param("munin1", 60, marks=pytest.mark.slow)])
def test_large_examples_agree_with_pyagrum(name: str, n_known: int) -> None:
    gum = pytest.importorskip("pyagrum")
    network = example(name)
    observed = sampled_evidence(np.random.default_rng(3), network, 1, n_known)
    engine = CliqueTreeEngine(network)
    begins = engine.marginal_columns()
    ours = engine.all_marginals(observed)[0]
    peer = pyagrum_network(gum, network)
    inference = gum.LazyPropagation(peer)
    inference.setEvidence({network.variables[v].name: s for v, s in known_of(observed[0]).items()})
    inference.makeInference()
    for v, variable in enumerate(network.variables):
        expected = inference.posterior(variable.name).toarray()
        np.testing.assert_allclose(ours[begins[v] : begins[v + 1]], expected, atol=1e-9)
    state = clique_tree.CliqueTreeState(observed)
    assert engine.log_evidence(state)[0] == pytest.approx(math.log(inference.evidenceProbability()), abs=1e-8)


def pyagrum_network(gum: object, network: TabularNetwork) -> object:
    peer = gum.BayesNet(network.name)  # type: ignore[attr-defined]
    for variable in network.variables:
        states = [f"s{state}" for state in range(len(variable.states))]
        peer.add(gum.LabelizedVariable(variable.name, variable.name, states))  # type: ignore[attr-defined]
    for variable in network.variables:
        for parent in variable.parents:
            peer.addArc(parent, variable.name)
        family = [variable.name, *variable.parents]
        axes = [family.index(name) for name in reversed(peer.cpt(variable.name).names)]
        peer.cpt(variable.name).fillWith(variable.table.transpose(axes).ravel().tolist())
    return peer


def test_much_unlikely_evidence_neither_underflows_nor_loses_precision() -> None:
    """A hidden Markov chain of 600 steps whose every observation has a probability near 1e-6."""
    rng = np.random.default_rng(0)
    n_steps, n_hidden = 600, 3
    move = rng.dirichlet(np.ones(n_hidden), n_hidden).T
    rare = rng.random(n_hidden) * 1e-6
    emit = np.stack([1.0 - rare, rare])
    states = tuple(f"s{state}" for state in range(n_hidden))
    variables = [Variable("h0", states, (), np.full(n_hidden, 1.0 / n_hidden))]
    variables += [Variable(f"h{t}", states, (f"h{t - 1}",), move) for t in range(1, n_steps)]
    variables += [Variable(f"o{t}", ("usual", "rare"), (f"h{t}",), emit) for t in range(n_steps)]
    network = with_roles(variables, [n_steps - 1], list(range(n_steps, 2 * n_steps)), [])
    evidence = Evidence.empty(network, 2)
    evidence.findings[0] = 1
    engine = CliqueTreeEngine(network)
    state = engine.init(evidence)
    belief, log_evidence = np.full(n_hidden, 1.0 / n_hidden), 0.0
    for step in range(n_steps):
        belief = (move @ belief if step else belief) * rare
        log_evidence += math.log(belief.sum())
        belief /= belief.sum()
    assert log_evidence < -8000
    assert engine.log_evidence(state)[0] == pytest.approx(log_evidence, rel=1e-13)
    np.testing.assert_allclose(engine.posterior(state)[0], belief, atol=1e-12)
    assert engine.log_evidence(state)[1] == pytest.approx(0.0, abs=1e-11)


def test_impossible_evidence_is_named_and_touches_no_other_case() -> None:
    switch = Variable("switch", ("off", "on"), (), np.array([0.5, 0.5]))
    lamp = Variable("lamp", ("dark", "light"), ("switch",), np.eye(2))
    bell = Variable("bell", ("still", "rings"), ("switch",), np.array([[1.0, 0.3], [0.0, 0.7]]))
    apart = Variable("apart", ("no", "yes"), (), np.array([0.9, 0.1]))
    network = with_roles([switch, lamp, bell, apart], [0, 3], [1, 2], [])
    engine = CliqueTreeEngine(network)
    evidence = Evidence.empty(network, 2)
    evidence.findings[:] = [[0, 1], [1, 1]]  # dark but ringing; light and ringing
    state = engine.init(evidence)
    assert engine.log_evidence(state).tolist() == [-math.inf, pytest.approx(math.log(0.35))]
    np.testing.assert_allclose(engine.posterior(state), [[0, 0, 0, 0], [0, 1, 0.9, 0.1]])
    assert not engine.predict(state)[0].any()
    scores = engine.score(state, np.ones((2, 2), bool))
    assert not scores.gain.any()
    assert scores.p_present.tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert not engine.approximate(state).any()


def test_observing_is_pure_and_equal_to_knowing_from_the_start() -> None:
    rng = np.random.default_rng(8)
    network = random_network(rng, 9, density=0.4, certainty=0.0)
    engine = compile_network(network)
    assert isinstance(engine, CliqueTreeEngine)
    blank = engine.init(Evidence.empty(network, 3))
    finding = np.array([0, -1, 0], np.int32)
    after = engine.observe(blank, finding, np.array([0, 0, UNKNOWN], np.int8))
    assert (blank.observed == UNKNOWN).all()
    evidence = Evidence.empty(network, 3)
    evidence.findings[0, 0] = 0
    assert engine.posterior(after).tobytes() == engine.posterior(engine.init(evidence)).tobytes()
    rows = np.array([2, 0])
    assert engine.posterior(engine.take(after, rows)).tobytes() == engine.posterior(after)[rows].tobytes()
    askable = np.zeros((3, len(network.findings)), bool)
    assert (engine.score(after, askable).gain == -np.inf).all()


def all_results(engine: CliqueTreeEngine, evidence: Evidence) -> list[np.ndarray]:
    state = engine.init(evidence)
    scores = engine.score(state, evidence.findings == UNKNOWN)
    everything = engine.all_marginals(state.observed)
    return [everything, engine.posterior(state), engine.log_evidence(state), scores.gain, scores.p_present]


@pytest.mark.parametrize("by_condition", [False, True])
def test_a_case_is_equal_to_the_bit_in_every_batch_and_lane(
    by_condition: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    network = random_network(rng, 30, density=0.12, certainty=0.1)
    engine = CliqueTreeEngine(network)
    engine._by_condition = by_condition
    evidence = random_evidence(rng, network, 21)
    whole = all_results(engine, evidence)
    for rows in (np.arange(20, -1, -1), np.array([5]), np.array([9, 9, 3, 9, 20, 0, 1, 2, 19])):
        for expected, found in zip(whole, all_results(engine, evidence.take(rows)), strict=True):
            assert expected[rows].tobytes() == found.tobytes()
    monkeypatch.setattr(clique_tree, "MAX_CHUNK_VALUES", 1)
    engine._plan.narrow = True
    for expected, found in zip(whole, all_results(engine, evidence), strict=True):
        assert expected.tobytes() == found.tobytes()


def digest_of_results() -> str:
    rng = np.random.default_rng(11)
    network = random_network(rng, 25, density=0.12, certainty=0.2)
    engine = CliqueTreeEngine(network)
    results = all_results(engine, random_evidence(rng, network, 9))
    return hashlib.sha256(b"".join(result.tobytes() for result in results)).hexdigest()


def test_results_do_not_depend_on_the_hash_seed() -> None:
    program = "from tests.model.inference.test_clique_tree import digest_of_results; print(digest_of_results())"
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "4242")
    ]
    assert found == [digest_of_results()] * 2


def test_evidence_that_is_no_state_is_refused() -> None:
    network = random_network(np.random.default_rng(2), 5, density=0.5, certainty=0.0)
    engine = CliqueTreeEngine(network)
    observed = np.full((2, 5), UNKNOWN, np.int8)
    observed[1, 3] = 9
    with pytest.raises(ValueError, match=r"case 1, v3: state 9 of \d"):
        engine.all_marginals(observed)
    with pytest.raises(ValueError, match=r"shape \(2, 4\); expected \(cases, 5 variables\)"):
        engine.all_marginals(observed[:, :4])


@pytest.mark.parametrize(
    ("variables", "code", "found"),
    [
        pytest.param(
            [Variable(f"v{i}", ("a", "b"), (), np.full(2, 0.5)) for i in range(30)]
            + [
                Variable(f"w{i}{j}", ("a", "b"), (f"v{i}", f"v{j}"), np.full((2, 2, 2), 0.5))
                for i in range(30)
                for j in range(i)
            ],
            "E-TREEWIDTH",
            "the largest over 30 variables",
            id="31 a clique of 2^30 states",
        ),
        pytest.param(
            [
                Variable("many", tuple(map(str, range(128))), (), np.full(128, 1 / 128)),
                Variable("more", tuple(map(str, range(200))), (), np.full(200, 1 / 200)),
            ],
            "E-STATES",
            "200 states",
            id="31 more states than evidence can name",
        ),
    ],
)
def test_networks_that_are_too_large_are_refused(variables: list[Variable], code: str, found: str) -> None:
    network = with_roles(variables, [0], [1], [])
    with pytest.raises(InputError) as caught:
        CliqueTreeEngine(network)
    assert all(problem.code == code and problem.catalogue == 31 for problem in caught.value.problems)
    assert found in str(caught.value)


def test_repr_tells_the_plan() -> None:
    path = example_path("asia")
    assert path.exists()
    text = repr(CliqueTreeEngine(example("asia")))
    assert "8 variables, 6 cliques, 40 states; the largest has 3 variables and 8 states" in text


@settings(deadline=None, max_examples=40)
@given(small_networks(), st.integers(0, 2**32 - 1))
def test_what_else_it_could_be_agrees_with_enumeration(network: TabularNetwork, seed: int) -> None:
    engine = CliqueTreeEngine(network)
    alone = engine.init(random_evidence(np.random.default_rng(seed), network, 1))
    position = {variable.name: index for index, variable in enumerate(network.variables)}
    roles = [(position[role.variable], int(str(role.state)[1:])) for role in network.condition_roles]
    state = engine.take(alone, np.zeros(len(roles), np.intp))
    posterior, explaining = engine.alternatives(state, np.arange(len(roles), dtype=np.int32))
    known = known_of(alone.observed[0])
    total = oracle.evidence_probability(network, known)
    for row, (variable, named) in enumerate(roles):
        expected, left = np.zeros(len(roles)), 0.0
        for other in range(len(network.variables[variable].states)):
            if other == named or known.get(variable, other) != other:
                continue
            world = {**known, variable: other}
            weight = oracle.evidence_probability(network, world)
            if total and weight:
                marginals = oracle.marginals(network, world)
                expected += weight * np.array([marginals[v][s] for v, s in roles])
                left += weight
        np.testing.assert_allclose(posterior[row], expected / left if left else expected, atol=1e-12)
        np.testing.assert_array_equal(posterior, explaining)

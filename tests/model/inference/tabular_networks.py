"""Discrete networks for the clique tree's tests: random ones, and pgmpy's published examples."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from model.inference.protocol import UNKNOWN, StateArray
from model.network.load import load_network, read_raw
from model.network.network import Role, TabularNetwork, Variable
from model.network.report import Report
from model.network.vocabulary import Condition, Finding, RiskFactor, Triage


@st.composite
def small_networks(draw: st.DrawFn) -> TabularNetwork:
    """Up to seven variables of one to four states; up to four parents, unconnected parts, 0/1 rows."""
    n = draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.0, 0.2, 0.5, 0.9]))
    certainty = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return random_network(rng, n, density=density, certainty=certainty)


def random_network(
    rng: np.random.Generator, n: int, *, density: float, certainty: float, most_states: int = 4
) -> TabularNetwork:
    """``density``: chance that an earlier variable is a parent; ``certainty``: that a column is 0/1."""
    names = [f"v{index}" for index in range(n)]
    n_states = rng.integers(1, most_states + 1, n)
    variables = []
    for index in range(n):
        earlier = [other for other in range(index) if rng.random() < density]
        parents = list(rng.permutation(earlier)[:4].astype(int))
        shape = (n_states[index], *(n_states[parent] for parent in parents))
        table = rng.random(shape) ** 3 + 1e-3
        certain = rng.random(shape[1:]) < certainty
        sure = np.arange(shape[0]).reshape(-1, *[1] * len(parents)) == rng.integers(0, shape[0], shape[1:])
        table = np.where(certain, sure, table)
        states = tuple(f"s{state}" for state in range(n_states[index]))
        parent_names = tuple(names[parent] for parent in parents)
        variables.append(Variable(names[index], states, parent_names, table / table.sum(axis=0)))
    kinds = rng.permutation(np.arange(n))
    n_conditions = int(rng.integers(1, n))
    conditions, findings, risk_factors = np.split(kinds, [n_conditions, n_conditions + max(1, (n - n_conditions) // 2)])
    return with_roles(variables, sorted(conditions), sorted(findings), sorted(risk_factors))


def with_roles(
    variables: list[Variable], conditions: list[int], findings: list[int], risk_factors: list[int]
) -> TabularNetwork:
    """Every state of a condition's variable is a condition; a finding's last state means present."""
    roles = [Role(variables[index].name, state) for index in conditions for state in variables[index].states]
    return TabularNetwork(
        name="random",
        conditions=tuple(Condition(f"{role.variable}={role.state}", "", Triage.ROUTINE) for role in roles),
        findings=tuple(
            Finding(v.name, v.name, "", states=v.states, leak=(), present=v.states[-1])
            for v in (variables[index] for index in findings)
        ),
        risk_factors=tuple(
            RiskFactor(v.name, v.name, states=v.states, present=v.states[-1])
            for v in (variables[index] for index in risk_factors)
        ),
        variables=tuple(variables),
        condition_roles=tuple(roles),
        finding_variables=tuple(variables[index].name for index in findings),
        risk_factor_variables=tuple(variables[index].name for index in risk_factors),
    )


def example_path(name: str) -> Path:
    """One of pgmpy's example networks; the test skips where this pgmpy has none."""
    found = importlib.util.find_spec("pgmpy")
    if found is None or found.origin is None:
        pytest.skip("pgmpy is not installed")
    path = Path(found.origin).parent / "utils" / "example_models" / f"{name}.bif.gz"
    if not path.exists():
        pytest.skip(f"this pgmpy has no {path.name}")
    return path


def example(name: str) -> TabularNetwork:
    """An example network whose variables are all findings but the first, which is the condition."""
    network = load_network(example_path(name), roles=_first_roles(name), normalise=True)
    assert isinstance(network, TabularNetwork)
    variables = list(network.variables)
    return with_roles(variables, [0], list(range(1, len(variables))), [])


def _first_roles(name: str) -> dict[str, dict[str, str]]:
    """The least that the loader asks for: a condition and a finding, here the first two variables."""
    raw = read_raw(example_path(name), Report())
    assert raw is not None
    states_of = raw.states_of()
    condition, finding = list(states_of)[:2]
    return {"conditions": {condition: "*"}, "findings": {finding: states_of[finding][0]}}


def sampled_evidence(rng: np.random.Generator, network: TabularNetwork, n_cases: int, n_known: int) -> StateArray:
    """(cases, variables): ``n_known`` variables of each case in the states of a forward sample."""
    index = {variable.name: position for position, variable in enumerate(network.variables)}
    sample = np.zeros((n_cases, len(index)), np.int8)
    for position, variable in enumerate(network.variables):
        columns = variable.table[(slice(None), *(sample[:, index[parent]] for parent in variable.parents))]
        cumulative = np.broadcast_to(columns.reshape(len(variable.states), -1), (len(variable.states), n_cases)).cumsum(
            0
        )
        sample[:, position] = (rng.random(n_cases) * cumulative[-1] > cumulative[:-1]).sum(axis=0)
    observed = np.full_like(sample, UNKNOWN)
    for case in range(n_cases):
        known = rng.choice(len(index), n_known, replace=False)
        observed[case, known] = sample[case, known]
    return observed

"""The clique tree beside pgmpy and pyAgrum on the published networks that pgmpy's package holds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import InputError
from model.inference.clique_tree import CliqueTreeEngine
from model.inference.protocol import StateArray
from model.network.load import read_raw
from model.network.network import TabularNetwork
from model.network.report import Report
from model.network.tabular_build import build_variables

from .timing import Pairs, in_turn, seconds

_AGREE = 1e-9
_BATCH = 1024
NETWORKS = ("asia", "alarm", "child", "insurance", "win95pts", "hepar2", "andes")
BEYOND_PGMPY = ("andes",)
"""pgmpy's VariableElimination takes minutes a case there."""


@dataclass(frozen=True)
class Comparison:
    network: str
    states: int
    """Entries of all cliques together."""
    pgmpy: Pairs | None
    pyagrum: Pairs
    largest_difference: float


def published(name: str) -> TabularNetwork | None:
    """A network out of pgmpy's package, or None where this pgmpy no longer has it."""
    import pgmpy

    file = Path(pgmpy.__file__).parent / "utils" / "example_models" / f"{name}.bif.gz"
    if not file.exists():
        return None
    report = Report()
    raw = read_raw(file, report)
    if raw is None:
        raise InputError(report.problems)
    # published tables are rounded to some seven digits
    variables = build_variables(raw, file.name, report, normalise=True)
    return TabularNetwork(name, (), (), (), variables=variables)


def evidence(network: TabularNetwork, n_cases: int, n_known: int = 6, seed: int = 7) -> StateArray:
    """(cases, variables): ``n_known`` variables of a sampled world are known, -1 elsewhere; a sampled
    world is always possible."""
    random = np.random.default_rng(seed)
    observed = np.full((n_cases, len(network.variables)), -1, np.int8)
    for row in observed:
        world: dict[str, int] = {}
        for variable in network.variables:
            p = variable.table
            for parent in variable.parents:  # the second axis is each time the next parent's
                p = p[:, world[parent]]
            world[variable.name] = int(random.choice(len(p), p=p / p.sum()))
        for v in random.permutation(len(network.variables))[:n_known]:
            row[v] = world[network.variables[v].name]
    return observed


def compare(name: str, n_interviews: int = 3) -> Comparison | None:
    """All marginals of some cases by all three; raises if anyone differs by more than 1e-9."""
    network = published(name)
    if network is None:
        return None
    engine = CliqueTreeEngine(network)
    observed = evidence(network, _BATCH)
    exact = engine.all_marginals(observed)
    columns = engine.marginal_columns()
    differences = [0.0]

    def compared(row: int, answers: Mapping[str, Any]) -> None:
        for v, variable in enumerate(network.variables):
            if observed[row, v] >= 0:
                continue
            ours = exact[row, columns[v] : columns[v] + len(variable.states)]
            differences.append(float(np.abs(ours - answers[variable.name]).max()))

    def ours() -> float:
        return seconds(lambda: engine.all_marginals(observed), _BATCH, at_least=0.1)

    pgmpy_side = _pgmpy(network) if name not in BEYOND_PGMPY else None
    pyagrum_side = _pyagrum(network)
    rows = range(n_interviews)

    def theirs(side: Any, row: int) -> float:
        answers, elapsed = side(observed[row])
        compared(row, answers)
        return float(elapsed)

    pyagrum = in_turn([(ours, lambda row=row: theirs(pyagrum_side, row)) for row in rows])  # type: ignore[misc]
    pgmpy = in_turn([(ours, lambda row=row: theirs(pgmpy_side, row)) for row in rows]) if pgmpy_side else None  # type: ignore[misc]
    if max(differences) > _AGREE:
        raise AssertionError(f"{name}: marginals differ by {max(differences):.1e}")
    return Comparison(name, engine.junction_tree.total_states, pgmpy, pyagrum, max(differences))


def _known(network: TabularNetwork, observed: StateArray) -> dict[str, int]:
    return {network.variables[v].name: int(observed[v]) for v in np.flatnonzero(observed >= 0)}


def _pgmpy(network: TabularNetwork) -> Any:
    from pgmpy.inference import VariableElimination

    elimination = VariableElimination(network.to_pgmpy())

    def run(observed: StateArray) -> tuple[dict[str, Any], float]:
        known = _known(network, observed)
        names = [v.name for v in network.variables if v.name not in known]
        states = {v.name: v.states for v in network.variables}
        given = {name: states[name][state] for name, state in known.items()}
        begin = time.perf_counter()
        # one query a variable: with several, "greedy" forms their joint distribution, joint=False or not
        answers = {
            name: elimination.query([name], given, elimination_order="greedy", show_progress=False) for name in names
        }
        elapsed = time.perf_counter() - begin
        ordered = {
            name: np.array([answers[name].get_value(**{name: state}) for state in states[name]]) for name in names
        }
        return ordered, elapsed

    return run


def _pyagrum(network: TabularNetwork) -> Any:
    import pyagrum

    net = pyagrum.BayesNet()
    for variable in network.variables:
        net.add(pyagrum.LabelizedVariable(variable.name, variable.name, len(variable.states)))
    for variable in network.variables:
        for parent in variable.parents:
            net.addArc(parent, variable.name)
    for variable in network.variables:
        names: Sequence[str] = net.cpt(variable.name).names  # fastest-changing first; numpy's order is the reverse
        axes = [(variable.name, *variable.parents).index(name) for name in reversed(names)]
        net.cpt(variable.name)[:] = np.ascontiguousarray(np.transpose(variable.table, axes))
    methods = [pyagrum.LazyPropagation(net), pyagrum.ShaferShenoyInference(net)]

    def run(observed: StateArray) -> tuple[dict[str, Any], float]:
        known = _known(network, observed)
        names = [v.name for v in network.variables if v.name not in known]
        best, answers = float("inf"), {}
        for inference in methods:
            for _ in range(3):  # the first also builds the junction tree: a model built once
                inference.eraseAllEvidence()
                begin = time.perf_counter()
                inference.setEvidence(known)
                inference.makeInference()
                answers = {name: inference.posterior(name).toarray() for name in names}
                best = min(best, time.perf_counter() - begin)
        return answers, best

    return run

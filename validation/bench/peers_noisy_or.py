"""pgmpy and pyAgrum on a noisy-OR interview, given every help that a user could give them.

What costs them nothing is done beforehand: absent findings are absorbed into the priors, conditions
without a present finding are pruned (their posterior is then known), and each present finding's
noisy-OR is decomposed into a chain of three-variable tables, so that no table explodes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.inference.noisy_or import NoisyOrEngine, NoisyOrState
from model.inference.protocol import FloatArray


@dataclass(frozen=True)
class Reduced:
    """The part of a network that an interview still needs."""

    conditions: tuple[int, ...]
    """Conditions with a present finding: those whose posterior is not just a product."""
    nodes: tuple[tuple[str, tuple[str, ...], tuple[tuple[float, ...], ...]], ...]
    """Name, parents, and the table as two rows (absent, present) over the parents' joint values."""
    evidence: tuple[tuple[str, int], ...]


def reduce(engine: NoisyOrEngine, state: NoisyOrState, row: int) -> Reduced:
    """One interview's pruned network; the background has to be known."""
    net, negative = engine.kernel, state.negative[row]
    background = state.background[row]
    (prior,) = engine.configurations(background).priors
    pi = prior * negative / (prior * negative + 1.0 - prior)
    present = np.flatnonzero(state.answers[row] == 1)
    links: dict[int, list[tuple[int, float]]] = {}
    for bit, finding in enumerate(present):
        for t in range(net.finding_begin[finding], net.finding_begin[finding + 1]):
            links.setdefault(int(net.finding_condition[t]), []).append((bit, float(net.finding_q[t])))
    silent = [1.0 - float(net.leak[finding]) for finding in present]
    active = sorted(links)
    nodes: list[Any] = [(f"d{d}", (), ((1.0 - float(pi[d]),), (float(pi[d]),))) for d in active]
    evidence = []
    for bit, quiet in enumerate(silent):
        last = ""
        for d in active:
            for at, q in links[d]:
                if at != bit:
                    continue
                name = f"f{bit}_{d}"
                if last:
                    nodes.append((name, (last, f"d{d}"), ((1.0, q, 0.0, 0.0), (0.0, 1.0 - q, 1.0, 1.0))))
                else:
                    nodes.append((name, (f"d{d}",), ((quiet, quiet * q), (1.0 - quiet, 1.0 - quiet * q))))
                last = name
        if last:
            evidence.append((last, 1))
    return Reduced(tuple(active), tuple(nodes), tuple(evidence))


def pgmpy_posteriors(reduced: Reduced, at_most: int) -> tuple[FloatArray, float]:
    """The first ``at_most`` posteriors by VariableElimination (greedy order, model built before), and
    the seconds that all of them would take: those measured times the number of conditions."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination
    from pgmpy.models import DiscreteBayesianNetwork

    network = DiscreteBayesianNetwork([(parent, name) for name, parents, _ in reduced.nodes for parent in parents])
    network.add_nodes_from([name for name, _, _ in reduced.nodes])
    for name, parents, table in reduced.nodes:
        network.add_cpds(TabularCPD(name, 2, table, list(parents) or None, [2] * len(parents) or None))
    elimination = VariableElimination(network)
    wanted = [f"d{d}" for d in reduced.conditions[:at_most]]
    begin = time.perf_counter()
    answers = [
        elimination.query([name], dict(reduced.evidence), elimination_order="greedy", show_progress=False)
        for name in wanted
    ]
    elapsed = time.perf_counter() - begin
    return np.array([answer.values[1] for answer in answers]), elapsed * len(reduced.conditions) / len(wanted)


class PyAgrum:
    """A model built once; the fastest of pyAgrum's exact methods for it."""

    def __init__(self, reduced: Reduced) -> None:
        import pyagrum

        self._reduced = reduced
        self._network = pyagrum.BayesNet()
        for name, _, _ in reduced.nodes:
            self._network.add(pyagrum.LabelizedVariable(name, name, 2))
        for name, parents, table in reduced.nodes:
            for parent in parents:
                self._network.addArc(parent, name)
            _fill(self._network.cpt(name), parents, table)
        self._methods = (pyagrum.LazyPropagation, pyagrum.ShaferShenoyInference)

    def posteriors(self) -> tuple[FloatArray, float]:
        """All posteriors, and the seconds of the faster method."""
        best, values = float("inf"), np.zeros(0)
        names = [f"d{d}" for d in self._reduced.conditions]
        for method in self._methods:
            inference = method(self._network)
            begin = time.perf_counter()
            inference.setEvidence(dict(self._reduced.evidence))
            inference.setTargets(set(names))
            inference.makeInference()
            values = np.array([inference.posterior(name)[1] for name in names])
            best = min(best, time.perf_counter() - begin)
        return values, best


def _fill(cpt: Any, parents: Sequence[str], table: Sequence[Sequence[float]]) -> None:
    if not parents:
        cpt.fillWith([table[0][0], table[1][0]])
        return
    for column in range(2 ** len(parents)):
        bits = [column >> (len(parents) - 1 - j) & 1 for j in range(len(parents))]
        cpt[dict(zip(parents, bits, strict=True))] = [table[0][column], table[1][column]]

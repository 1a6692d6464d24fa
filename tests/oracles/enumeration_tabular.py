"""Any discrete network by brute force: every full assignment of every variable, one at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from model.network.network import TabularNetwork

Assignment = tuple[int, ...]
"""One state index a variable, in the order of ``network.variables``."""


def assignments(network: TabularNetwork, known: Mapping[int, int]) -> Iterator[tuple[Assignment, float]]:
    """Every assignment that agrees with ``known`` (variable position to state), and its probability."""
    index = {variable.name: position for position, variable in enumerate(network.variables)}
    choices = [
        [known[position]] if position in known else range(len(variable.states))
        for position, variable in enumerate(network.variables)
    ]
    for assignment in itertools.product(*choices):
        probability = 1.0
        for position, variable in enumerate(network.variables):
            parents = tuple(assignment[index[parent]] for parent in variable.parents)
            probability *= float(variable.table[(assignment[position], *parents)])
        yield assignment, probability


def evidence_probability(network: TabularNetwork, known: Mapping[int, int]) -> float:
    """P(known)."""
    return math.fsum(probability for _, probability in assignments(network, known))


def marginals(network: TabularNetwork, known: Mapping[int, int]) -> list[list[float]]:
    """P(variable = state | known) by variable and state; zeros where ``known`` is impossible."""
    terms: list[list[list[float]]] = [[[] for _ in variable.states] for variable in network.variables]
    for assignment, probability in assignments(network, known):
        for position, state in enumerate(assignment):
            terms[position][state].append(probability)
    total = evidence_probability(network, known)
    return [[math.fsum(each) / total if total else 0.0 for each in states] for states in terms]


def mutual_information(network: TabularNetwork, known: Mapping[int, int], first: int, second: int) -> float:
    """I(first; second | known) in nats; 0 where ``known`` is impossible."""
    total = evidence_probability(network, known)
    if total == 0:
        return 0.0
    terms: dict[tuple[int, int], list[float]] = {}
    for assignment, probability in assignments(network, known):
        terms.setdefault((assignment[first], assignment[second]), []).append(probability)
    joint = {pair: math.fsum(each) / total for pair, each in terms.items()}
    of_first = _sums(joint, 0, len(network.variables[first].states))
    of_second = _sums(joint, 1, len(network.variables[second].states))
    return math.fsum(p * math.log(p / (of_first[a] * of_second[b])) for (a, b), p in joint.items() if p > 0)


def _sums(joint: Mapping[tuple[int, int], float], axis: int, n_states: int) -> Sequence[float]:
    return [math.fsum(p for pair, p in joint.items() if pair[axis] == state) for state in range(n_states)]

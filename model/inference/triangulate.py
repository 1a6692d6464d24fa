"""Triangulation: which cliques a network's junction tree is made of, and how large they are.

The moral graph is eliminated variable by variable, filling in the edges between the neighbours of
each (Rose 1970).  A good order is found by greedy search: five criteria, each repeated with other
tie-breaks and, from the third round on, with a little noise; the order whose cliques hold the
fewest states in total is kept.  Nothing depends on hashing or time: the same network always gives
the same cliques.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Graph = list[int]
"""One bit set a variable: bit w of ``graph[v]`` is set where v and w are neighbours."""

Criterion = Callable[[float, float, float, float], float]
"""What a greedy elimination minimises, from the missing edges, their weight, log2 of the states of
the clique that the elimination makes, and log2 of the variable's own states."""

CRITERIA: tuple[Criterion, ...] = (
    lambda fill, fill_weight, clique, own: fill,  # min-fill
    lambda fill, fill_weight, clique, own: fill_weight,  # weighted min-fill
    lambda fill, fill_weight, clique, own: clique,  # min-weight
    lambda fill, fill_weight, clique, own: clique - own,  # Cano & Moral 1994, H2
    lambda fill, fill_weight, clique, own: math.log2(1.0 + fill_weight) + clique,  # both at once
)
MAX_ROUNDS = 40
"""Rounds over the five criteria for a small network; large ones get fewer, see ``_rounds``."""
NOISE = 0.15
"""Spread of the factor by which a score may be perturbed from the third round on."""


@dataclass(frozen=True)
class Triangulation:
    """The maximal cliques, in the order in which elimination made them; variables ascending."""

    cliques: tuple[tuple[int, ...], ...]
    total_states: int
    """Sum over the cliques of the product of their variables' state counts."""


def bits(mask: int) -> Iterator[int]:
    """The positions of the set bits, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def moral_graph(n_variables: int, families: Sequence[Sequence[int]]) -> Graph:
    """Variables that share a conditional probability table (a variable and its parents) are neighbours."""
    graph = [0] * n_variables
    for family in families:
        members = 0
        for variable in family:
            members |= 1 << variable
        for variable in family:
            graph[variable] |= members & ~(1 << variable)
    return graph


def triangulate(graph: Graph, n_states: Sequence[int]) -> Triangulation:
    """The best triangulation found of ``graph``, whose variable v has ``n_states[v]`` states."""
    weights = [math.log2(states) for states in n_states]
    best: list[int] | None = None
    best_total = -1
    for round_ in range(_rounds(graph)):
        for index, criterion in enumerate(CRITERIA):
            chance = random.Random(round_ * len(CRITERIA) + index)
            cliques = _eliminate(graph, n_states, weights, criterion, chance, NOISE if round_ >= 2 else 0.0)
            total = sum(_states(clique, n_states) for clique in cliques)
            if best is None or total < best_total:
                best, best_total = cliques, total
    assert best is not None
    return Triangulation(tuple(tuple(bits(clique)) for clique in best), best_total)


def _rounds(graph: Graph) -> int:
    """About equal planning time for every size; two rounds even for the largest."""
    edges = sum(mask.bit_count() for mask in graph) // 2
    return max(2, min(MAX_ROUNDS, 60_000 // (len(graph) + edges + 1)))


def _states(clique: int, n_states: Sequence[int]) -> int:
    return math.prod(n_states[variable] for variable in bits(clique))


def _eliminate(
    graph: Graph,
    n_states: Sequence[int],
    weights: Sequence[float],
    criterion: Criterion,
    chance: random.Random,
    noise: float,
) -> list[int]:
    """One greedy elimination: its maximal cliques as bit sets.

    A simplicial variable (its neighbours are a clique already) goes at once: that is always optimal.
    """
    neighbours = list(graph)
    remaining = set(range(len(graph)))
    score: dict[int, tuple[float, float]] = {}
    stale = (1 << len(graph)) - 1
    cliques: list[int] = []
    while remaining:
        for variable in bits(stale):
            fill, fill_weight = _fill(neighbours, variable, n_states)
            clique = weights[variable] + sum(weights[other] for other in bits(neighbours[variable]))
            value = criterion(fill, fill_weight, clique, weights[variable]) if fill else -1.0
            score[variable] = (value * (1.0 + noise * chance.random()) if noise else value, chance.random())
        variable = min(score, key=lambda candidate: (score[candidate], candidate))
        around = neighbours[variable]
        clique_mask = around | 1 << variable
        if not any(clique_mask & ~other == 0 for other in cliques):
            cliques.append(clique_mask)
        stale = around
        for other in bits(around):
            if around & ~neighbours[other] & ~(1 << other):
                stale |= neighbours[other]
            neighbours[other] = (neighbours[other] | around) & ~(clique_mask & (1 << other | 1 << variable))
        for other in bits(around):
            neighbours[other] &= ~(1 << variable)
        stale &= ~(1 << variable)
        remaining.discard(variable)
        del score[variable]
    return cliques


def _fill(neighbours: Graph, variable: int, n_states: Sequence[int]) -> tuple[float, float]:
    """How many edges are missing between the neighbours of ``variable``, and the sum over them of
    the product of their ends' state counts."""
    around = neighbours[variable]
    count, weight = 0, 0.0
    for other in bits(around):
        missing = around & ~neighbours[other]
        missing >>= other + 1  # each pair once, and never the variable itself
        if missing:
            count += missing.bit_count()
            weight += n_states[other] * sum(n_states[other + 1 + further] for further in bits(missing))
    return float(count), weight

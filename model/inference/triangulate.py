"""Triangulation: which cliques a network's junction tree is made of, and how large they are.

The moral graph is eliminated variable by variable, filling in the edges between the neighbours of
each (Rose 1970).  A good order is found by greedy search: five criteria, each repeated with other
tie-breaks and, from the third round on, with a little noise; the order whose cliques hold the
fewest states in total is kept.  Nothing depends on hashing or time: the same network always gives
the same cliques.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

Graph = list[int]
"""One bit set a variable: bit w of ``graph[v]`` is set where v and w are neighbours."""


class Cost(NamedTuple):
    """What eliminating a variable would do."""

    fill: int
    """Edges to add between its neighbours."""
    fill_weight: int
    """Sum over these of the product of the state counts at both ends."""
    clique: float
    """log2 of the joint states of the clique that it makes."""
    own: float
    """log2 of the variable's own states."""


def log2(n: int) -> float:
    """To a multiple of 2^-20: so that sums are exact, equal costs are equal in whatever order they
    were added, and the last bit of the C library's logarithm does not decide between cliques."""
    return round(math.log2(n) * 2**20) / 2**20


CRITERIA: tuple[Callable[[Cost], float], ...] = (
    lambda cost: cost.fill,  # min-fill
    lambda cost: cost.fill_weight,  # weighted min-fill
    lambda cost: cost.clique,  # min-weight
    lambda cost: cost.clique - cost.own,  # Cano & Moral 1994, their H2
    lambda cost: log2(1 + cost.fill_weight) + cost.clique,  # both at once
)
MAX_ROUNDS = 40
"""Rounds over the criteria for a small network; large ones get fewer, so that planning stays a
matter of seconds."""
WORK = 10_000
"""Variables and edges eliminated in all rounds together: a few seconds at most."""
NOISE = 0.5
"""By how much a score may be raised at random from the third round on."""


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
        members = sum(1 << variable for variable in set(family))
        for variable in family:
            graph[variable] |= members & ~(1 << variable)
    return graph


def triangulate(graph: Graph, n_states: Sequence[int]) -> Triangulation:
    """The best triangulation found of ``graph``, whose variable v has ``n_states[v]`` states."""
    start = _Elimination.of(graph, n_states)
    start.eliminate_simplicial()
    edges = sum(start.neighbours[variable].bit_count() for variable in bits(start.remaining)) // 2
    rounds = max(2, min(MAX_ROUNDS, WORK // (start.remaining.bit_count() + edges + 1)))
    best: _Elimination | None = None
    for round_ in range(rounds if start.remaining else 0):
        for index, criterion in enumerate(CRITERIA):
            chance = random.Random(round_ * len(CRITERIA) + index)
            run = start.copy()
            if run.eliminate_greedily(
                criterion, chance, NOISE if round_ >= 2 else 0.0, best.total_states if best else None
            ):
                best = run
    best = best or start
    return Triangulation(tuple(tuple(bits(clique)) for clique in best.cliques), best.total_states)


@dataclass
class _Elimination:
    """A graph that is being eliminated, and the maximal cliques that this has made so far."""

    n_states: Sequence[int]
    weights: list[float]
    """log2 of ``n_states``."""
    neighbours: Graph
    remaining: int
    costs: dict[int, Cost]
    """Of every remaining variable, up to date."""
    cliques: list[int]
    total_states: int = 0
    """Of ``cliques``."""

    @classmethod
    def of(cls, graph: Graph, n_states: Sequence[int]) -> _Elimination:
        weights = [log2(states) for states in n_states]
        run = cls(n_states, weights, list(graph), (1 << len(graph)) - 1, {}, [])
        run.costs = {variable: run.cost(variable) for variable in range(len(graph))}
        return run

    def copy(self) -> _Elimination:
        return replace(self, neighbours=list(self.neighbours), costs=dict(self.costs), cliques=list(self.cliques))

    def cost(self, variable: int) -> Cost:
        around = self.neighbours[variable]
        fill, fill_weight, clique = 0, 0, self.weights[variable]
        for other in bits(around):
            clique += self.weights[other]
            missing = (around & ~self.neighbours[other]) >> (other + 1)  # each pair once
            if missing:
                fill += missing.bit_count()
                fill_weight += self.n_states[other] * sum(self.n_states[other + 1 + more] for more in bits(missing))
        return Cost(fill, fill_weight, clique, self.weights[variable])

    def eliminate(self, variable: int) -> int:
        """Connect the neighbours of ``variable`` and take it out; which variables' costs changed."""
        around = self.neighbours[variable]
        clique = around | 1 << variable
        if all(clique & ~other for other in self.cliques):
            self.cliques.append(clique)
            self.total_states += math.prod(self.n_states[other] for other in bits(clique))
        changed = around
        for other in bits(around):
            if around & ~self.neighbours[other] & ~(1 << other):
                changed |= self.neighbours[other]
            self.neighbours[other] = (self.neighbours[other] | around) & ~(1 << other | 1 << variable)
        self.remaining &= ~(1 << variable)
        del self.costs[variable]
        changed &= self.remaining
        for other in bits(changed):
            self.costs[other] = self.cost(other)
        return changed

    def eliminate_simplicial(self) -> None:
        """Take out every variable whose neighbours are a clique already: always optimal."""
        waiting = self.remaining
        while waiting:
            variable = next(bits(waiting))
            waiting &= ~(1 << variable)
            if self.costs[variable].fill == 0:
                waiting |= self.eliminate(variable)

    def eliminate_greedily(
        self, criterion: Callable[[Cost], float], chance: random.Random, noise: float, limit: int | None
    ) -> bool:
        """Take out all that remains, simplicial variables first, then by ``criterion``.

        False, and given up, as soon as the cliques have ``limit`` states or more.
        """

        def entry(variable: int) -> tuple[float, float, int]:
            cost = self.costs[variable]
            score = criterion(cost) * (1.0 + noise * chance.random()) if cost.fill else -1.0
            return score, chance.random(), variable

        current = {variable: entry(variable) for variable in bits(self.remaining)}
        heap = sorted(current.values())
        while current:
            candidate = heapq.heappop(heap)
            variable = candidate[2]
            if current.get(variable) != candidate:
                continue  # its cost has changed since
            del current[variable]
            changed = self.eliminate(variable)
            if limit is not None and self.total_states >= limit:
                return False
            for other in bits(changed):
                current[other] = entry(other)
                heapq.heappush(heap, current[other])
        return True

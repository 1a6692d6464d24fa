"""A bound on what exact inference in a discrete network costs, found by greedy elimination.

It is an upper bound (the engine's own triangulation may do better), cheap enough to be taken at
every load, and used only to refuse networks that no engine here could hold.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence

MAX_CLIQUE_CELLS = 1 << 27
"""Of the largest clique: 1 GiB of float64 for one case."""


def largest_clique(cards: Mapping[str, int], families: Sequence[Sequence[str]]) -> int:
    """Cells of the largest clique met when the moral graph of ``families`` is eliminated greedily.

    The better of two greedy orders (Kjærulff 1990): least clique weight, and least fill weight.
    The second, slower one is tried only where the first is beyond ``MAX_CLIQUE_CELLS``.
    """
    index = {name: position for position, name in enumerate(cards)}
    weights = [math.log2(max(card, 1)) for card in cards.values()]
    neighbours: list[set[int]] = [set() for _ in cards]
    for family in families:
        members = [index[name] for name in family]
        for member in members:
            neighbours[member].update(members)
    for member, around in enumerate(neighbours):
        around.discard(member)
    best = _eliminate([set(around) for around in neighbours], weights, fill=False)
    if best > math.log2(MAX_CLIQUE_CELLS):
        best = min(best, _eliminate(neighbours, weights, fill=True))
    return round(math.exp2(min(best, 1000.0)))


def _eliminate(neighbours: list[set[int]], weights: list[float], *, fill: bool) -> float:
    """log2 of the cells of the largest clique; ``neighbours`` is used up."""

    def cost(node: int) -> float:
        around = neighbours[node]
        if not fill:
            return weights[node] + sum(weights[other] for other in sorted(around))
        ordered = sorted(around)
        return sum(
            weights[one] * weights[two]
            for position, one in enumerate(ordered)
            for two in ordered[position + 1 :]
            if two not in neighbours[one]
        )

    costs = [cost(node) for node in range(len(neighbours))]
    heap = [(value, node) for node, value in enumerate(costs)]
    heapq.heapify(heap)
    gone = [False] * len(neighbours)
    largest = 0.0
    while heap:
        value, node = heapq.heappop(heap)
        if gone[node] or value != costs[node]:
            continue
        gone[node] = True
        around = neighbours[node]
        largest = max(largest, weights[node] + sum(weights[other] for other in sorted(around)))
        touched = set(around)
        for other in around:
            neighbours[other] |= around
            neighbours[other] -= {other, node}
            if fill:
                touched |= neighbours[other]
        for other in sorted(touched):
            costs[other] = cost(other)
            heapq.heappush(heap, (costs[other], other))
    return largest

"""Which cases are played together: drawn stratified at random, so that whatever is finished at a
deadline is a fair sample of the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.card import Card

LARGEST = 256
"""Cases a shard: enough that lock-step pays, few enough that a deadline or a death loses little."""
SMALLEST = 16


def stratified_order(cards: Sequence[Card], seed: int) -> list[int]:
    """An order of the cases in which every beginning holds each expected condition in its share.

    The k-th of a condition's n cases, shuffled, goes to the place (k + u) / n of the whole, u uniform.
    It follows from ids and conditions alone, not from the order in which the cases were read.
    """
    chance = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for position in sorted(range(len(cards)), key=lambda row: cards[row].id):
        groups.setdefault(cards[position].expected.condition, []).append(position)
    placed = []
    for name in sorted(groups):
        members = chance.permutation(groups[name])
        places = (np.arange(len(members)) + chance.random(len(members))) / len(members)
        placed += list(zip(places.tolist(), members.tolist(), strict=True))
    return [position for _, position in sorted(placed)]


def shards(cards: Sequence[Card], seed: int, workers: int, size: int | None = None) -> list[tuple[Card, ...]]:
    """The cases in shards of ``size``; by default four shards a worker, within the limits above.

    No result depends on the size.
    """
    order = stratified_order(cards, seed)
    if size is None:
        size = min(LARGEST, max(SMALLEST, -(-len(cards) // (4 * workers))))
    return [tuple(cards[row] for row in order[start : start + size]) for start in range(0, len(order), size)]

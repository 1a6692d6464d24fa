"""How alike two cases are: Jaccard over their findings, fuzzy match of their texts.

Only cases with the same expected condition are compared, so that 5,000 cases take a second: the
same findings with *another* diagnosis are a conflict, which needs no likeness (:mod:`cases.checks.alike`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .card import Card

LEAST_JACCARD = 0.8
"""Of the (finding, state) pairs: five findings of which one more is listed are near duplicates."""
LEAST_TEXT = 90.0
"""Per cent of rapidfuzz's ``ratio`` of the complaints."""
SHORTEST_TEXT = 30
"""Characters below which a complaint ("my head hurts") says too little to be recognised by."""
AGE_FACTOR = 1.5
"""Ages that differ by more than this factor, and five years, make another case of the same findings."""
_BLOCK = 1024
"""Rows of one matrix product."""


class Pair(NamedTuple):
    """Two cases, by position, and how alike they are."""

    first: int
    second: int
    """Larger than ``first``."""
    jaccard: float
    """|A ∩ B| / |A ∪ B| over (finding, state) and (risk factor, state) pairs; 0 where both are empty."""
    text: float
    """Per cent; 0 where a text is too short to compare."""


def near_duplicates(
    cards: Sequence[Card], least_jaccard: float = LEAST_JACCARD, least_text: float = LEAST_TEXT
) -> list[Pair]:
    """All pairs with the same expected condition that are alike in findings or in text, in order.

    Alike in findings also asks for the same sex and a similar age, where both are known.  Corpora
    have no near duplicates: their cases are records, not drafts of each other.
    """
    blocks: dict[str, list[int]] = {}
    for row, card in enumerate(cards):
        if card.kind != "corpus":
            blocks.setdefault(card.expected.condition, []).append(row)
    pairs = [
        pair
        for rows in blocks.values()
        if len(rows) > 1
        for pair in _block_pairs(cards, np.array(rows), least_jaccard, least_text)
    ]
    return sorted(pairs)


def jaccard_matrix(sets: Sequence[frozenset[object]]) -> NDArray[np.float64]:
    """(n, n) |A ∩ B| / |A ∪ B|; 0 where both are empty."""
    columns: dict[object, int] = {}
    cells = [(row, columns.setdefault(item, len(columns))) for row, items in enumerate(sets) for item in items]
    member = np.zeros((len(sets), max(len(columns), 1)), np.float32)
    if cells:
        member[tuple(np.array(cells).T)] = 1
    sizes = member.sum(axis=1)
    both = np.concatenate([member[start : start + _BLOCK] @ member.T for start in range(0, len(sets), _BLOCK)])
    either = sizes[:, None] + sizes[None, :] - both
    result: NDArray[np.float64] = np.divide(both, either, out=np.zeros(both.shape), where=either > 0)
    return result


def clusters_of(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected components of the pairs, each sorted, in the order of their first members."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    clusters: dict[int, list[int]] = {}
    for node in sorted(parent):
        clusters.setdefault(root(node), []).append(node)
    return list(clusters.values())


def _block_pairs(
    cards: Sequence[Card], rows: NDArray[np.intp], least_jaccard: float, least_text: float
) -> Iterator[Pair]:
    jaccard = jaccard_matrix([_answers(cards[row]) for row in rows])
    text = _text_matrix([cards[row].complaint for row in rows], least_text)
    alike = ((jaccard >= least_jaccard) & _same_patient(cards, rows)) | (text >= least_text)
    for a, b in np.argwhere(np.triu(alike, k=1)):
        yield Pair(int(rows[a]), int(rows[b]), float(jaccard[a, b]), float(text[a, b]))


def _answers(card: Card) -> frozenset[object]:
    findings = ((name, finding.state) for name, finding in card.findings.items())
    return frozenset((*findings, *((name, state, "risk factor") for name, state in card.risk_factors.items())))


def _same_patient(cards: Sequence[Card], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(n, n) whether neither sex nor age tells the two patients apart."""
    sexes = np.array([{"female": 0.0, "male": 1.0}.get(cards[row].patient.sex or "", np.nan) for row in rows])
    ages = np.array([np.nan if (age := cards[row].patient.age_years) is None else age for row in rows])
    low, high = np.fmin.outer(ages, ages), np.fmax.outer(ages, ages)
    unknown = np.isnan(ages)
    same_age = (high <= AGE_FACTOR * low) | (high - low <= 5) | unknown[:, None] | unknown[None, :]
    other_sex = np.abs(sexes[:, None] - sexes[None, :]) == 1
    result: NDArray[np.bool_] = same_age & ~other_sex
    return result


def _text_matrix(texts: Sequence[str], least: float) -> NDArray[np.float64]:
    """(n, n) per cent; 0 below ``least`` and for texts that are too short."""
    from rapidfuzz import fuzz, process

    result = np.zeros((len(texts), len(texts)))
    long = [row for row, text in enumerate(texts) if len(text) >= SHORTEST_TEXT]
    if len(long) > 1:
        words = [texts[row].casefold() for row in long]
        result[np.ix_(long, long)] = process.cdist(words, words, scorer=fuzz.ratio, score_cutoff=least)
    return result

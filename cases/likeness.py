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
_BLOCK = 256
"""Rows that are compared with all earlier ones at a time: memory grows with the number of cases, not its square."""


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
    return sorted(
        Pair(
            int(part.rows[earlier]), int(part.rows[part.start + later]),
            float(part.jaccard[later, earlier]), float(part.text[later, earlier]),
        )
        for part in _parts(cards, range(len(cards)), least_jaccard, least_text)
        for later, earlier in np.argwhere(part.alike)
    )  # fmt: skip


def near_duplicate_groups(
    cards: Sequence[Card],
    among: Iterable[int],
    least_jaccard: float = LEAST_JACCARD,
    least_text: float = LEAST_TEXT,
) -> list[list[int]]:
    """The connected components of :func:`near_duplicates` among some cards, without making the pairs.

    Ten thousand cases that all resemble each other are fifty million pairs; here they are one list.
    """
    group = np.arange(len(cards))
    for part in _parts(cards, among, least_jaccard, least_text):
        for later in np.flatnonzero(part.alike.any(axis=1)):
            row = part.rows[part.start + later]
            joined = np.unique(group[part.rows[np.flatnonzero(part.alike[later])]])
            joined = joined[joined != group[row]]
            for other in joined:
                low, high = sorted((int(group[row]), int(other)))
                group[group == high] = low
    members: dict[int, list[int]] = {}
    for row, name in enumerate(group.tolist()):
        members.setdefault(name, []).append(row)
    return [rows for rows in members.values() if len(rows) > 1]


def jaccard_matrix(sets: Sequence[frozenset[object]]) -> NDArray[np.float64]:
    """(n, n) |A ∩ B| / |A ∪ B|; 0 where both are empty."""
    member = _members(sets)
    return np.concatenate([_jaccard(member[start : start + _BLOCK], member) for start in range(0, len(sets), _BLOCK)])


def _members(sets: Sequence[frozenset[object]]) -> NDArray[np.float32]:
    """(n, different items) 1 where a set has the item."""
    columns: dict[object, int] = {}
    cells = [(row, columns.setdefault(item, len(columns))) for row, items in enumerate(sets) for item in items]
    member = np.zeros((len(sets), max(len(columns), 1)), np.float32)
    if cells:
        member[tuple(np.array(cells).T)] = 1
    return member


def _jaccard(some: NDArray[np.float32], all_: NDArray[np.float32]) -> NDArray[np.float64]:
    both = some @ all_.T
    either = some.sum(axis=1)[:, None] + all_.sum(axis=1)[None, :] - both
    result: NDArray[np.float64] = np.divide(both, either, out=np.zeros(both.shape), where=either > 0)
    return result


class _Part(NamedTuple):
    """Some cases of one condition beside all of them up to the last of these."""

    rows: NDArray[np.intp]
    """Positions of the cases of the condition."""
    start: int
    """Where in ``rows`` the first row of the matrices is."""
    alike: NDArray[np.bool_]
    """(some, all) only with earlier cases."""
    jaccard: NDArray[np.float64]
    text: NDArray[np.float64]


def _parts(cards: Sequence[Card], among: Iterable[int], least_jaccard: float, least_text: float) -> Iterator[_Part]:
    conditions: dict[str, list[int]] = {}
    for row in among:
        if cards[row].kind != "corpus":
            conditions.setdefault(cards[row].expected.condition, []).append(row)
    for positions in conditions.values():
        if len(positions) < 2:
            continue
        rows = np.array(positions)
        member = _members([answers_of(cards[row]) for row in positions])
        texts = [cards[row].complaint.casefold() for row in positions]
        for start in range(0, len(rows), _BLOCK):
            end = min(start + _BLOCK, len(rows))
            jaccard = _jaccard(member[start:end], member[:end])
            text = _text_matrix(texts[start:end], texts[:end], least_text)
            same = same_patient(cards, rows[start:end], rows[:end])
            alike = ((jaccard >= least_jaccard) & same) | (text >= least_text)
            yield _Part(rows, start, np.tril(alike, k=start - 1), jaccard, text)


def answers_of(card: Card) -> frozenset[object]:
    """What is compared of a card: its (finding, state) and (risk factor, state) pairs."""
    findings = ((name, finding.state) for name, finding in card.findings.items())
    return frozenset((*findings, *((name, state, "risk factor") for name, state in card.risk_factors.items())))


def same_patient(cards: Sequence[Card], some: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(some, others) whether neither sex nor age tells the two patients apart."""
    sex, other_sex = _sexes(cards, some), _sexes(cards, others)
    age, other_age = _ages(cards, some), _ages(cards, others)
    low, high = np.fmin.outer(age, other_age), np.fmax.outer(age, other_age)
    unknown = np.isnan(age)[:, None] | np.isnan(other_age)[None, :]
    same_age = (high <= AGE_FACTOR * low) | (high - low <= 5) | unknown
    result: NDArray[np.bool_] = same_age & ~(np.abs(sex[:, None] - other_sex[None, :]) == 1)
    return result


def _sexes(cards: Sequence[Card], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array([{"female": 0.0, "male": 1.0}.get(cards[row].patient.sex or "", np.nan) for row in rows])


def _ages(cards: Sequence[Card], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array([np.nan if (age := cards[row].patient.age_years) is None else age for row in rows])


def _text_matrix(some: Sequence[str], others: Sequence[str], least: float) -> NDArray[np.float64]:
    """(some, others) per cent; 0 below ``least`` and for texts that are too short."""
    from rapidfuzz import fuzz, process

    result = np.zeros((len(some), len(others)))
    rows = [row for row, text in enumerate(some) if len(text) >= SHORTEST_TEXT]
    columns = [column for column, text in enumerate(others) if len(text) >= SHORTEST_TEXT]
    if rows and columns:
        # Each different text once: a sentence that was copied down a column costs no more than one.
        texts, row_of = _distinct([some[row] for row in rows])
        other_texts, column_of = _distinct([others[column] for column in columns])
        scores = process.cdist(texts, other_texts, scorer=fuzz.ratio, score_cutoff=least)
        result[np.ix_(rows, columns)] = scores[np.ix_(row_of, column_of)]
    return result


def _distinct(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """The different texts, and which of them each text is."""
    positions: dict[str, int] = {}
    which = [positions.setdefault(text, len(positions)) for text in texts]
    return list(positions), which

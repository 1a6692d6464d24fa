"""The comparable cases of a diff as arrays: what every test of the gate reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cases.card import Card
from cases.selection import compile_expression
from cases.statistics import AGE_BANDS, NOT_KNOWN
from model.network.vocabulary import Triage

from ..comparison import CasePair, Diff
from ..metrics.probability import FLOOR
from ..results import Row
from .rules import EMERGENCIES, MUST_NOT_MISS, By, ClusterBy, Measure, Outcome

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH_AUTHORS = 8
"""Clusters from which signs can be flipped to some purpose: 2⁸ patterns."""


def is_right(row: Row, outcome: Outcome) -> bool:
    """Whether the case counts as right."""
    rank = row["rank" if "strict" in outcome else "rank_right"]
    return bool(1 <= rank <= int(outcome[-1]))


def right(pairs: Sequence[CasePair], outcome: Outcome) -> tuple[Bools, Bools]:
    """(N,) right with the base, (N,) right with the candidate."""
    return (
        np.array([pair.base is not None and is_right(pair.base, outcome) for pair in pairs], bool),
        np.array([pair.candidate is not None and is_right(pair.candidate, outcome) for pair in pairs], bool),
    )


_MEASURED: Mapping[Measure, Callable[[Row], float]] = {
    Measure.LOG_SCORE: lambda row: -float(np.log(max(row["p_expected"], FLOOR))),
    Measure.BRIER: lambda row: float(row["brier"]),
    Measure.QUESTIONS: lambda row: float(row["n_questions"]),
}


def measured(pairs: Sequence[CasePair], measure: Measure) -> tuple[Floats, Floats]:
    """(N,) with the base, (N,) with the candidate."""
    of = _MEASURED[measure]
    return (
        np.array([of(pair.base) for pair in pairs if pair.base is not None], float),
        np.array([of(pair.candidate) for pair in pairs if pair.candidate is not None], float),
    )


def slices_of(diff: Diff, by: By) -> dict[str, Ints]:
    """Name of a slice to the positions of its cases in ``diff.comparable``, by name."""
    specialty = {condition.id: condition.specialty for condition in diff.candidate.vocabulary.conditions}
    value: Callable[[Card], str] = {
        By.CONDITION: lambda card: card.expected.condition,
        By.AGE_BAND: lambda card: age_band(card.patient.age_years),
        By.SEX: lambda card: card.patient.sex or "",
        By.AUTHOR: lambda card: card.author,
        By.SPECIALTY: lambda card: card.specialty or specialty.get(card.expected.condition, ""),
    }[by]
    groups: dict[str, list[int]] = {}
    for place, pair in enumerate(diff.comparable):
        groups.setdefault(value(pair.card) or NOT_KNOWN, []).append(place)
    return {name: np.array(groups[name], np.int64) for name in sorted(groups)}


def age_band(years: float | None) -> str:
    """``16-39``, ``65+``; empty where the age is not known."""
    for low, high in AGE_BANDS:
        if years is not None and low <= years < high:
            return f"{low:g}+" if (low, high) == AGE_BANDS[-1] else f"{low:g}-{high - 1:g}"
    return ""


def in_safety_slice(diff: Diff, cases: str) -> Ints:
    """Positions in ``diff.comparable`` of the cases of one slice of the safety family."""
    if cases == MUST_NOT_MISS:
        inside = [bool(pair.card.expected.must_not_miss) for pair in diff.comparable]
    elif cases == EMERGENCIES:
        ranges = [pair.card.expected.triage_range for pair in diff.comparable]
        inside = [levels is not None and levels[0] == Triage.EMERGENCY for levels in ranges]
    else:
        matches = compile_expression(cases)
        specialty = {condition.id: condition.specialty for condition in diff.candidate.vocabulary.conditions}
        inside = [matches(_with_specialty(pair.card, specialty)) for pair in diff.comparable]
    return np.flatnonzero(np.array(inside, bool)).astype(np.int64)


def _with_specialty(card: Card, specialty: Mapping[str, str]) -> Card:
    own = card.specialty or specialty.get(card.expected.condition, "")
    return card.model_copy(update={"specialty": own})


def clusters(cards: Sequence[Card], by: ClusterBy) -> tuple[Ints, ClusterBy]:
    """(N,) labels 0 … K−1 of the cases that move together, and what a cluster is.

    A family is a case with its variations; a case without any is a cluster of its own.  Clusters of
    authors keep families whole: a variation goes with the author of the case that it varies.
    """
    if by is ClusterBy.AUTO:
        enough = len({card.author for card in cards}) >= ENOUGH_AUTHORS
        by = ClusterBy.AUTHOR if enough else ClusterBy.FAMILY
    keys = [card.family or card.id for card in cards]
    if by is ClusterBy.AUTHOR:
        first: dict[str, str] = {}
        for card in sorted(cards, key=lambda card: (bool(card.family), card.id)):
            first.setdefault(card.family or card.id, card.author)
        keys = [first[family] for family in keys]
    index = {key: label for label, key in enumerate(dict.fromkeys(keys))}
    return np.array([index[key] for key in keys], np.int64), by

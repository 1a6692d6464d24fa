"""The cases most like one case, whatever they expect, and two cases beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .card import Card
from .checks.alike import contradict, picture_of
from .likeness import LEAST_JACCARD, LEAST_TEXT, SHORTEST_TEXT, answers_of, same_patient

if TYPE_CHECKING:
    from model.network.network import Network


class Relation(StrEnum):
    """What a case is to another one; the worse comes first."""

    CONFLICT = "conflict"
    """The same picture, another diagnosis (83)."""
    DUPLICATE = "duplicate"
    """Replays and scores exactly alike (81)."""
    NEAR_DUPLICATE = "near duplicate"
    """The same diagnosis and nearly the same findings or text (82)."""
    ALIKE = "alike"


class Neighbour(NamedTuple):
    """A case and how like it is."""

    card: Card
    relation: Relation
    jaccard: float
    """|A ∩ B| / |A ∪ B| of the answers."""
    text: float
    """Per cent; 0 where a complaint is too short to be recognised by."""


class Line(NamedTuple):
    """One thing that two cards say."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


def similar_cases(
    card: Card, others: Iterable[Card], network: Network | None = None, limit: int | None = 5
) -> list[Neighbour]:
    """The ``limit`` cases most like ``card``, the likest first; never itself, nor what shares nothing with it.

    Conflicts, duplicates and near duplicates are defined as by :mod:`cases.checks.alike`.
    """
    answers, picture = answers_of(card), picture_of(card, network)
    found = []
    for other in others:
        if (other.id, other.version) == (card.id, card.version):
            continue
        theirs = answers_of(other)
        both = len(answers & theirs)
        jaccard = both / len(answers | theirs) if both else 0.0
        text = _text_likeness(card.complaint, other.complaint)
        if both or text >= LEAST_TEXT:
            is_same_picture = bool(card.findings) and picture_of(other, network) == picture
            found.append(Neighbour(other, _relation(card, other, jaccard, text, is_same_picture), jaccard, text))
    order = list(Relation)
    # Two English sentences are half alike whatever they say: text counts where it is telling.
    found.sort(
        key=lambda one: (order.index(one.relation), -one.jaccard, -one.text * (one.text >= LEAST_TEXT), one.card.id)
    )
    return found[:limit]


def side_by_side(left: Card, right: Card, network: Network | None = None) -> list[Line]:
    """All that either card says, what is equal included: identity, patient, answers, expectation.

    ``network`` lends the names of its findings, risk factors and conditions.
    """
    names = _names(network)
    lines = [
        Line("id", left.id, right.id),
        Line("author", left.author, right.author),
        Line("patient", _patient(left), _patient(right)),
        Line("complaint", left.complaint, right.complaint),
    ]
    for name in dict.fromkeys((*left.findings, *right.findings)):
        lines.append(Line(names.get(name, name), _answer(left, name), _answer(right, name)))
    for name in dict.fromkeys((*left.risk_factors, *right.risk_factors)):
        states = left.risk_factors.get(name, ""), right.risk_factors.get(name, "")
        lines.append(Line(names.get(name, name), *states))
    expected = [names.get(card.expected.condition, card.expected.condition) for card in (left, right)]
    lines.append(Line("expected", *expected))
    for field in ("acceptable", "must_not_miss", "impossible"):
        lines.append(
            Line(
                field.replace("_", " "),
                *(", ".join(names.get(one, one) for one in getattr(card.expected, field)) for card in (left, right)),
            )
        )
    lines.append(Line("triage", " to ".join(left.expected.triage or ()), " to ".join(right.expected.triage or ())))
    return [line for line in lines if line.left or line.right]


def _names(network: Network | None) -> dict[str, str]:
    if network is None:
        return {}
    names = {condition.id: condition.name for condition in network.conditions}
    names |= {factor.id: factor.name for factor in network.risk_factors}
    return names | {finding.id: finding.name for finding in network.findings}


def _relation(card: Card, other: Card, jaccard: float, text: float, is_same_picture: bool) -> Relation:
    if is_same_picture and contradict(card, other):
        return Relation.CONFLICT
    if card.content_hash == other.content_hash:
        return Relation.DUPLICATE
    is_near = text >= LEAST_TEXT or (jaccard >= LEAST_JACCARD and _may_be_one_patient(card, other))
    if is_near and card.expected.condition == other.expected.condition:
        return Relation.NEAR_DUPLICATE
    return Relation.ALIKE


def _may_be_one_patient(card: Card, other: Card) -> bool:
    return bool(same_patient([card, other], np.array([0]), np.array([1]))[0, 0])


def _text_likeness(one: str, other: str) -> float:
    from rapidfuzz import fuzz

    if min(len(one), len(other)) < SHORTEST_TEXT:
        return 0.0
    return float(fuzz.ratio(one.casefold(), other.casefold()))


def _patient(card: Card) -> str:
    patient = card.patient
    age = "" if patient.age is None else f"{patient.age:g} {patient.age_unit}"
    pregnant = "" if patient.pregnant is None else "pregnant" if patient.pregnant else "not pregnant"
    return ", ".join(part for part in (age, patient.sex or "", pregnant) if part)


def _answer(card: Card, name: str) -> str:
    finding = card.findings.get(name)
    if finding is None:
        return ""
    return finding.state + (" (volunteered)" if finding.initial else "")

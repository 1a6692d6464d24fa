"""What can already be said of a row that is not a card yet: all errors at once, not one round after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.errors import Problem
from model.network.network import Network

from ..checks.patient import check_patient
from ..checks.texts import identifiers_in, texts_of_record
from ..checks.words import resolve_words
from ..readers.raw import build
from ..vocabulary import Vocabulary

_NONE = "?"
"""Stands for what is missing or broken; never looked up."""
_LISTS = ("acceptable", "must_not_miss", "impossible", "must_ask")


def words_of_record(record: Mapping[str, Any], where: str, network: Network, vocabulary: Vocabulary) -> list[Problem]:
    """What is wrong with the words, the patient and the free texts of a record, its broken fields left out."""
    expected = record.get("expected")
    expected = expected if isinstance(expected, Mapping) else {}
    condition = expected.get("condition")
    readable: dict[str, Any] = {
        "id": _NONE,
        "author": _NONE,
        "patient": _readable_patient(record.get("patient")),
        "findings": record.get("findings", {}),
        "risk_factors": record.get("risk_factors", {}),
        "expected": {
            "condition": condition if isinstance(condition, str) and condition else _NONE,
            **{name: expected[name] for name in _LISTS if name in expected},
        },
    }
    built = build([(where, readable)])
    answered = record.get("overrides") or ()
    identifiers = [] if "E-IDENTIFIER" in answered else list(identifiers_in(texts_of_record(record), where))
    if not built.cards:
        return identifiers
    card, problems, _ = resolve_words(built.cards[0], network, vocabulary, where)
    if readable["expected"]["condition"] == _NONE:
        problems = [one for one in problems if one.where != f"{where} › expected › condition"]
    of_patient = (one for one in check_patient(card, network, where) if one.code not in answered)
    return [*problems, *of_patient, *identifiers]


def _readable_patient(patient: Any) -> dict[str, Any]:
    """As much of the patient as makes one: all, all but the age, or nothing."""
    if not isinstance(patient, Mapping):
        return {}
    ageless = {name: value for name, value in patient.items() if name not in ("age", "age_unit")}
    for readable in (dict(patient), ageless):
        card = {"id": _NONE, "author": _NONE, "patient": readable, "expected": {"condition": _NONE}}
        if build([("", card)]).cards:
            return readable
    return {}

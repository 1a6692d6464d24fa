"""What can already be said of a row that is not a card yet: all errors at once, not one round after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.errors import Problem
from model.network.network import Network

from ..checks.texts import identifiers_in, texts_of_record
from ..checks.words import resolve_words
from ..readers.raw import build
from ..vocabulary import Vocabulary

_NONE = "?"
"""Stands for what is missing or broken; never looked up."""
_LISTS = ("acceptable", "must_not_miss", "impossible", "must_ask")


def words_of_record(record: Mapping[str, Any], where: str, network: Network, vocabulary: Vocabulary) -> list[Problem]:
    """What is wrong with the words and the free texts of a record, its broken fields left out."""
    expected = record.get("expected")
    expected = expected if isinstance(expected, Mapping) else {}
    condition = expected.get("condition")
    readable: dict[str, Any] = {
        "id": _NONE,
        "author": _NONE,
        "findings": record.get("findings", {}),
        "risk_factors": record.get("risk_factors", {}),
        "expected": {
            "condition": condition if isinstance(condition, str) and condition else _NONE,
            **{name: expected[name] for name in _LISTS if name in expected},
        },
    }
    built = build([(where, readable)])
    answered = "E-IDENTIFIER" in (record.get("overrides") or ())
    identifiers = [] if answered else list(identifiers_in(texts_of_record(record), where))
    if not built.cards:
        return identifiers
    _, problems, _ = resolve_words(built.cards[0], network, vocabulary, where)
    if readable["expected"]["condition"] == _NONE:
        problems = [one for one in problems if one.where != f"{where} › expected › condition"]
    return [*problems, *identifiers]

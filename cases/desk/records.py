"""A case while it is being written: the card's fields as far as they are filled in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from model.errors import InputError, Problem
from model.words import nearest

from ..card import Card
from ..readers.raw import build
from ..writers import to_record
from .columns import to_json

SET_BY_THE_DESK = frozenset({"id", "version", "reviewer", "review_state"})
"""Fields of the card that a record does not hold; what is sent for them is left out."""
EVIDENCE = ("patient", "complaint", "findings", "risk_factors", "unlisted")
"""Fields that a blind reviewer sees."""
MOST_BYTES = 256 * 1024
"""Of one record as JSON."""


def cleaned(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The record as it is stored: known fields only, empty ones left out, short enough.

    Raises
    ------
    InputError
        It has fields that no card has, holds what JSON cannot, or is too large.
    """
    unknown = [name for name in record if name not in Card.model_fields]
    if unknown:
        raise InputError(
            [
                Problem(
                    "E-UNKNOWN-FIELD", f"{where} › {str(name)[:80]!r}", "no field of a case",
                    expected="a field of the card", suggestions=nearest(str(name)[:80], list(Card.model_fields)),
                )
                for name in unknown
            ]
        )  # fmt: skip
    kept = {
        name: value
        for name, value in record.items()
        if name not in SET_BY_THE_DESK and value is not None and value not in ("", [], {})
    }
    try:
        text = to_json(kept)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError.single("E-JSON", where, "values that JSON does not have", expected="plain values") from error
    if len(text) > MOST_BYTES:
        raise InputError.single(
            "E-TOO-LONG", where, f"{len(text):,} bytes", expected=f"at most {MOST_BYTES:,}", catalogue=53
        )
    if "\\u0000" in text:
        raise InputError.single("E-NUL", where, "a NUL character", expected="text", catalogue=52)
    try:
        json.dumps(kept, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError.single("E-ENCODING", where, "half a character", expected="text", catalogue=66) from None
    return kept


def record_of(card: Card) -> dict[str, Any]:
    """The record of a complete card."""
    return {name: value for name, value in to_record(card).items() if name not in SET_BY_THE_DESK}


def card_of(record: Mapping[str, Any], card_id: str, author: str, where: str) -> tuple[Card | None, list[Problem]]:
    """The card that a record makes, as version 1 of an unsigned draft; or why it makes none."""
    built = build([(where, {"author": author, **record, "id": card_id})])
    if built.cards:
        return built.cards[0], []
    return None, [problem for aside in built.quarantined for problem in aside.problems]


def record_sha256(record: Any) -> str:
    """SHA-256 (hex) of a stored JSON value."""
    return hashlib.sha256(to_json(record).encode("ascii")).hexdigest()


def evidence_of(record: Mapping[str, Any], card: Card | None) -> dict[str, Any]:
    """What a blind reviewer sees, in the order in which it was written.

    Which negatives the author holds for pertinent is a part of the author's thinking: it is left out.
    """
    if card is None:
        return {name: record[name] for name in EVIDENCE if name in record}
    full = card.model_dump(mode="json")
    findings = {name: {"state": one["state"], "initial": one["initial"]} for name, one in full["findings"].items()}
    return {**{name: full[name] for name in EVIDENCE}, "findings": findings}


def evidence_sha256(record: Mapping[str, Any], card: Card | None) -> str:
    """The same for two versions that look the same to a blind reviewer."""
    return record_sha256(sorted(evidence_of(record, card).items()))

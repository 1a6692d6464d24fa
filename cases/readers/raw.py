"""What every reader hands on: plain records with their place in the file, and how one becomes a card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from model.errors import Problem, Severity
from model.words import nearest

from ..card import OLDEST_YEARS, Card, CardFinding, Expected, MustAsk, Opinion, Patient
from ..case_set import Quarantined
from .wanted import wanted

_FREE_TEXT = frozenset({"complaint", "notes", "comment", "overrides", "source"})
"""Fields whose content is never echoed: they may identify a patient."""
_PARTS: Mapping[str, type[BaseModel]] = {
    "patient": Patient,
    "expected": Expected,
    "opinions": Opinion,
    "findings": CardFinding,
    "must_ask": MustAsk,
}


@dataclass
class RawFile:
    """The records of one file, before they are cards."""

    records: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(where, record) in the file's order."""
    problems: list[Problem] = field(default_factory=list)
    """Of the file as a whole; one that rejects makes the records void."""
    set_aside: list[Quarantined] = field(default_factory=list)
    """Rows that could not even become a record."""


@dataclass
class Built:
    """The cards of some records."""

    cards: list[Card] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)


def build(records: Iterable[tuple[str, dict[str, Any]]]) -> Built:
    """A card of every record; those that break the schema are set aside with all their problems."""
    built = Built()
    for where, record in records:
        try:
            card = Card.model_validate(record)
        except ValidationError as error:
            problems = tuple(_problem(details, where) for details in error.errors(include_url=False))
            case_id = record.get("id")
            built.quarantined.append(Quarantined(case_id if isinstance(case_id, str) else None, where, problems))
            continue
        except RecursionError:
            problem = Problem("E-NESTING", where, "values nested too deeply", catalogue=65)
            built.quarantined.append(Quarantined(None, where, (problem,)))
            continue
        built.cards.append(card)
        built.places.append(where)
    return built


def quarantine(code: str, where: str, found: str, **details: Any) -> Problem:
    """A problem that sets one case aside."""
    return Problem(code, where, found, severity=Severity.QUARANTINE, **details)


def _problem(details: ErrorDetails, where: str) -> Problem:
    """A pydantic error in the project's words, with its line of the catalogue."""
    path = tuple(details["loc"])
    place = " › ".join([where, *(str(step) for step in path if step != "[key]")])
    special = _special_problem(details, path, place)
    if special is not None:
        return special
    if details["type"] == "string_pattern_mismatch":
        return quarantine("E-NUL", place, "a NUL character", expected="text", catalogue=52)
    if details["type"] == "extra_forbidden":
        return _unknown_field(path, place)
    found = "nothing" if details["type"] == "missing" else _shown(details["input"], path)
    return quarantine("E-FIELD", place, found, expected=wanted(details))


def _special_problem(details: ErrorDetails, path: tuple[int | str, ...], place: str) -> Problem | None:
    """Those that have a line of their own in the catalogue: 71, 75, 77, 79 and 87."""
    missing = details["type"] in ("missing", "string_too_short") or details["input"] is None
    if path == ("author",) and missing:
        return quarantine("E-AUTHOR", place, "no author", expected="who wrote the case", catalogue=87)
    if path in (("expected",), ("expected", "condition")) and missing:
        expected = "the condition that should lead"
        return quarantine("E-NO-DIAGNOSIS", place, "no expected condition", expected=expected, catalogue=77)
    if path == ("expected", "condition") and isinstance(details["input"], list):
        return quarantine(
            "E-SEVERAL-DIAGNOSES",
            place,
            f"{len(details['input'])} conditions",
            expected="one condition; others that count as right under expected.acceptable",
            catalogue=79,
        )
    if path[:2] in (("patient", "age"), ("patient", "age_unit")) or (path == ("patient",) and "age" in details["msg"]):
        return _age_problem(details, place)
    if path[:1] == ("risk_factors",) and details["type"] == "literal_error":
        expected = "present, absent or unsure"
        return quarantine("E-STATE", place, _shown(details["input"], path), expected=expected, catalogue=71)
    return None


def _shown(value: object, path: tuple[int | str, ...]) -> str:
    """The value, short, unless it may identify somebody."""
    if _FREE_TEXT.intersection(str(step) for step in path) or isinstance(value, Mapping):
        return f"a {type(value).__name__}"
    if path[-1:] == ("triage",) and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return " to ".join(value)[:60]
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__} of {len(text)} characters"


def _age_problem(details: ErrorDetails, place: str) -> Problem:
    value = details["input"].get("age") if isinstance(details["input"], Mapping) else details["input"]
    found, next_step = _shown(value, ()), ""
    if isinstance(value, str):
        if re.fullmatch(r"\s*\d+,\d+\s*", value):
            return quarantine(
                "E-DECIMAL-COMMA",
                place,
                found,
                expected=f"a decimal point: {value.strip().replace(',', '.')}",
                catalogue=51,
            )
        with_unit = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(day|week|month|year)s?(?: old)?\s*", value, re.IGNORECASE)
        if with_unit:
            next_step = f'write {with_unit[1]} as the age and its unit beside it: age_unit = "{with_unit[2].lower()}s"'
    if details["type"] == "literal_error":
        return quarantine("E-AGE", place, found, expected="days, weeks, months or years", catalogue=75)
    expected = f"a number from 0 to {OLDEST_YEARS:g} years; for days, weeks or months, the unit beside it (age_unit)"
    return quarantine("E-AGE", place, found, expected=expected, next_step=next_step, catalogue=75)


def _unknown_field(path: tuple[int | str, ...], place: str) -> Problem:
    model: type[BaseModel] = Card
    for step in path[:-1]:
        model = _PARTS.get(str(step), model)
    near = nearest(str(path[-1]), list(model.model_fields))
    return quarantine(
        "E-UNKNOWN-FIELD", place, f"a field {str(path[-1])!r}", expected="a field of the card", suggestions=near
    )

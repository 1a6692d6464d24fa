"""Every wrong value of every field is answered in the project's words, never in pydantic's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cases.card import Card
from cases.readers.raw import build

VALUES: tuple[Any, ...] = (1, -1, 1.5, True, None, "", "x", [], [1], {}, {"z": 1}, float("inf"), 10**30)
PLACES: tuple[tuple[str | int, ...], ...] = (
    *((name,) for name in Card.model_fields),
    *(("patient", name) for name in ("age", "age_unit", "sex", "pregnant")),
    *(("expected", name) for name in ("condition", "acceptable", "triage", "must_ask", "differential")),
    ("expected", "must_ask", 0),
    ("expected", "must_ask", 0, "by"),
    ("expected", "differential", 0),
    ("expected", "differential", 0, 1),
    ("findings", "fever"),
    ("findings", "fever", "state"),
    ("findings", "fever", "initial"),
    ("opinions", 0),
    ("opinions", 0, "differential"),
)
FOREIGN = re.compile(
    r"dictionary|instance of|Input|input|valid |Field|required|\bstring\b|\btuple\b|CardFinding|MustAsk"
)


def _record(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    for step in reversed(place[1:]):
        value = {step: value} if isinstance(step, str) else ["fever"] * step + [value]
    record: dict[str, Any] = {"id": "a", "author": "JD", "expected": {"condition": "flu"}}
    whole = record.get(str(place[0]))
    both = isinstance(whole, dict) and isinstance(value, dict) and len(place) > 1
    record[str(place[0])] = {**whole, **value} if both else value
    return record


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_messages_are_in_plain_words(place: tuple[str | int, ...]) -> None:
    refused = 0
    for value in VALUES:
        for case in build([("c.json", _record(place, value))]).quarantined:
            refused += 1
            for problem in case.problems:
                assert not FOREIGN.search(problem.expected), problem
                assert "another value" not in problem.expected, problem
    assert refused

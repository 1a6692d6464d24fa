"""The history for people: what one author saved in one sitting is one line; everything else is told as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.desk.shapes import AuditEntry
from reports.web.pages.deeds import SITTING, told

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def save(number: int, minutes: float, who: str = "anna", **details: Any) -> AuditEntry:
    at = START + timedelta(minutes=minutes)
    return AuditEntry(number, at, who, "save", "case:1", f"change {number}", {"number": number, **details})


def spans(wanted: Sequence[tuple[int, int]]) -> list[str]:
    return [f"{before} to {after}" for before, after in wanted]


def test_saves_of_one_sitting_are_one_line_with_what_they_changed_together() -> None:
    create = AuditEntry(1, START, "anna", "create", "case:1", "written", {"number": 1})
    lines = told([create, save(2, 1), save(3, 2), save(4, 2.5)], spans)
    assert [(one.first.seq, one.entry.seq, one.why) for one in lines] == [(1, 1, "written"), (2, 4, "1 to 4")]


SITTING_MINUTES = SITTING.total_seconds() / 60


@pytest.mark.parametrize(
    "second",
    [
        save(3, 1 + SITTING_MINUTES + 1),
        save(3, 2, who="ben"),
        save(3, 2, answer="changed after the preview"),
        save(3, 2, explained=True),
        save(3, 2, upload="u"),
        save(3, 2, after="accepted"),
        AuditEntry(3, START + timedelta(minutes=2), "anna", "submit", "case:1", "complete", {}),
    ],
)
def test_what_is_told_on_its_own(second: AuditEntry) -> None:
    lines = told([save(2, 1), second], spans)
    assert [one.why for one in lines] == ["change 2", second.why]


def test_nothing_is_left_out() -> None:
    trail = [save(2, 1), save(3, 2), save(4, 3, who="ben"), save(5, 4, who="ben"), save(6, 100)]
    lines = told(trail, spans)
    assert [n for one in lines for n in range(one.first.seq, one.entry.seq + 1)] == [2, 3, 4, 5, 6]
    assert told([], spans) == []


def test_a_state_is_told_when_it_is_another() -> None:
    first, third = {"state": "in_review", "stage": "first"}, {"state": "in_review", "stage": "third"}
    details = [{"state": "draft"}, {"state": "draft"}, {}, first, third, {"state": "draft"}]
    trail = [save(number, 50 * number, **one) for number, one in enumerate(details, 2)]
    assert [one.has_moved for one in told(trail, spans)] == [True, False, False, True, True, True]

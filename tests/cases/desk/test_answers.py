"""The answer before the preview: fixed in the trail, asked for again only when it is another."""

from __future__ import annotations

from typing import Any

import pytest

from cases.desk import Conflict, Desk, NotAllowed
from model.errors import InputError

from .conftest import Doctors


def test_an_answer_is_fixed_once_and_a_finding_does_not_unfix_it(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    assert not desk.answers.may_preview(doctors.anna, case)
    for _ in range(2):
        assert desk.answers.may_preview(doctors.anna, desk.answers.fix(doctors.anna, case.id, 1))
    entries = [one for one in desk.trail.of_case(doctors.anna, case.id) if one.what == "fix answer"]
    assert len(entries) == 1
    assert case.card is not None
    assert entries[0].details["version"] == 1
    assert entries[0].details["condition"] == case.card.expected.condition
    other = desk.drafts.save(doctors.anna, case.id, {**case_record, "complaint": "Another word for it."}, 1)
    assert desk.answers.may_preview(doctors.anna, other)
    assert "answer" not in desk.trail.of_case(doctors.anna, case.id)[-1].details
    assert desk.trail.check(doctors.ada) == []


def test_another_answer_is_asked_for_again_and_told(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    expected = case_record["expected"]
    case = desk.drafts.create(doctors.anna, {**case_record, "expected": {**expected, "triage": "routine"}})
    early = desk.drafts.save(doctors.anna, case.id, {**case_record, "expected": {**expected, "triage": "urgent"}}, 1)
    assert "answer" not in desk.trail.of_case(doctors.anna, case.id)[-1].details, "before the preview"
    desk.answers.fix(doctors.anna, case.id, early.number)
    late = desk.drafts.save(doctors.anna, case.id, {**case_record, "expected": {**expected, "triage": "emergency"}}, 2)
    assert not desk.answers.may_preview(doctors.anna, late)
    assert desk.trail.of_case(doctors.anna, case.id)[-1].details["answer"] == "changed after the preview"
    same = {**expected, "triage": ["emergency", "emergency"]}
    desk.drafts.save(doctors.anna, case.id, {**case_record, "expected": same}, 3)
    assert "answer" not in desk.trail.of_case(doctors.anna, case.id)[-1].details, "the same in other words"
    assert desk.trail.check(doctors.ada) == []


def test_what_cannot_be_fixed(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    case = desk.drafts.create(doctors.anna, {"complaint": "My belly hurts."})
    with pytest.raises(InputError, match="E-NO-DIAGNOSIS"):
        desk.answers.fix(doctors.anna, case.id, 1)
    desk.drafts.save(doctors.anna, case.id, case_record, 1)
    with pytest.raises(Conflict, match="version 1 was open, 2 is current"):
        desk.answers.fix(doctors.anna, case.id, 1)
    with pytest.raises(NotAllowed):
        desk.answers.fix(doctors.ada, case.id, 2)

"""What is read as it was meant, and what one click mends."""

from __future__ import annotations

import re

import pytest

from cases.intake import (
    State,
    apply_fix,
    check_upload,
)
from model.network import ClinicalNetwork
from tests.cases.uploads import intake_of, line, one_problem


@pytest.mark.parametrize(
    ("changes", "column", "read_as"),
    [
        ({"sex": "F"}, "sex", "female"),
        ({"sex": "Male"}, "sex", "male"),
        ({"age_unit": "Years"}, "age_unit", "years"),
        ({"pregnant": "N"}, "pregnant", False),
    ],
)
def test_a_closed_word_is_read_in_any_letter_case(
    changes: dict[str, str], column: str, read_as: object, network: ClinicalNetwork
) -> None:
    row = intake_of(network, line(**changes)).rows[0]
    assert row.state is State.READY
    assert row.card is not None
    assert getattr(row.card.patient, column) == read_as


TRIAGE_HEADER = "id,author,age,sex,present,expected,must not miss 1,least urgent triage,most urgent triage\n"


@pytest.mark.parametrize(
    ("least", "most", "fix"),
    [
        ("Self-care", "ROUTINE", None),
        ("self care", "Urgent", None),
        ("emergency", "urgent", "take “urgent” to “emergency”"),
    ],
)
def test_a_triage_range(least: str, most: str, fix: str | None, network: ClinicalNetwork) -> None:
    line = f"a,JD,23,female,nausea,appendicitis,appendicitis,{least},{most}\n"
    intake = check_upload((TRIAGE_HEADER + line).encode(), "c.csv", network)
    if fix is not None:
        (problem,) = intake.rows[0].problems
        assert problem.fixes[0].label == fix
        intake = apply_fix(intake, 0, problem.fixes[0])
    card = intake.rows[0].card
    assert card is not None
    expected = (least.lower(), most.lower()) if fix is None else ("urgent", "emergency")
    assert card.expected.triage == tuple(re.sub("[ -]", "_", one) for one in expected)


def test_what_must_not_be_missed_is_one_click(network: ClinicalNetwork) -> None:
    intake = check_upload((TRIAGE_HEADER + "a,JD,23,female,nausea,appendicitis,,,\n").encode(), "c.csv", network)
    problem = one_problem(intake.rows[0], "W-MUST-NOT-MISS")
    assert "Did you mean “Acute appendicitis”?" in problem.sentence
    mended = apply_fix(intake, 0, problem.fixes[0])
    assert mended.rows[0].problems == ()
    assert mended.rows[0].card is not None
    assert mended.rows[0].card.expected.must_not_miss == ("appendicitis",)


def test_rows_without_an_id_get_one_of_the_file(network: ClinicalNetwork) -> None:
    """Nobody has to number thirty cases; the same file twice has the same ids, another file others."""
    lines = [line(id="", age=str(age), present=one) for age, one in ((23, "nausea"), (61, "diarrhoea"))]
    first, again = (intake_of(network, *lines) for _ in range(2))
    other = intake_of(network, *lines, line(id="b", age="80", present="flank_pain"))
    ids = [row.id for row in first.rows]
    assert all(row.state is State.READY for row in first.rows)
    assert len(set(ids)) == 2
    assert [row.id for row in again.rows] == ids
    assert not {row.id for row in other.rows} & set(ids)
    assert all(re.fullmatch(r"case-[0-9a-f]{8}-[23]", str(one)) for one in ids)


@pytest.mark.parametrize("age", ["48y", "48 yrs", "48 years old", "48 Y"])
def test_an_age_with_its_unit_is_one_click(age: str, network: ClinicalNetwork) -> None:
    intake = intake_of(network, line(age=age, age_unit=""))
    mended = apply_fix(intake, 0, one_problem(intake.rows[0], "E-AGE").fixes[0])
    assert mended.rows[0].card is not None
    assert mended.rows[0].card.patient.age_years == 48

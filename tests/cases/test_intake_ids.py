"""Ids of uploaded cases: what intake calls ready the desk takes; and none that names somebody is passed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.desk import Desk, Role
from cases.intake import State, apply_fix
from cases.intake.ids import is_usable_id, usable_id
from model.errors import InputError
from model.network import ClinicalNetwork
from tests.cases.uploads import intake_of, line, one_problem

UNUSABLE = ["a/b", "a\\b", "..", "../../etc/passwd", ".hidden", "x" * 121, "a (withdrawn b)"]


@pytest.mark.parametrize("case_id", UNUSABLE)
def test_an_id_that_the_desk_refuses_is_not_called_ready(
    case_id: str, network: ClinicalNetwork, tmp_path: Path
) -> None:
    row = intake_of(network, line(id=case_id)).rows[0]
    assert row.state is State.WAITING
    problem = one_problem(row, "E-CARD-ID")
    assert problem.column == "id"
    with Desk(f"sqlite:///{tmp_path / 'desk.db'}", network=network) as desk:
        desk.upgrade()
        anna = desk.people.sign_in("anna", "Anna", [Role.CLINICIAN])
        with pytest.raises(InputError, match="E-CARD-ID"):
            desk.drafts.create(anna, {}, card_id=case_id)


@pytest.mark.parametrize("case_id", UNUSABLE)
def test_one_click_makes_it_usable(case_id: str, network: ClinicalNetwork) -> None:
    intake = intake_of(network, line(id=case_id))
    mended = apply_fix(intake, 0, one_problem(intake.rows[0], "E-CARD-ID").fixes[0])
    assert mended.rows[0].state is State.READY
    assert is_usable_id(mended.rows[0].id or "")


@pytest.mark.parametrize(
    ("text", "usable"),
    [("a/b", "a-b"), ("..", ""), (" a \n b ", "a-b"), ("a\x00b", "a-b"), ("Fall 1 (links)", "Fall-1-(links)")],
)
def test_the_nearest_id(text: str, usable: str) -> None:
    assert usable_id(text) == usable


@pytest.mark.parametrize("case_id", ["a", "Fall 1 (links)", "腹痛-1", "x" * 120, "a.b", "case-0a1b2c3d (2)"])
def test_every_other_id_is_usable(case_id: str, network: ClinicalNetwork) -> None:
    assert is_usable_id(case_id)
    assert intake_of(network, line(id=case_id)).rows[0].state is State.READY


@pytest.mark.parametrize("broken", [{}, {"age": "old"}, {"expected": ""}])
def test_an_id_is_told_of_whatever_else_is_wrong(broken: dict[str, str], network: ClinicalNetwork) -> None:
    row = intake_of(network, line(id="a/b", **broken)).rows[0]
    assert one_problem(row, "E-CARD-ID")


def test_an_id_that_names_somebody_is_not_mended_but_given_up(network: ClinicalNetwork) -> None:
    row = intake_of(network, line(id="Miller 01/02/1980")).rows[0]
    assert row.state is State.HELD
    assert "E-CARD-ID" not in {one.code for one in row.problems}


def test_a_row_that_is_held_is_not_named_by_the_others(network: ClinicalNetwork) -> None:
    """Nor shown beside them: its id may be whom it is about."""
    intake = intake_of(network, line(id="Miller 01.02.1980"), line(id="twin"))
    held, twin = intake.rows
    assert (held.state, twin.state) == (State.HELD, State.WAITING)
    problem = one_problem(twin, "E-DUPLICATE")
    assert problem.other is None
    assert "Miller" not in str(problem.to_dict())
    assert "line 2" in problem.sentence
    plain, other = intake_of(network, line(id="one"), line(id="twin")).rows
    assert plain.state is State.READY
    assert one_problem(other, "E-DUPLICATE").other == "one"


@pytest.mark.parametrize("word", ["unknown", "Not known", "n/a", "?"])
def test_not_knowing_whether_she_is_pregnant_is_an_empty_cell(word: str, network: ClinicalNetwork) -> None:
    intake = intake_of(network, line(pregnant=word))
    problem = one_problem(intake.rows[0], "E-FIELD")
    assert problem.sentence.startswith(f"Found {word!r}; expected yes or no, or nothing where it is not known.")
    assert [fix.label for fix in problem.fixes] == ["leave it empty"]
    mended = apply_fix(intake, 0, problem.fixes[0]).rows[0]
    assert mended.state is State.READY
    assert mended.card is not None
    assert mended.card.patient.pregnant is None

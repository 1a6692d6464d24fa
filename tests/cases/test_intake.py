"""Uploads: what waits and why, in which cell, what one click makes of it, and the file that goes back."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cases import Card
from cases.intake import (
    Confirmed,
    Intake,
    State,
    annotated,
    apply_fix,
    check_upload,
    override,
)
from cases.template import template_csv, template_xlsx, workbook_of
from model.errors import Severity
from model.network import ClinicalNetwork
from tests.cases.uploads import HEADER, intake_of, line, one_problem
from tests.cases.workbooks import LABELS, row, workbook

STARTER = Path(__file__).parents[2] / "model" / "networks" / "starter"
Vary = Callable[..., dict[str, Any]]


# catalogue, changes to a faultless row, code, severity, column, what the first fix writes (None: there is none)
ONE_ROW = [
    (46, None, "E-ROW-LENGTH", "quarantine", None, None),
    (51, {"age": '"2,5"'}, "E-DECIMAL-COMMA", "quarantine", "age", "2.5"),
    (52, {"present": "nau\0sea"}, "E-NUL", "quarantine", "present", None),
    (53, {"present": "x" * 140_000}, "E-FIELD-SIZE", "quarantine", "present", None),
    (58, {"age": "02-Jan"}, "E-DATE", "quarantine", "age", None),
    (69, {"present": "nasuea"}, "E-UNKNOWN-FINDING", "quarantine", "present", "Nausea"),
    (69, {"present": "diarrhoea; nasuea"}, "E-UNKNOWN-FINDING", "quarantine", "present", "Nausea"),
    (69, {"initial": "right iliac fosa pain"}, "E-UNKNOWN-FINDING", "quarantine", "volunteered",
     "Pain in the right lower abdomen"),
    (70, {"present": "side pain"}, "E-AMBIGUOUS", "quarantine", "present", "Pain in the right lower abdomen"),
    (72, {"absent": "nausea"}, "E-CONTRADICTION", "quarantine", "absent", ""),
    (72, {"absent": "feeling sick"}, "E-CONTRADICTION", "quarantine", "absent", ""),
    (74, {"sex": "male", "pregnant": "yes"}, "E-PREGNANT-MALE", "quarantine", "pregnant", ""),
    (75, {"age": "6 months"}, "E-AGE", "quarantine", "age", "6"),
    (75, {"age": "400"}, "E-AGE", "quarantine", "age", None),
    (75, {"age_unit": "mo"}, "E-AGE", "quarantine", "age unit", "months"),
    (76, {"sex": "male", "present": "missed_period"}, "E-SEX-LIMIT", "quarantine", "present", ""),
    (76, {"age": "80", "present": "missed_period"}, "E-AGE-LIMIT", "quarantine", "present", ""),
    (77, {"expected": ""}, "E-NO-DIAGNOSIS", "quarantine", "expected condition", None),
    (78, {"expected": "apendicits"}, "E-OUT-OF-SCOPE", "quarantine", "expected condition", "Acute appendicitis"),
    (85, {"complaint": "It is appendicitis again."}, "W-DIAGNOSIS-NAMED", "warn", "complaint", None),
    (86, {"complaint": "I am Mr Stein."}, "E-IDENTIFIER", "hold", "complaint", ""),
    (87, {"author": ""}, "E-AUTHOR", "quarantine", "author", None),
    (88, {}, "W-MUST-NOT-MISS", "warn", None, None),
    (None, {"sex": "woman"}, "E-FIELD", "quarantine", "sex", "female"),
    (None, {"sex": "man"}, "E-FIELD", "quarantine", "sex", "male"),
]  # fmt: skip


@pytest.mark.parametrize("case", ONE_ROW, ids=lambda case: f"{case[0]}-{case[2]}")
def test_one_row_is_told_with_its_cell_and_what_to_take(case: Any, network: ClinicalNetwork) -> None:
    catalogue, changes, code, severity, column, new = case
    bad = "a-1,JD\n" if changes is None else line(**changes)
    good = line(id="good", present="diarrhoea", absent="flank_pain", age="60")
    intake = intake_of(network, bad, good)
    problem = one_problem(intake.rows[0], code)
    assert (problem.problem.catalogue, problem.severity.value, problem.column) == (catalogue, severity, column)
    assert (problem.fixes[0].new if problem.fixes else None) == new
    assert intake.rows[1].state is State.READY  # good rows do not wait
    state = {"quarantine": State.WAITING, "hold": State.HELD, "warn": State.READY}[severity]
    assert intake.rows[0].state is state
    mended = apply_fix(intake, 0, problem.fixes[0]) if problem.fixes else intake
    assert not problem.fixes or code not in {one.code for one in mended.rows[0].problems}


@pytest.mark.parametrize("column", ["id", "complaint", "notes", "source", "expected"])
@pytest.mark.parametrize("text", ["jane@example.org", "078-05-1120", "MRN 4857773456"])
@pytest.mark.parametrize("also", [{}, {"present": "nasuea"}, {"age": "400"}], ids=str)
def test_86_a_row_that_waits_as_well_is_held(
    column: str, text: str, also: dict[str, str], network: ClinicalNetwork
) -> None:
    cells = {"id": "a-1", "author": "JD", "age": "30", "present": "nausea", "expected": "appendicitis"}
    cells |= {column: text} | also
    data = (",".join(cells) + "\n" + ",".join(cells.values()) + "\n").encode()
    [row] = check_upload(data, "cases.csv", network).rows
    assert row.state is State.HELD
    identifiers = [one for one in row.problems if one.code == "E-IDENTIFIER"]
    assert {one.column for one in identifiers} == {column}
    assert not any(text in one.sentence for one in row.problems)


def test_86_a_row_that_no_column_fits_is_held_too(network: ClinicalNetwork) -> None:
    [row] = check_upload((HEADER + "a-1,jane@example.org\n").encode(), "cases.csv", network).rows
    assert (row.card, row.state) == (None, State.HELD)


# catalogue, file name, content, code, what can be confirmed
REFUSED = [
    (43, "c.csv", (HEADER + line(author="Jörg")).encode("cp1252"), "E-ENCODING", "encoding"),
    (45, "c.csv", HEADER + 'a-2,"JD,1\n', "E-QUOTE", ""),
    (47, "c.csv", HEADER + line().strip() + ",more\n", "E-ROW-LENGTH", ""),
    (48, "c.csv", HEADER.replace("absent", "present") + line(), "E-DUPLICATE-COLUMN", ""),
    (57, "c.xlsx", workbook([row()], lambda book: setattr(book["Cases"].row_dimensions[2], "hidden", True)), "E-HIDDEN",
     "hidden"),
    (61, "c.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "E-LEGACY-XLS", ""),
    (62, "c.json", '{"id": "a", "id": "b"}', "E-DUPLICATE-KEY", ""),
    (67, "c.csv", workbook([row()]), "E-CONTENT", ""),
    (67, "c.xlsx", HEADER + line(), "E-CONTENT", ""),
    (67, "c.xls", workbook([row()]), "E-CONTENT", ""),
    (67, "c.json", HEADER + line(), "E-JSON", ""),
    (67, "c.csv", '[{"id": "a"}]', "E-CONTENT", ""),
    (68, "c.csv", HEADER, "E-NO-CASES", ""),
    (68, "c.xlsx", b"", "E-NO-CASES", ""),
    (None, "c.txt", HEADER + line(), "E-FORMAT", ""),
    (None, "c", HEADER + line(), "E-FORMAT", ""),
    (None, "c.pdf", b"%PDF-1.4", "E-FORMAT", ""),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]}-{case[1]}-{case[3]}")
def test_the_file_is_refused_in_words(case: Any, network: ClinicalNetwork) -> None:
    catalogue, name, content, code, confirm = case
    data = content if isinstance(content, bytes) else content.encode()
    intake = check_upload(data, name, network)
    problem = next(one for one in intake.problems if one.code == code)
    if code != "E-JSON":  # a CSV called .json is simply no JSON
        assert problem.problem.catalogue == catalogue
    assert (problem.severity, problem.confirm) == (Severity.REJECT, confirm)
    assert (intake.refused, intake.ready_cards) == (True, [])
    assert problem.sentence.startswith("Found ")
    assert annotated(intake)


def test_what_was_asked_can_be_confirmed(network: ClinicalNetwork) -> None:
    latin = (HEADER + line(author="Jörg")).encode("cp1252")
    intake = check_upload(latin, "c.csv", network, confirmed=Confirmed(encoding="windows-1252"))
    assert [card.author for card in intake.ready_cards] == ["Jörg"]
    hidden = workbook([row()], lambda book: setattr(book["Cases"].row_dimensions[2], "hidden", True))
    assert len(check_upload(hidden, "c.xlsx", network, confirmed=Confirmed(hidden=True)).ready) == 1
    intake = intake_of(network, line(expected="gout"), confirmed=Confirmed(out_of_scope=frozenset({"gout"})))
    assert [card.expected.condition for card in intake.ready_cards] == ["gout"]
    assert one_problem(intake.rows[0], "W-OUT-OF-SCOPE").problem.catalogue == 78


def test_a_workbook_names_its_cells(network: ClinicalNetwork) -> None:
    rows = [row(present_2="nasuea", age="6 months"), row(id="b", present_2="diarrhoea")]
    intake = check_upload(workbook(rows), "c.xlsx", network)
    assert [(one.code, one.column, one.cell) for one in intake.rows[0].problems] == [
        ("E-AGE", "age", "C2"),
        ("E-UNKNOWN-FINDING", "present 2", "H2"),  # all that is wrong at once
    ]
    mended = apply_fix(intake, 0, intake.rows[0].problems[0].fixes[0])
    assert (mended.rows[0].cells["age"], mended.rows[0].cells["age unit"]) == ("6", "months")
    problem = one_problem(mended.rows[0], "E-UNKNOWN-FINDING")
    assert problem.fixes[0].new == "Nausea"
    assert len(problem.fixes) == 3
    assert "Did you mean “Nausea” or “" in problem.sentence
    ready = apply_fix(mended, 0, problem.fixes[0])
    assert ready.rows[0].state is State.READY
    assert ready.statistics.sentence == "2 of 2 cases ready"
    assert intake.rows[0].state is State.WAITING  # the intake before is as it was


def test_a_fix_can_be_sent_as_json(network: ClinicalNetwork) -> None:
    problem = one_problem(intake_of(network, line(present="nasuea")).rows[0], "E-UNKNOWN-FINDING")
    record = json.loads(json.dumps(problem.to_dict()))
    assert record["fixes"][0] | {"edits": 0} == {
        "label": "take “Nausea”", "column": "present", "old": "nasuea", "new": "Nausea", "mask": False, "edits": 0,
    }  # fmt: skip
    assert record["sentence"] == problem.sentence


def test_80_ids_used_twice_wait_and_can_be_renamed(network: ClinicalNetwork, card: Card) -> None:
    intake = intake_of(network, line(), line(present="diarrhoea"), line(id="appendicitis-001"), known_cases=[card])
    assert [row.state for row in intake.rows] == [State.READY, State.WAITING, State.WAITING]
    twice, known = one_problem(intake.rows[1], "E-DUPLICATE-ID"), one_problem(intake.rows[2], "E-KNOWN-ID")
    assert (twice.problem.catalogue, known.problem.catalogue) == (80, 89)  # the known one is signed off
    assert (twice.fixes[0].new, known.fixes[0].new, known.other) == ("a-1-2", "appendicitis-001-2", "appendicitis-001")
    for position, one in ((1, twice), (2, known)):
        intake = apply_fix(intake, position, one.fixes[0])
    assert [row.card.id for row in intake.rows if row.card] == ["a-1", "a-1-2", "appendicitis-001-2"]
    newer = card.model_copy(update={"version": 2, "complaint": "Ow."})
    upload = json.dumps([json.loads(newer.model_dump_json())])
    assert check_upload(upload.encode(), "c.json", network, known_cases=[card]).rows[0].state is State.READY


def test_81_to_83_likeness_in_the_upload_and_with_the_library(network: ClinicalNetwork, card: Card, vary: Vary) -> None:
    def upload(*records: dict[str, Any]) -> Intake:
        return check_upload(json.dumps(list(records)).encode(), "c.json", network, known_cases=[card])

    other = {"condition": "gastroenteritis", "must_not_miss": []}
    intake = upload(vary(id="b"), vary(id="c", expected=other), vary(id="d", patient={"age": 24}))
    for position, code, catalogue in ((0, "E-DUPLICATE", 81), (1, "W-CONFLICT", 83), (2, "W-NEAR-DUPLICATE", 82)):
        problem = one_problem(intake.rows[position], code)
        assert (problem.problem.catalogue, problem.other) == (catalogue, "appendicitis-001")
    assert [row.state for row in intake.rows] == [State.WAITING, State.READY, State.READY]


def test_74_a_reason_overrides_what_the_author_knows_better(network: ClinicalNetwork) -> None:
    intake = intake_of(network, line(sex="male", pregnant="yes", complaint="I am Mr Stein."))
    assert {one.confirm for one in intake.rows[0].problems if one.severity is not Severity.WARN} == {"override"}
    intake = override(intake, 0, "E-PREGNANT-MALE", "a trans man; see notes")
    intake = override(intake, 0, "E-IDENTIFIER", "a made-up name")
    assert intake.rows[0].state is State.READY
    card = intake.ready_cards[0]
    assert card.overrides == {"E-PREGNANT-MALE": "a trans man; see notes", "E-IDENTIFIER": "a made-up name"}


def test_86_what_may_identify_is_never_echoed(network: ClinicalNetwork) -> None:
    secret = "Gertrude Stein"
    rows = [
        row(complaint=f"My name is {secret}, born 03/02/1974.", present_2=f"Mrs {secret}", age=f"Mr {secret}"),
        row(id="b", sex=f"Mrs {secret}", expected_condition=f"Mr {secret}"),
        row(id="c", present_2="diarrhoea"),
    ]
    intake = check_upload(workbook(rows), "c.xlsx", network)
    said = json.dumps([one.to_dict()["sentence"] for row in intake.rows for one in row.problems])
    assert "Stein" not in said
    for as_csv in (False, True):
        book = annotated(intake, as_csv=as_csv)
        text = book.decode() if as_csv else "\n".join(_texts(book))
        assert "Stein" not in text
        assert "1974" not in text
        assert "diarrhoea" in text


def test_author_is_who_uploads_where_the_cell_is_empty(network: ClinicalNetwork) -> None:
    intake = intake_of(network, line(author=""), line(id="b", present="diarrhoea"), author="AB")
    assert [card.author for card in intake.ready_cards] == ["AB", "JD"]


@pytest.mark.parametrize("name", ["c.xlsx", "c.csv"])
def test_the_annotated_file_is_mended_and_read_again(name: str, network: ClinicalNetwork) -> None:
    bad = {"present_1": "nasuea", "complaint": "=HYPERLINK(1)"}
    table = [row(**bad), row(id="b", present_1="diarrhoea")]
    lines = [",".join(LABELS), *(",".join(str(cell) for cell in one) for one in table)]
    data = workbook_of(network, LABELS, table) if name == "c.xlsx" else "\n".join(lines).encode()
    intake = check_upload(data, name, network)
    file = annotated(intake)
    if name == "c.xlsx":
        book = openpyxl.load_workbook(io.BytesIO(file))
        sheet = book["Cases"]
        assert [cell.value for cell in sheet[1]][:2] == ["clinval says", "id"]
        assert sheet["A2"].value.startswith("to be mended\n• H2 (present 1): Found no finding 'nasuea'")
        assert sheet["A3"].value.startswith("ready")
        assert "“Nausea”" in sheet["H2"].comment.text
        assert sheet["H2"].fill.fgColor.rgb.endswith("F8CBAD")
        assert sheet["H3"].fill.fill_type is None
        assert len(sheet.data_validations.dataValidation) > 3
        assert book.sheetnames[0] == "clinval says"
        assert "1 of 2 cases ready; 1 to be mended" in book["clinval says"]["A2"].value
    assert not [text for text in _texts(file) if text.startswith(("=", "+", "-", "@", "\t"))]
    again = check_upload(file, name, network)
    assert [one.code for row in again.rows for one in row.problems if one.code.startswith("E-")] == [
        "E-UNKNOWN-FINDING"
    ]
    assert again.rows[0].cells["complaint"] == "=HYPERLINK(1)"
    problem = one_problem(again.rows[0], "E-UNKNOWN-FINDING")
    mended = annotated(apply_fix(again, 0, problem.fixes[0]))
    assert len(check_upload(mended, name, network).ready) == 2


def _texts(file: bytes) -> list[str]:
    if not file.startswith(b"PK"):
        return [cell.strip('"') for line in file.decode("utf-8-sig").splitlines() for cell in line.split(",")]
    book = openpyxl.load_workbook(io.BytesIO(file))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    comments = [cell.comment.text for cell in cells if cell.comment]
    return [*(cell.value for cell in cells if isinstance(cell.value, str)), *comments]


def test_json_rows_can_be_mended_like_any_other(network: ClinicalNetwork, vary: Vary) -> None:
    data = json.dumps([vary(findings={"nasuea": "present", "nausea": None}), {"id": "b", "wrong": 1}]).encode()
    intake = check_upload(data, "c.json", network)
    assert [row.where for row in intake.rows] == ["c.json › case 1", "c.json › case 2"]
    problem = one_problem(intake.rows[0], "E-UNKNOWN-FINDING")
    mended = apply_fix(intake, 0, problem.fixes[0])
    card = mended.ready_cards[0]
    assert "nausea" in card.findings
    assert card.expected.must_ask[0].by == 10
    assert intake.rows[1].card is None
    assert {one.code for one in intake.rows[1].problems} >= {"E-AUTHOR", "E-NO-DIAGNOSIS", "E-UNKNOWN-FIELD"}


def test_phenopackets_are_known_by_their_content(network: ClinicalNetwork, card: Card) -> None:
    from cases.phenopackets import export_phenopackets

    packets, _ = export_phenopackets([card], network)
    intake = check_upload(json.dumps(packets).encode(), "c.json", network)
    assert (intake.format, len(intake.ready)) == ("phenopackets", 1)
    assert intake.ready_cards[0].expected.condition == "appendicitis"


def test_the_template_as_it_comes_holds_no_case(network: ClinicalNetwork) -> None:
    for data, name in ((template_xlsx(network), "c.xlsx"), (template_csv(network), "c.csv")):
        intake = check_upload(data, name, network)
        assert [one.code for one in intake.problems if one.severity is Severity.REJECT] == ["E-NO-CASES"]


def test_names_are_shown_without_paths_and_controls(network: ClinicalNetwork) -> None:
    intake = check_upload(b"x", "../../etc/\u202epasswd\n.exe", network)
    assert intake.filename == "passwd.exe"
    assert "etc" not in str(intake.problems[0].problem)

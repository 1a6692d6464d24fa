"""Workbooks that must not be read, or not so: each row names its line of the bad-input catalogue."""

from __future__ import annotations

import datetime as dt
import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import parse_cases
from cases.spreadsheet import Sheet, check_package, read_xlsx, write_workbook
from cases.spreadsheet.structure import column_letters, column_number, runs
from cases.spreadsheet.values import escape, unescape
from model.errors import InputError, Severity
from tests.cases.counting import counted
from tests.cases.workbooks import LABELS, repacked, row, workbook

SHEET = "xl/worksheets/sheet1.xml"
PLAIN = workbook([row()])


def _bomb() -> bytes:
    return repacked(PLAIN, {"xl/media/image1.png": b"\0" * 20_000_000})


def _lying_size() -> bytes:
    """A part that says it is small; what it unpacks to differs."""
    data = repacked(PLAIN, {"xl/media/a.bin": b"\0" * 500_000})
    return data.replace(struct.pack("<L", 500_000), struct.pack("<L", 10))


def _many_parts() -> bytes:
    return repacked(PLAIN, {f"xl/media/{number}.bin": b"" for number in range(1_001)})


def _merged(book: Any) -> None:
    book["Cases"].merge_cells("A2:B2")


def _hidden_sheet(book: Any) -> None:
    book.create_sheet("Lists").sheet_state = "hidden"


def _very_hidden_sheet(book: Any) -> None:
    book.create_sheet("Lists").sheet_state = "veryHidden"


def _hidden_row(book: Any) -> None:
    book["Cases"].row_dimensions[2].hidden = True


def _hidden_column(book: Any) -> None:
    book["Cases"].column_dimensions["C"].hidden = True


def _two_sheets(book: Any) -> None:
    book["Cases"].title = "Monday"
    other = book.create_sheet("Tuesday")
    other.append(LABELS)
    other.append(row(id="b"))


_DTD = (b"<worksheet ", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet ')
_LINK = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" Type="http://x/attachedTemplate" Target="http://evil.example/x" TargetMode="External"/>'
    b"</Relationships>"
)
_HYPERLINK = _LINK.replace(b"attachedTemplate", b"hyperlink")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# catalogue, bytes, code, parts of the message
REFUSED = [
    (32, repacked(PLAIN, replace={SHEET: _DTD}), "E-DTD", ["document type declaration", "sheet1.xml", "Save As"]),
    (32, repacked(PLAIN, {"docProps/custom.xml": b"<!-- x --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"}), "E-DTD",
     ["custom.xml"]),
    (36, repacked(PLAIN, {"../../etc/x": b""}), "E-PATH", ["outside the workbook"]),
    (56, workbook([row()], _merged), "E-MERGED", ["Cases", "A2:B2", "Unmerge"]),
    (57, workbook([row()], _hidden_sheet), "E-HIDDEN", ["1 hidden sheet: Lists", "confirm"]),
    (57, workbook([row()], _very_hidden_sheet), "E-HIDDEN", ["Lists"]),
    (57, workbook([row()], _hidden_row), "E-HIDDEN", ["hidden rows", ": 2", "filter"]),
    (57, workbook([row()], _hidden_column), "E-HIDDEN", ["hidden columns: C"]),
    (59, _bomb(), "E-ZIP-BOMB", ["300 times smaller"]),
    (None, _lying_size(), "E-XLSX", ["damaged part"]),
    (59, _many_parts(), "E-ZIP-BOMB", ["parts", "at most 1000"]),
    (60, repacked(PLAIN, {"xl/vbaProject.bin": b"x"}), "E-MACRO", ["macros", "new workbook"]),
    (60, repacked(PLAIN, {"xl/macrosheets/sheet1.xml": b"<a/>"}), "E-MACRO", ["Excel 4"]),
    (60, repacked(PLAIN, {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "E-EXTERNAL-LINK", ["Edit Links"]),
    (60, repacked(PLAIN, {"xl/connections.xml": b"<a/>"}), "E-EXTERNAL-LINK", ["outside data"]),
    (60, repacked(PLAIN, {"xl/_rels/styles.xml.rels": _LINK}), "E-EXTERNAL-LINK", ["fetched from elsewhere"]),
    (60, repacked(PLAIN, {"xl/embeddings/oleObject1.bin": b"x"}), "E-EMBEDDED", ["embedded objects"]),
    (61, _OLE + b"\0" * 600, "E-LEGACY-XLS", [".xls", "Save As"]),
    (61, _OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "E-ENCRYPTED", ["password", "Protect Workbook"]),
    (67, b"id,author\n", "E-CONTENT", ["XLSX", "Save As"]),
    (67, repacked(b"PK\x05\x06" + b"\0" * 18, {"content.xml": b"<a/>"}), "E-CONTENT", ["OpenDocument", "Save As"]),
    (67, repacked(b"PK\x05\x06" + b"\0" * 18, {"word/document.xml": b"<a/>"}), "E-CONTENT", ["Word"]),
    (67, repacked(b"PK\x05\x06" + b"\0" * 18, {"a.txt": b"a"}), "E-CONTENT", ["ZIP archive"]),
    (67, repacked(PLAIN, replace={"xl/workbook.xml": (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")}),
     "E-CONTENT", ["Strict", "Save As"]),
    (None, PLAIN[:1500], "E-XLSX", ["cut off or damaged"]),
    (None, repacked(PLAIN, replace={SHEET: (b"</sheetData>", b"")}), "E-XLSX", ["cannot be read", "save it again"]),
    (None, workbook([row()], _two_sheets), "E-SHEETS", ["Monday, Tuesday", "'Cases'"]),
    (47, workbook([[*row(), "more"]]), "E-ROW-LENGTH", ["row 2", "values in K", "name the column"]),
    (48, workbook([row()], labels=["id", *LABELS[1:9], "Age"]), "E-DUPLICATE-COLUMN", ["'age' 2 times"]),
    (None, workbook([row()], labels=[*LABELS[:6], "presnet 1", *LABELS[7:]]), "E-UNKNOWN-COLUMN",
     ["row 1 › G", "'presnet 1'", "did you mean present"]),
    (None, workbook([row()], labels=["case", *LABELS[1:]]), "E-NO-COLUMN", ["'id'"]),
    (68, workbook([]), "E-NO-CASES", ["no case"]),
    (80, workbook([row(), row()]), "E-DUPLICATE-ID", ["row 3", "row 2"]),
]  # fmt: skip

# catalogue, changes to the faultless row, code, parts of the message
SET_ASIDE = [
    (55, {"age": "=1+1"}, "E-FORMULA", ["row 2 › age (C2)", "without a value", "save it"]),
    (58, {"age": dt.datetime(2024, 1, 2)}, "E-DATE", ["age (C2)", "as Text"]),
    (58, {"present_1": dt.date(2024, 2, 1)}, "E-DATE", ["present 1 (G2)"]),
    (58, {"id": dt.time(1, 2)}, "E-DATE", ["id (A2)"]),
    (None, {"present_1": "#REF!"}, "E-CELL-ERROR", ["#REF!", "mend the formula"]),
    (None, {"present_1": True}, "E-CELL-TYPE", ["TRUE", "text"]),
    (None, {"present_1": 1.5}, "E-CELL-TYPE", ["the number 1.5"]),
    (None, {"present_1": 3016620012345678901}, "E-CELL-TYPE", ["lost the last ones", "as Text"]),
    (75, {"age": -1}, "E-AGE", ["0 to 130"]),
    (51, {"age": "2,5"}, "E-DECIMAL-COMMA", ["2.5"]),
    (52, {"present_1": "fe_x0000_ver"}, "E-NUL", ["present 1"]),
    (72, {"absent_1": "rlq_pain"}, "E-CONTRADICTION", ["'rlq_pain' present and absent"]),
    (77, {"expected_condition": None}, "E-NO-DIAGNOSIS", ["no expected condition"]),
    (87, {"author": None}, "E-AUTHOR", ["no author"]),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]}-{case[2]}")
def test_the_workbook_is_refused(case: Any) -> None:
    catalogue, data, code, parts = case
    with pytest.raises(InputError) as caught:
        parse_cases(data, "c.xlsx")
    problem = next(one for one in caught.value.problems if one.code == code)
    assert (problem.catalogue, problem.severity) == (catalogue, Severity.REJECT)
    for part in parts:
        assert part in str(problem)


@pytest.mark.parametrize("case", SET_ASIDE, ids=lambda case: f"{case[0]}-{case[2]}")
def test_one_row_is_set_aside(case: Any) -> None:
    catalogue, changes, code, parts = case
    case_set = parse_cases(workbook([row(**changes), row(id="good")]), "c.xlsx")
    assert [card.id for card in case_set] == ["good"]
    problem = next(one for one in case_set.problems if one.code == code)
    assert (problem.catalogue, problem.severity) == (catalogue, Severity.QUARANTINE)
    for part in (*parts, "c.xlsx › Cases › row 2"):
        assert part in str(problem)


def test_a_faultless_workbook() -> None:
    (card,) = parse_cases(PLAIN, "c.xlsx").cards
    assert list(card.findings) == ["rlq_pain", "nausea", "fever"]
    assert (card.patient.age, card.expected.condition) == (23.0, "appendicitis")


def test_50_numbers_are_texts_and_an_id_says_so() -> None:
    case_set = parse_cases(workbook([row(id=7, age=23, present_1=386661006)]), "c.xlsx")
    assert (case_set.cards[0].id, case_set.cards[0].patient.age) == ("7", 23.0)
    assert "386661006" in case_set.cards[0].findings
    (note,) = case_set.normalisations
    assert (note.code, note.catalogue) == ("W-NUMBER", 50)
    assert "leading zero" in str(note)
    assert parse_cases(workbook([row(id="007")]), "c.xlsx").cards[0].id == "007"


def test_55_a_formula_with_its_value_is_taken() -> None:
    formula = b'<c r="C2" t="str"><f>20+3</f><v>23</v></c>'
    sheet = zipfile.ZipFile(io.BytesIO(PLAIN)).read(SHEET)
    start = sheet.index(b'<c r="C2"')
    cell = sheet[start : sheet.index(b"</c>", start) + 4]
    case_set = parse_cases(repacked(PLAIN, replace={SHEET: (cell, formula)}), "c.xlsx")
    assert case_set.cards[0].patient.age == 23.0
    assert [note.code for note in case_set.normalisations] == ["W-FORMULA"]
    empty = repacked(PLAIN, replace={SHEET: (cell, formula.replace(b"23<", b"<"))})
    assert parse_cases(empty, "c.xlsx").cards[0].patient.age is None


@pytest.mark.parametrize("change", [_hidden_sheet, _hidden_row, _hidden_column])
def test_57_what_is_hidden_can_be_confirmed(change: Callable[[Any], None]) -> None:
    case_set = parse_cases(workbook([row()], change), "c.xlsx", confirm_hidden=True)
    assert len(case_set) == 1
    assert [note.code for note in case_set.normalisations] == ["W-HIDDEN"]


def test_a_hyperlink_in_a_cell_harms_nobody() -> None:
    data = repacked(PLAIN, {"xl/worksheets/_rels/sheet1.xml.rels": _HYPERLINK})
    assert len(parse_cases(data, "c.xlsx")) == 1


def test_46_a_later_row_that_is_too_long_waits_alone() -> None:
    case_set = parse_cases(workbook([row(), [*row(id="b"), "more"]]), "c.xlsx")
    assert [card.id for card in case_set] == ["a-1"]
    assert [problem.catalogue for problem in case_set.problems] == [46]


def test_empty_rows_columns_comments_and_colours_mean_nothing() -> None:
    def change(book: Any) -> None:
        sheet = book["Cases"]
        sheet["A2"].comment = openpyxl.comments.Comment("Mrs Stein", "JD")
        sheet["AZ1"].fill = openpyxl.styles.PatternFill("solid", fgColor="FF0000")
        sheet["A900"].number_format = "@"
        sheet["A5"] = "   "

    case_set = parse_cases(workbook([row(), [None] * 10, row(id="b")], change), "c.xlsx")
    assert case_set.places == ("c.xlsx › Cases › row 2", "c.xlsx › Cases › row 4")
    assert case_set.n_read == 2


def _reaching(n_rows: int) -> bytes:
    """One case, and a cell far below it that says nothing."""

    def change(book: Any) -> None:
        book["Cases"][f"A{n_rows}"].number_format = "@"
        book["Cases"][f"A{n_rows - 1}"] = " "

    return workbook([row()], change)


def test_the_last_possible_cell_is_no_case() -> None:
    assert len(parse_cases(_reaching(1_048_576), "c.xlsx")) == 1


def test_an_empty_row_costs_less_than_any_other() -> None:
    near, far = _reaching(5_000), _reaching(10_000)
    parse_cases(near, "c.xlsx")  # What is prepared once.
    _, little = counted(lambda: parse_cases(near, "c.xlsx"))
    _, much = counted(lambda: parse_cases(far, "c.xlsx"))
    assert much <= 2 * little
    assert much - little < 40 * 5_000


def test_a_sheet_beyond_all_measure_is_refused_before_it_is_read() -> None:
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(3, 2_000))
    with pytest.raises(InputError, match="E-TOO-LARGE"):
        parse_cases(repacked(PLAIN, replace={SHEET: (b"</sheetData>", rows + b"</sheetData>")}), "c.xlsx")


def test_helper_sheets_are_no_cases_and_others_are_named() -> None:
    def change(book: Any) -> None:
        book.create_sheet("Read me").append(["anything"])
        book.create_sheet("Scratch").append(["anything"])

    case_set = parse_cases(workbook([row()], change), "c.xlsx")
    assert [(note.code, "Scratch" in note.found) for note in case_set.normalisations] == [("W-SHEET", True)]


def test_all_errors_of_a_workbook_are_listed_at_once() -> None:
    data = workbook([row(author=None, age=dt.date(2020, 1, 1)), row(id="b", present_1="#N/A", present_2=2.5)])
    case_set = parse_cases(data, "c.xlsx")
    assert [problem.code for problem in case_set.problems] == ["E-DATE", "E-CELL-ERROR", "E-CELL-TYPE"]
    merged_and_hidden = workbook([row()], lambda book: (_merged(book), _hidden_row(book))[0])
    codes = {problem.code for problem in read_xlsx(merged_and_hidden, "c.xlsx").problems}
    assert {"E-MERGED", "E-HIDDEN"} <= codes


@given(data=st.data())
@settings(max_examples=40)
def test_damage_never_gets_through_as_another_exception(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(PLAIN)))
    damage = data.draw(st.binary(max_size=12))
    with suppress(InputError):
        parse_cases(PLAIN[:start] + damage + PLAIN[start + len(damage) :], "c.xlsx")


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(["_x000D_", "a_x005F_"]))
def test_escaping_is_undone(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_are_named_as_excel_names_them(number: int, letters: str) -> None:
    assert (column_letters(number), column_number(letters)) == (letters, number)


def test_runs_are_written_as_people_do() -> None:
    assert runs([2, 4, 5, 6, 9]) == "2, 4–6, 9"


def test_equal_content_gives_equal_bytes_and_a_whole_package() -> None:
    sheet = Sheet("Cases", ["id"], [["=1+1"]])
    data = write_workbook([sheet], "t")
    assert data == write_workbook([sheet], "t")
    assert check_package(data, "c.xlsx") == []
    cell = openpyxl.load_workbook(io.BytesIO(data))["Cases"]["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == ("'=1+1", "s", "@")


def test_a_text_that_no_cell_holds_is_refused_and_not_cut() -> None:
    with pytest.raises(InputError, match=r"E-FIELD-SIZE .*row 2.*jsonl"):
        write_workbook([Sheet("Cases", ["notes"], [["x" * 32_768]])], "t")


def test_without_openpyxl_csv_works_and_xlsx_says_what_is_missing() -> None:
    code = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from cases import parse_cases\n"
        "print(len(parse_cases(b'id,author,expected\\na,JD,flu\\n', 'c.csv')))\n"
        "import pathlib\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "try: parse_cases(data, 'c.xlsx')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(PLAIN)
        file.flush()
        done = subprocess.run([sys.executable, "-c", code, file.name], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1\n")
    assert "E-EXTRA" in done.stdout
    assert "clinval[web]" in done.stdout

"""A workbook to a table of cases: the safe way in, errors by sheet, row and column."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from xml.parsers import expat

from model.errors import ClinvalError, Problem, Severity

from ..cells import restore
from ..readers.header import REMARKS, read_header
from ..readers.raw import RawFile, quarantine
from ..readers.table import Table, TableRow, check_cells, raw_file, skip_examples
from .needed import openpyxl
from .package import check_package
from .structure import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, STRICT, Structure, column_letters, runs, scan
from .values import cell_text

CASES = "Cases"
"""The sheet that is read."""
HELPERS = ("read me", "example", "vocabulary", REMARKS)
"""Sheets of the template and of annotated files: never cases."""
_MOST_NAMED = 5
_WARNINGS_LOCK = Lock()
"""``warnings.catch_warnings`` is global to the process."""


def parse_xlsx(data: bytes, name: str, *, confirm_hidden: bool = False) -> RawFile:
    """One case a row; places are sheet and row, as Excel counts them."""
    return raw_file(read_xlsx(data, name, confirm_hidden=confirm_hidden))


def read_xlsx(data: bytes, name: str, *, confirm_hidden: bool = False) -> Table:
    """The rows of the sheet "Cases", or of the only sheet that is not one of the template's helpers.

    Parameters
    ----------
    confirm_hidden
        A person has said that hidden sheets, rows and columns are meant to be there (57).
    """
    table = Table(problems=check_package(data, name))
    if table.problems:
        return table
    # A locked region, and openpyxl's own complaints silenced: ours say more.
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _read(data, name, table, confirm_hidden)
        except (ClinvalError, MemoryError):
            raise
        except Exception as error:
            # openpyxl lets through whatever it stumbles over in a broken part: KeyError, TypeError, …
            table.rows.clear()
            found = f"a workbook that cannot be read ({type(error).__name__})"
            table.problems.append(
                Problem("E-XLSX", name, found, "a whole workbook", next_step="open it in Excel and save it again")
            )
    return skip_examples(table, name)


def _read(data: bytes, name: str, table: Table, confirm_hidden: bool) -> None:
    library = openpyxl()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if STRICT.encode() in archive.read("xl/workbook.xml")[:4096]:
            table.problems.append(
                Problem(
                    "E-CONTENT",
                    name,
                    "a workbook in the Strict Open XML format",
                    "an ordinary XLSX workbook",
                    next_step='in Excel: File, Save As, "Excel Workbook (.xlsx)", not "Strict"',
                    catalogue=67,
                )
            )
            return
        book = library.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            _Reader(book, archive, name, table, confirm_hidden).read()
        finally:
            book.close()


@dataclass
class _Reader:
    """One workbook while it is read."""

    book: Any
    archive: zipfile.ZipFile
    name: str
    table: Table
    confirm_hidden: bool

    def read(self) -> None:
        self._hidden_sheets()
        chosen = self._choose()
        if chosen is None:
            return
        sheet, structure = chosen
        self.table.sheet = sheet.title
        place = f"{self.name} › {sheet.title}"
        if structure.too_large:
            self._problem(
                "E-TOO-LARGE",
                place,
                f"more than {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns or {MOST_CELLS:,} cells",
                "less in one sheet",
                next_step="delete empty rows and columns that carry a format, or use several files",
            )
            return
        self._merged(structure, place)
        self._hidden_cells(structure, place)
        self._rows(sheet, structure, place)

    def _problem(self, code: str, where: str, found: str, expected: str = "", **details: Any) -> None:
        self.table.problems.append(Problem(code, where, found, expected, **details))

    def _hidden(self, where: str, found: str) -> None:
        self._problem(
            "W-HIDDEN" if self.confirm_hidden else "E-HIDDEN",
            where,
            found,
            "everything in sight",
            next_step="read as the others, as confirmed"
            if self.confirm_hidden
            else "show it (in Excel: select all, right click, Unhide; clear the filter), or confirm that it is meant",
            severity=Severity.WARN if self.confirm_hidden else Severity.REJECT,
            catalogue=57,
        )

    def _hidden_sheets(self) -> None:
        hidden = [sheet.title for sheet in self.book.worksheets if sheet.sheet_state != "visible"]
        if hidden:
            self._hidden(self.name, f"{len(hidden)} hidden sheet{'s' * (len(hidden) > 1)}: {_named(hidden)}")

    def _choose(self) -> tuple[Any, Structure] | None:
        """The sheet of cases, with its structure; None where it is not clear which one it is."""
        others = [sheet for sheet in self.book.worksheets if sheet.title.strip().lower() not in HELPERS]
        structures = {sheet.title: self._scan(sheet) for sheet in others}
        named = [sheet for sheet in others if sheet.title.strip().lower() == CASES.lower()]
        filled = [sheet for sheet in others if structures[sheet.title].n_cells and structures[sheet.title].last_row]
        chosen = named or filled
        if len(chosen) > 1:
            titles = _named([sheet.title for sheet in chosen])
            next_step = f"put all cases on one sheet and call it {CASES!r}"
            self._problem("E-SHEETS", self.name, f"{len(chosen)} sheets: {titles}", "one sheet", next_step=next_step)
            return None
        ignored = [sheet.title for sheet in filled if sheet not in chosen]
        if ignored:
            self._problem(
                "W-SHEET",
                self.name,
                f"{len(ignored)} more sheet{'s' * (len(ignored) > 1)}: {_named(ignored)}",
                next_step=f"only {CASES!r} was read",
                severity=Severity.WARN,
            )
        return (chosen[0], structures[chosen[0].title]) if chosen else None

    def _scan(self, sheet: Any) -> Structure:
        path = sheet._worksheet_path  # openpyxl has no public name for the part that a sheet is stored in
        with self.archive.open(path) as source:
            try:
                return scan(source)
            except expat.ExpatError as error:
                raise ValueError(str(error)) from None

    def _merged(self, structure: Structure, place: str) -> None:
        if structure.merged:
            self._problem(
                "E-MERGED",
                place,
                f"merged cells at {_named(structure.merged)}",
                "one value a cell",
                next_step="in Excel: select all, Home, Merge & Center, Unmerge; then fill the empty cells",
                catalogue=56,
            )

    def _hidden_cells(self, structure: Structure, place: str) -> None:
        if structure.hidden_rows:
            self._hidden(place, f"hidden rows (by a filter, perhaps): {runs(structure.hidden_rows)}")
        columns = [
            column_letters(number)
            for first, last in structure.hidden_columns
            for number in range(first, min(last, structure.last_column) + 1)
        ]
        if columns:
            self._hidden(place, f"hidden columns: {_named(columns)}")

    def _rows(self, sheet: Any, structure: Structure, place: str) -> None:
        rows = enumerate(_values(sheet, structure), 1)
        number, first = next(((number, row) for number, row in rows if any(v is not None for v in row)), (1, ()))
        labels = [cell_text(value, None).text for value in first]
        while labels and not labels[-1].strip():
            labels.pop()
        width = len(labels)
        header_place = f"{place} › row {number}"
        header, problems = read_header(
            labels, header_place, lambda column: f"{header_place} › {column_letters(column + 1)}"
        )
        empty = [position for position, label in enumerate(header.labels) if not label]
        self.table.header = header
        filled_empty = False
        for row_number, row in rows:
            if any(value is not None for value in row):
                filled_empty = filled_empty or any(row[position] is not None for position in empty)
                self._row(row, row_number, width, structure, place)
        # A column without a name is only wrong where something stands in it.
        self.table.problems += [
            problem
            for problem in problems
            if filled_empty or not (problem.code in ("E-UNKNOWN-COLUMN", "E-DUPLICATE-COLUMN") and _nameless(problem))
        ]

    def _row(self, row: Sequence[object], number: int, width: int, structure: Structure, place: str) -> None:
        header = self.table.header
        one = TableRow(f"{place} › row {number}", number, {})
        for position, (label, column) in enumerate(zip(header.labels, header.columns, strict=True)):
            if column is None:
                one.cells.setdefault(label, "")
                continue
            text, found, code, expected, next_step, catalogue = cell_text(row[position], column)
            where = f"{one.where} › {label} ({column_letters(position + 1)}{number})"
            if found:
                one.problems.append(
                    quarantine(code, where, found, expected=expected, next_step=next_step, catalogue=catalogue)
                )
            may_be_empty = structure.formulas.get((number, position + 1)) if structure.formulas else None
            if may_be_empty is not None:
                self._formula(one, where, has_value=may_be_empty or row[position] is not None, failed=bool(found))
            if column == "id" and text and not isinstance(row[position], str):
                one.notes.append(_read_as_text(where, text))
            one.cells[label] = restore(text)
        beyond = [column_letters(column) for column in range(width + 1, len(row) + 1) if row[column - 1] is not None]
        if beyond:
            self._beyond(one, beyond)
        one.problems += check_cells(one.cells.items(), one.where)
        if one.problems or any(text.strip() for text in one.cells.values()):
            self.table.rows.append(one)

    def _formula(self, one: TableRow, where: str, *, has_value: bool, failed: bool) -> None:
        if has_value and not failed:
            one.notes.append(
                Problem(
                    "W-FORMULA", where, "a formula", "a value", next_step="its value was taken", severity=Severity.WARN
                )
            )
        elif not has_value:
            next_step = "open the file in Excel and save it, or enter the value instead of the formula"
            one.problems.append(
                quarantine(
                    "E-FORMULA",
                    where,
                    "a formula without a value",
                    expected="a value",
                    next_step=next_step,
                    catalogue=55,
                )
            )

    def _beyond(self, one: TableRow, letters: list[str]) -> None:
        """Cells to the right of the last named column: whole file on the first row (47), else this row (46)."""
        found, expected = f"values in {_named(letters)}", "nothing beyond the last column that has a name"
        next_step = "name the column, or empty the cells"
        one.problems.append(
            quarantine("E-ROW-LENGTH", one.where, found, expected=expected, next_step=next_step, catalogue=46)
        )
        if not self.table.rows:
            self._problem("E-ROW-LENGTH", one.where, found, expected, next_step=next_step, catalogue=47)


def _values(sheet: Any, structure: Structure) -> Iterator[Sequence[object]]:
    """The rows up to the last one with content, each as wide as the widest content."""
    if structure.last_row == 0:
        return iter(())
    sheet.reset_dimensions()
    rows: Iterator[Sequence[object]] = sheet.iter_rows(
        min_row=1, max_row=structure.last_row, min_col=1, max_col=structure.last_column, values_only=True
    )
    return rows


def _read_as_text(where: str, text: str) -> Problem:
    return Problem(
        "W-NUMBER",
        where,
        "a number where a text is expected",
        next_step=f"read as {text!r}; a leading zero would be lost: format the column as Text",
        severity=Severity.WARN,
        catalogue=50,
    )


def _nameless(problem: Problem) -> bool:
    return "without a name" in problem.found or problem.found.startswith("the column ''")


def _named(names: Sequence[str]) -> str:
    """The first few, without line breaks or anything long."""
    shown = ", ".join(" ".join(name.split())[:40] for name in names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")

"""Workbooks that a doctor likes to fill in: drop-downs, comments, colours; equal content, equal bytes.

Rows are streamed (openpyxl's write-only mode), so that 10,000 of them need little memory.  Every cell
is a text in the format Text: a spreadsheet can make neither a date nor a formula of it (54, 58).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.errors import InputError

from ..cells import neutralise
from .needed import openpyxl
from .structure import column_letters
from .values import LONGEST_TEXT, escape

_TIME = "1980-01-01T00:00:00Z"
"""In every workbook, so that its bytes only depend on its content; the earliest that a ZIP can say."""
_TEXT = "@"
_LAST_ROW = 1_048_576
_FONT = "Calibri"


@dataclass(frozen=True, slots=True)
class Note:
    """What is said at one cell."""

    text: str
    colour: str = ""
    """Of the cell, as RRGGBB; empty: none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down."""

    source: str
    """``Vocabulary!$A$2:$A$180``, or a short list: ``"female,male"`` in double quotes."""
    strict: bool = False
    """Nothing else may be entered; otherwise the list only helps (synonyms and codes may be typed)."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a header and rows of texts."""

    title: str
    labels: Sequence[str]
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[int] = ()
    """In characters, one a column; the last one is that of all further columns."""
    comments: Mapping[int, str] = field(default_factory=dict)
    """Column (from 0) to the comment on its header."""
    colours: Mapping[int, str] = field(default_factory=dict)
    """Column to the colour of its header, RRGGBB."""
    choices: Mapping[int, Choice] = field(default_factory=dict)
    notes: Mapping[tuple[int, int], Note] = field(default_factory=dict)
    """(row, column), both from 0 and without the header, to what is said there."""
    frozen: str = "A2"
    """The first cell that scrolls."""
    n_spare: int = 0
    """Empty rows in the format Text after the last one."""
    wrapped: bool = False
    """Long texts go on in the next line of their cell."""


def write_workbook(sheets: Sequence[Sheet], title: str) -> bytes:
    """The bytes of a workbook; the first sheet is the one that opens.

    Raises
    ------
    InputError
        A text is longer than a cell can hold: openpyxl would cut it off without a word.
    """
    for sheet in sheets:  # Before the first byte: a half-written sheet could not be given up tidily.
        _check_lengths(sheet)
    book = openpyxl().Workbook(write_only=True)
    book.properties.title = title
    book.properties.creator = "clinval"
    for sheet in sheets:
        _write_sheet(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return _with_fixed_times(buffer.getvalue())


def _write_sheet(book: Any, sheet: Sheet) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    written = book.create_sheet(sheet.title)
    written.freeze_panes = sheet.frozen
    for column in range(len(sheet.labels)):
        dimension = written.column_dimensions[column_letters(column + 1)]
        if sheet.widths:
            dimension.width = sheet.widths[min(column, len(sheet.widths) - 1)]
        dimension.number_format = _TEXT
    by_choice: dict[Choice, list[str]] = {}
    for column, choice in sheet.choices.items():
        letters = column_letters(column + 1)
        by_choice.setdefault(choice, []).append(f"{letters}2:{letters}{_LAST_ROW}")
    for choice, ranges in by_choice.items():
        validation = DataValidation(type="list", formula1=choice.source, allow_blank=True, sqref=" ".join(ranges))
        validation.showErrorMessage = choice.strict
        validation.errorTitle, validation.error = "Not in the list", "Please choose one of the words in the list."
        written.data_validations.append(validation)
    _write_rows(written, sheet)


def _write_rows(written: Any, sheet: Sheet) -> None:
    styles = _Styles(written, sheet.wrapped)
    written.append(
        [
            styles.header(label, sheet.colours.get(column, ""), sheet.comments.get(column, ""))
            for column, label in enumerate(sheet.labels)
        ]
    )
    notes = sheet.notes
    for number, row in enumerate(sheet.rows):
        cells = []
        for column, text in enumerate(row):
            note = notes.get((number, column)) if notes else None
            cells.append(styles.cell(escape(neutralise(text)), note) if text or note else None)
        written.append(cells)
    for _ in range(sheet.n_spare):
        written.append([styles.cell("", None) for _ in sheet.labels])


def _check_lengths(sheet: Sheet) -> None:
    for number, row in enumerate(sheet.rows, 2):
        for text in row:
            # An escaped character is seven.
            if len(text) * 7 > LONGEST_TEXT and len(escape(neutralise(text))) > LONGEST_TEXT:
                raise InputError.single(
                    "E-FIELD-SIZE",
                    f"{sheet.title} › row {number}",
                    f"a text of {len(text)} characters",
                    expected=f"at most {LONGEST_TEXT}, which is what a cell can hold",
                    next_step="write .jsonl or .csv instead",
                    catalogue=53,
                )


class _Styles:
    """The few styles of a sheet, each made once."""

    def __init__(self, sheet: Any, wrapped: bool) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment

        self.sheet, self.new_cell = sheet, WriteOnlyCell
        self.alignment = Alignment(vertical="top", wrap_text=wrapped)
        self._arrays: dict[str, Any] = {}

    def cell(self, text: str, note: Note | None) -> Any:
        colour = note.colour if note else ""
        cell = self.new_cell(self.sheet, value=text or None)
        # The style of the first cell of a kind is shared: setting it anew would take most of the time.
        if colour in self._arrays:
            cell._style = self._arrays[colour]
        else:
            self._style(cell, colour)
            self._arrays[colour] = cell._style
        if note is not None and note.text:
            cell.comment = _comment(note.text)
        return cell

    def _style(self, cell: Any, colour: str) -> None:
        from openpyxl.styles import Font, PatternFill

        cell.number_format = _TEXT
        cell.font = Font(name=_FONT, size=11)
        cell.alignment = self.alignment
        if colour:
            cell.fill = PatternFill("solid", fgColor=colour)

    def header(self, label: str, colour: str, comment: str) -> Any:
        from openpyxl.styles import Alignment, Font, PatternFill

        cell = self.new_cell(self.sheet, value=escape(neutralise(label)))
        cell.number_format = _TEXT
        cell.font = Font(name=_FONT, size=11, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=colour or "44546A")
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if comment:
            cell.comment = _comment(comment)
        return cell


def _comment(text: str) -> Any:
    from openpyxl.comments import Comment

    lines = sum(1 + len(line) // 46 for line in text.split("\n"))
    return Comment(escape(text), "clinval", width=320, height=min(24 + 18 * lines, 400))


def _with_fixed_times(data: bytes) -> bytes:
    """The same workbook with the time stamps of the archive and of its properties set to one value."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>" + _TIME.encode(), content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, content)
    return buffer.getvalue()

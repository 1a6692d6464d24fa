"""The uploaded rows with a column that says what is wrong with each, to be mended and uploaded again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from model.errors import Severity

from ..cells import neutralise
from ..checks.texts import masked
from ..readers.header import REMARKS, column_of
from ..spreadsheet.structure import column_letters
from ..spreadsheet.write import Note, Sheet
from ..template.build import template_labels, workbook_of
from .shapes import Intake, Row, RowProblem, State

_COLOURS = {
    Severity.REJECT: "F8CBAD",
    Severity.QUARANTINE: "F8CBAD",
    Severity.HOLD: "D9C7E8",
    Severity.WARN: "FFF2CC",
}
"""Of a cell, RRGGBB; each is told apart by the words as well."""
_READY_COLOUR = "E2EFDA"
_FREE_TEXT = frozenset({"complaint", "notes", "overrides", "opinions"})
_CODE = re.compile(r"[\w:.-]*")
_ORDER = list(Severity)
_WORDS = {State.READY: "ready", State.WAITING: "to be mended", State.HELD: "held back"}


def annotated(intake: Intake, *, as_csv: bool | None = None) -> bytes:
    """The rows as they stand now, each with its problems in plain words.

    A workbook gives a workbook with the template's drop-downs, coloured cells and comments; a CSV file
    gives CSV; other formats give a workbook.  What may identify a patient is taken out of the texts, and
    no cell can be run as a formula.

    Parameters
    ----------
    as_csv
        True or False: this format whatever was uploaded.
    """
    if as_csv is None:
        as_csv = intake.format == "csv"
    labels = _labels(intake)
    if as_csv:
        return _csv(intake, labels)
    columns = {label: column for column, label in enumerate(labels, 1)}
    rows = [
        [_remark(row, columns, number), *(_shown(row, label) for label in labels)]
        for number, row in enumerate(intake.rows, 2)
    ]
    notes = _notes(intake, columns)
    first = [_summary(intake)]
    return workbook_of(intake.context.network, [REMARKS, *labels], rows, notes=notes, first=first)


def _labels(intake: Intake) -> list[str]:
    """The columns of the upload; of a list of records only those that somebody filled."""
    used = {label for row in intake.rows for label, text in row.cells.items() if text}
    if intake.format in ("xlsx", "csv"):
        named = [label for label in intake.header.labels if label and label.lower() != REMARKS]
        return named or template_labels(intake.context.network)
    return [label for label in intake.header.labels if label in used]


def _shown(row: Row, label: str) -> str:
    """A cell as it was uploaded; where the reader stumbled over a text that may identify somebody, without that."""
    text = row.cells.get(label, "")
    is_wrong = any(one.column == label for one in row.problems) and not _CODE.fullmatch(text)
    return masked(text) if is_wrong or column_of(label) in _FREE_TEXT else text


def _remark(row: Row, columns: Mapping[str, int] | None = None, number: int = 0) -> str:
    """``to be mended``, then a line a problem, the worst first, with its cell where there are ``columns``."""
    lines = [_WORDS[row.state]]
    for one in sorted(row.problems, key=lambda one: _ORDER.index(one.severity)):
        place = f"{one.column}: " if one.column else ""
        if (
            columns is not None and one.column is not None and one.column in columns
        ):  # The cell in this file, one column further right.
            place = f"{column_letters(columns[one.column] + 1)}{number} ({one.column}): "
        lines.append(f"• {place}{one.sentence}")
    return "\n".join(lines)


def _notes(intake: Intake, columns: Mapping[str, int]) -> dict[tuple[int, int], Note]:
    notes = {}
    for number, row in enumerate(intake.rows):
        colour = _READY_COLOUR if row.state is State.READY else _COLOURS[Severity.QUARANTINE]
        notes[number, 0] = Note("", _COLOURS[Severity.HOLD] if row.state is State.HELD else colour)
        by_column: dict[int, list[RowProblem]] = {}
        for one in row.problems:
            if one.column is not None and one.column in columns:
                by_column.setdefault(columns[one.column], []).append(one)
        for column, found in by_column.items():
            worst = min((one.severity for one in found), key=_ORDER.index)
            notes[number, column] = Note("\n".join(one.sentence for one in found), _COLOURS[worst])
    return notes


def _summary(intake: Intake) -> Sheet:
    """The sheet that opens: how many cases are ready, what is wrong with the file as a whole, what next."""
    lines = [intake.statistics.sentence + "." if intake.rows else "No case could be read."]
    lines += [f"• {one.sentence}" for one in intake.problems]
    if intake.waiting or intake.held:
        lines.append(
            'On the sheet "Cases" the cells to look at are coloured; the first column says what is wrong with each '
            "row. Correct them there and upload this file again: the first column is not read."
        )
    return Sheet(REMARKS, ["clinval says"], [[line] for line in lines], widths=[110], wrapped=True)


def _csv(intake: Intake, labels: list[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutralise(label) for label in (*labels, REMARKS)])
    for row in intake.rows:
        cells = [_shown(row, label) for label in labels]
        writer.writerow([neutralise(cell) for cell in (*cells, _remark(row))])
    return text.getvalue().encode("utf-8-sig")

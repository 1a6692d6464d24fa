"""CSV in the wide layout of :mod:`cases.tabular`, read as strictly as spreadsheets write loosely."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from threading import Lock

from model.errors import Problem, Severity
from model.words import nearest

from ..case_set import Quarantined
from ..cells import restore
from ..tabular import COLUMNS, from_row
from .raw import RawFile, quarantine
from .text import decode

LONGEST_FIELD = 128 * 1024
"""Characters of one cell."""
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_LIMIT_LOCK = Lock()
"""csv's field limit is global to the process, and its error would end the whole file."""


def parse_csv(data: bytes, name: str, encoding: str | None = None) -> RawFile:
    """One case a row; places are the line numbers of the file, quoted line breaks included."""
    text, problems = decode(data, name, encoding)
    raw = RawFile(problems=list(problems))
    if text is None or not text.strip():
        return raw
    if text.lstrip()[0] in "[{":
        raw.problems.append(
            Problem("E-CONTENT", name, "JSON", expected="CSV", next_step="rename it to .json or .jsonl", catalogue=67)
        )
        return raw
    delimiter = _delimiter(text)
    if delimiter != ("\t" if name.lower().endswith(".tsv") else ","):
        raw.problems.append(
            Problem(
                "W-DELIMITER",
                name,
                f"{_DELIMITERS[delimiter]} between the columns",
                severity=Severity.WARN,
                next_step="it was read as such",
                catalogue=42,
            )
        )
    rows = rows_of(text, delimiter, name, raw.problems)
    line, first = next(rows, (1, []))
    header = [cell.strip() for cell in first]
    raw.problems += _header_problems(header, f"{name} › line {line}")
    n_rows = 0
    for line, row in rows:
        if not any(row):
            continue
        n_rows += 1
        where = f"{name} › line {line}"
        if len(row) > len(header) and n_rows == 1:
            raw.problems.append(
                Problem(
                    "E-ROW-LENGTH",
                    where,
                    f"{len(row)} cells",
                    expected=f"{len(header)}, as the header has",
                    next_step="name every column",
                    catalogue=47,
                )
            )
        _add_row(raw, header, row, where)
    return raw


def _add_row(raw: RawFile, header: list[str], row: list[str], where: str) -> None:
    found = _row_problems(header, row, where)
    cells = dict(zip(header, (restore(cell) for cell in row), strict=False))
    if not found:
        record, found = from_row({column: cells[column] for column in header if column in COLUMNS}, where)
        if not found:
            raw.records.append((where, record))
            return
    raw.set_aside.append(Quarantined(cells.get("id") or None, where, tuple(found)))


def _row_problems(header: list[str], row: list[str], where: str) -> list[Problem]:
    problems = []
    if len(row) != len(header):
        problems.append(
            quarantine(
                "E-ROW-LENGTH", where, f"{len(row)} cells", expected=f"{len(header)}, as the header has", catalogue=46
            )
        )
    for column, cell in zip(header, row, strict=False):
        if "\0" in cell:
            problems.append(
                quarantine("E-NUL", f"{where} › {column}", "a NUL character", expected="text", catalogue=52)
            )
        if len(cell) > LONGEST_FIELD:
            problems.append(
                quarantine(
                    "E-FIELD-SIZE",
                    f"{where} › {column}",
                    f"{len(cell)} characters",
                    expected=f"at most {LONGEST_FIELD}",
                    catalogue=53,
                )
            )
    return problems


def _header_problems(header: list[str], where: str) -> list[Problem]:
    problems = []
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            problems.append(
                Problem(
                    "E-DUPLICATE-COLUMN",
                    where,
                    f"the column {column!r} {header.count(column)} times",
                    expected="each column once",
                    catalogue=48,
                )
            )
        if column not in COLUMNS:
            problems.append(
                Problem(
                    "E-UNKNOWN-COLUMN",
                    where,
                    f"a column {column[:40]!r}",
                    expected="a column of the layout",
                    suggestions=nearest(column, COLUMNS),
                )
            )
    if "id" not in header:
        problems.append(Problem("E-NO-COLUMN", where, "no column 'id'", expected="a header with the columns' names"))
    return problems


def _delimiter(text: str) -> str:
    """The delimiter that makes most of the first line known columns; the comma where none does."""
    first = text.lstrip("\r\n").splitlines()[0]
    known = {sign: sum(cell.strip(' "') in COLUMNS for cell in first.split(sign)) for sign in _DELIMITERS}
    return max(known, key=lambda sign: known[sign])


def rows_of(text: str, delimiter: str, name: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row starts, its cells); ends at a broken quote, which is reported."""
    with _LIMIT_LOCK:
        limit = csv.field_size_limit(sys.maxsize)
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            rows, line = [], 1
            try:
                for row in reader:
                    rows.append((line, row))
                    line = reader.line_num + 1
            except csv.Error as error:
                problems.append(
                    Problem(
                        "E-QUOTE",
                        f"{name} › line {line}",
                        f"a broken quote in the row that starts here ({error})",
                        expected="every quote closed, a quote inside a text doubled",
                        catalogue=45,
                    )
                )
        finally:
            csv.field_size_limit(limit)
    return iter(rows)

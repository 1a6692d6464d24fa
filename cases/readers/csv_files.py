"""CSV in the wide layout of :mod:`cases.tabular`, read as strictly as spreadsheets write loosely."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from threading import Lock

from model.errors import Problem, Severity

from ..cells import restore
from .header import column_of, read_header
from .raw import RawFile, quarantine
from .table import Table, TableRow, check_cells, raw_file, skip_examples
from .text import decode

_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_LIMIT_LOCK = Lock()
"""csv's field limit is global to the process, and its error would end the whole file."""


def parse_csv(data: bytes, name: str, encoding: str | None = None) -> RawFile:
    """One case a row; places are the line numbers of the file, quoted line breaks included."""
    return raw_file(read_csv(data, name, encoding))


def read_csv(data: bytes, name: str, encoding: str | None = None) -> Table:
    """The rows as they stand, apostrophes that made formulas harmless removed."""
    text, problems = decode(data, name, encoding)
    table = Table(problems=list(problems))
    if text is None or not text.strip():
        return table
    if text.lstrip()[0] in "[{":
        table.problems.append(
            Problem("E-CONTENT", name, "JSON", expected="CSV", next_step="rename it to .json or .jsonl", catalogue=67)
        )
        return table
    delimiter = _delimiter(text)
    if delimiter != ("\t" if name.lower().endswith(".tsv") else ","):
        table.problems.append(
            Problem(
                "W-DELIMITER",
                name,
                f"{_DELIMITERS[delimiter]} between the columns",
                severity=Severity.WARN,
                next_step="it was read as such",
                catalogue=42,
            )
        )
    rows = rows_of(text, delimiter, name, table.problems)
    line, first = next(rows, (1, []))
    table.header, found = read_header(first, f"{name} › line {line}")
    table.problems += found
    for line, row in rows:
        if any(row):
            _add_row(table, row, f"{name} › line {line}", line)
    return skip_examples(table, name)


def _add_row(table: Table, row: list[str], where: str, line: int) -> None:
    labels = table.header.labels
    cells = [restore(cell) for cell in row]
    problems = []
    if len(row) != len(labels):
        found, expected = f"{len(row)} cells", f"{len(labels)}, as the header has"
        problems.append(quarantine("E-ROW-LENGTH", where, found, expected=expected, catalogue=46))
        if len(row) > len(labels) and not table.rows:
            problem = Problem("E-ROW-LENGTH", where, found, expected, next_step="name every column", catalogue=47)
            table.problems.append(problem)
    problems += check_cells(zip(labels, row, strict=False), where)
    table.rows.append(TableRow(where, line, dict(zip(labels, cells, strict=False)), problems))


def _delimiter(text: str) -> str:
    """The delimiter that makes most of the first line known columns; the comma where none does."""
    first = text.lstrip("\r\n").splitlines()[0]
    known = {sign: sum(column_of(cell.strip(' "')) is not None for cell in first.split(sign)) for sign in _DELIMITERS}
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

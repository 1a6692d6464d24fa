"""A table of cases between its file and its records: what CSV and spreadsheets have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from model.errors import Problem, Severity

from ..case_set import Quarantined
from ..tabular import from_row
from .header import Header
from .raw import RawFile, quarantine

LONGEST_FIELD = 128 * 1024
"""Characters of one cell."""
EXAMPLE_ID = re.compile(r"EXAMPLE-[0-9]+")
"""Ids of the filled rows that the template shows how it is done with; they are no cases."""


@dataclass
class TableRow:
    """One row, its texts as the file holds them."""

    where: str
    """``cases.csv › line 3`` or ``cases.xlsx › Cases › row 3``."""
    number: int
    """The line or row in the file, counted from 1, the header's included."""
    cells: dict[str, str]
    """Label to text, in the header's order."""
    problems: list[Problem] = field(default_factory=list)
    """What sets the row aside before its texts are looked at."""
    notes: list[Problem] = field(default_factory=list)
    """What was normalised."""


@dataclass
class Table:
    """All rows of one table, and what is wrong with the file as a whole."""

    header: Header = field(default_factory=lambda: Header((), ()))
    rows: list[TableRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sheet: str | None = None
    """The sheet that was read; None in a CSV file."""


def check_cells(cells: Iterable[tuple[str, str]], where: str) -> list[Problem]:
    """NUL characters (52) and overlong fields (53) of one row, as (label, text) pairs."""
    problems = []
    for label, text in cells:
        if "\0" in text:
            problems.append(quarantine("E-NUL", f"{where} › {label}", "a NUL character", expected="text", catalogue=52))
        if len(text) > LONGEST_FIELD:
            problems.append(
                quarantine(
                    "E-FIELD-SIZE",
                    f"{where} › {label}",
                    f"{len(text)} characters",
                    expected=f"at most {LONGEST_FIELD}",
                    catalogue=53,
                )
            )
    return problems


def skip_examples(table: Table, name: str) -> Table:
    """The table without the template's own example rows."""
    (label,) = table.header.labels_of("id")[:1] or ("",)
    kept = [row for row in table.rows if not EXAMPLE_ID.fullmatch(row.cells.get(label, "").strip())]
    if len(kept) < len(table.rows):
        found = f"{len(table.rows) - len(kept)} of the template's example rows"
        table.problems.append(Problem("W-EXAMPLE", name, found, next_step="they were left out", severity=Severity.WARN))
        table.rows = kept
    return table


def raw_file(table: Table) -> RawFile:
    """The table's rows as records; a row that cannot become one is set aside."""
    raw = RawFile(problems=list(table.problems))
    for row in table.rows:
        raw.problems += row.notes
        merged = table.header.merged(row.cells)
        record, found = ({}, row.problems) if row.problems else from_row(merged, row.where)
        if found:
            raw.set_aside.append(Quarantined(merged.get("id") or None, row.where, tuple(found)))
        else:
            raw.records.append((row.where, record))
    return raw

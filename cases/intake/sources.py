"""Uploaded bytes to rows; the ending says what a file should be, the content what it is (67)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from model.errors import Problem, Severity

from ..readers.csv_files import read_csv
from ..readers.header import Header
from ..readers.json_files import parse_json, parse_jsonl
from ..readers.parquet_files import parse_parquet
from ..readers.raw import RawFile
from ..readers.table import Table
from ..readers.toml_files import parse_toml
from ..spreadsheet.package import check_package
from ..tabular import COLUMNS
from ..vocabulary import Vocabulary
from .shapes import Confirmed

MOST_ROWS = 50_000
FORMATS = ("xlsx", "csv", "tsv", "json", "jsonl", "toml", "parquet")
_SPREADSHEETS = ("xls", "xlsm", "xlsb", "xlt", "xltx", "xltm", "ods", "numbers")
_PHENOPACKET_KEYS = frozenset({"phenotypicFeatures", "phenotypic_features", "metaData", "meta_data", "subject"})


@dataclass(frozen=True)
class SourceRow:
    """One case as it was uploaded: the cells of a table, or a record."""

    where: str
    number: int
    cells: dict[str, str] | None = None
    record: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    """Why it can be neither."""
    notes: tuple[Problem, ...] = ()


@dataclass
class Sources:
    """All rows of one file."""

    format: str = ""
    header: Header = field(default_factory=lambda: Header(COLUMNS, COLUMNS))
    rows: list[SourceRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def display_name(filename: str) -> str:
    """The last part of a name that somebody sent, fit to be shown: no path, no control characters."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    name = re.sub(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "", name).strip()
    return name if len(name) <= 80 else f"{name[:40]}…{name[-30:]}"


def read_upload(data: bytes, filename: str, vocabulary: Vocabulary, confirmed: Confirmed) -> Sources:
    """The rows of a file, or why there are none."""
    name = display_name(filename) or "the file"
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    sources = Sources(format=ending if ending in FORMATS else "")
    if not data.strip():
        sources.problems.append(
            Problem("E-NO-CASES", name, "an empty file", expected="at least one case", catalogue=68)
        )
    elif ending == "xlsx":
        from ..spreadsheet import read_xlsx

        _from_table(sources, read_xlsx(data, name, confirm_hidden=confirmed.hidden))
    elif ending in ("csv", "tsv"):
        sources.format = "csv"
        _from_table(sources, read_csv(data, name, confirmed.encoding))
    elif ending in ("json", "jsonl"):
        _from_json(sources, data, name, vocabulary, confirmed.encoding)
    elif ending in FORMATS:
        _from_raw(sources, (parse_toml if ending == "toml" else parse_parquet)(data, name))
    else:
        sources.problems.append(_unknown_format(data, name, ending))
    if not sources.rows and not any(one.severity is Severity.REJECT for one in sources.problems):
        sources.problems.append(Problem("E-NO-CASES", name, "no case", expected="at least one", catalogue=68))
    if len(sources.rows) > MOST_ROWS:
        found = f"{len(sources.rows):,} cases"
        sources.problems.append(
            Problem("E-TOO-LARGE", name, found, f"at most {MOST_ROWS:,}", next_step="share them out over several files")
        )
        sources.rows.clear()
    return sources


def _from_table(sources: Sources, table: Table) -> None:
    sources.header = table.header
    sources.problems += table.problems
    sources.rows += [
        SourceRow(row.where, row.number, row.cells, problems=tuple(row.problems), notes=tuple(row.notes))
        for row in table.rows
    ]


def _from_raw(sources: Sources, raw: RawFile) -> None:
    """Records in the order of the file; a note on a record goes with it, one on the file stays with the file."""
    notes: dict[str, list[Problem]] = {where: [] for where, _ in raw.records}
    for problem in raw.problems:
        where = problem.where
        while where and where not in notes:
            where = where.rpartition(" › ")[0]
        (notes[where] if where and problem.severity is Severity.WARN else sources.problems).append(problem)
    for where, record in raw.records:
        number = _number(where, len(sources.rows) + 1)
        sources.rows.append(SourceRow(where, number, record=record, notes=tuple(notes[where])))
    for aside in raw.set_aside:
        number = _number(aside.where, len(sources.rows) + 1)
        sources.rows.append(SourceRow(aside.where, number, problems=aside.problems))
    sources.rows.sort(key=lambda row: row.number)


def _from_json(sources: Sources, data: bytes, name: str, vocabulary: Vocabulary, encoding: str | None) -> None:
    parse: Callable[[bytes, str, str | None], RawFile] = parse_json if sources.format == "json" else parse_jsonl
    raw = parse(data, name, encoding)
    if any(_is_phenopacket(record) for _, record in raw.records[:10]):
        from ..phenopackets import records_of

        sources.format = "phenopackets"
        raw = records_of(raw, vocabulary)
    _from_raw(sources, raw)


def _is_phenopacket(record: dict[str, Any]) -> bool:
    members = record.get("members")
    if isinstance(members, list) and members and isinstance(members[0], dict):
        record = members[0]
    return len(_PHENOPACKET_KEYS & record.keys()) >= 2 and "expected" not in record


def _number(where: str, otherwise: int) -> int:
    match = re.search(r"(?:line|case|row) ([0-9]+)$", where)
    return int(match[1]) if match else otherwise


def _unknown_format(data: bytes, name: str, ending: str) -> Problem:
    """What the content looks like, so that the next step is clear."""
    if ending in _SPREADSHEETS or data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        problems = check_package(data, name)
        if problems:
            return problems[0]
        return Problem(
            "E-CONTENT",
            name,
            f"an XLSX workbook with the ending {ending or 'of no kind'!r}",
            expected="the ending .xlsx",
            next_step='in Excel: File, Save As, "Excel Workbook (.xlsx)"',
            catalogue=67,
        )
    looks = ""
    head = data[:4096].decode("utf-8", "ignore").lstrip("\ufeff \r\n\t")
    if head[:1] in ("{", "["):
        looks = "json" if _one_json(data) else "jsonl"
    elif data[:4] == b"PAR1":
        looks = "parquet"
    elif sum(head.split("\n", 1)[0].count(sign) for sign in ",;\t") >= 2:
        looks = "csv"
    return Problem(
        "E-FORMAT",
        name,
        f"a file with the ending {'.' + ending if ending else 'of no kind'}",
        expected=", ".join("." + one for one in FORMATS),
        next_step=f"it looks like {looks.upper()}: rename it to .{looks}" if looks else "use the template",
    )


def _one_json(data: bytes) -> bool:
    try:
        json.loads(data[: 2**22])
    except (ValueError, RecursionError):
        return False
    return True

"""The one way out: the ending of the name chooses the format."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

from model.errors import InputError

from ..card import Card
from ..cells import neutralise
from ..tabular import COLUMNS, to_row
from .parquet_files import write_parquet
from .short_form import to_record
from .toml_files import write_toml_tree

FORMATS = (".jsonl", ".csv", ".xlsx", ".parquet")
"""The file name endings that are written; a name without an ending is a directory of TOML files."""


def save_cases(cards: Iterable[Card], path: str | Path) -> None:
    """Write the cards, in order; nothing that exists is overwritten.

    ``out.jsonl``, ``out.csv``, ``out.xlsx`` and ``out.parquet`` are files, anything without an ending is a new
    directory of TOML files.  A file appears under its name only when it is whole.

    Raises
    ------
    InputError
        The ending is unknown, or something is there already.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ("", *FORMATS):
        raise InputError.single(
            "E-FORMAT", str(path), f"the ending {ending}", expected=", ".join(FORMATS) + " or a directory's name"
        )
    if path.exists() and not (path.is_dir() and ending == "" and not any(path.iterdir())):
        raise InputError.single("E-EXISTS", str(path), "something there already", next_step="choose another name")
    if ending == "":
        write_toml_tree(cards, path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if ending == ".parquet":
            write_parquet(cards, temporary)
        elif ending == ".xlsx":
            temporary.write_bytes(to_xlsx(cards))
        else:
            text = to_jsonl(cards) if ending == ".jsonl" else to_csv(cards)
            temporary.write_bytes(text.encode("utf-8"))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def to_jsonl(cards: Iterable[Card]) -> str:
    """One case a line."""
    return "".join(json.dumps(to_record(card), ensure_ascii=False, allow_nan=False) + "\n" for card in cards)


def to_csv(cards: Iterable[Card]) -> str:
    """The wide layout of :mod:`cases.tabular`; no cell can be run as a formula (catalogue 54)."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for card in cards:
        row = to_row(card)
        writer.writerow([neutralise(row[column]) for column in COLUMNS])
    return lines.getvalue()


def to_xlsx(cards: Iterable[Card]) -> bytes:
    """The same layout as a workbook of one sheet; needs the extra ``clinval[web]``."""
    from ..spreadsheet.write import Sheet, write_workbook

    rows = [[row[column] for column in COLUMNS] for row in map(to_row, cards)]
    return write_workbook([Sheet("Cases", COLUMNS, rows, widths=[20])], "Cases")

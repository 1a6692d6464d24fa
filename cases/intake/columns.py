"""From a problem to the cell that it is about: the key path of a card back to the column of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model.errors import Problem

from ..cells import split_cell
from ..readers.header import LISTS, Header
from ..spreadsheet.structure import column_letters
from ..tabular import COLUMNS, ask_record, pair

FINDING_COLUMNS = ("initial", "present", "absent", "unsure", "other_states")
RISK_COLUMNS = ("risk_factors_present", "risk_factors_absent", "risk_factors_unsure")
_COLUMNS_OF: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("expected",): ("expected",),
    ("expected", "condition"): ("expected",),
    ("expected", "triage"): ("triage_least", "triage_most"),
    ("findings",): FINDING_COLUMNS,
    ("risk_factors",): RISK_COLUMNS,
}
_CELL = re.compile(r"(?P<label>.*) \([A-Z]{1,3}[0-9]+\)", re.DOTALL)


class Place(NamedTuple):
    """A cell, and the word in it."""

    label: str
    column: str
    word: str
    """The word of a list, or the whole text."""


def places_of(problem: Problem, where: str, header: Header, cells: Mapping[str, str]) -> list[Place]:
    """The cells that a problem of the row at ``where`` is about, the likeliest first; none where it is the row."""
    tail = problem.where.removeprefix(where).removeprefix(" › ")
    if problem.where == where or not tail:
        return []
    match = _CELL.fullmatch(tail)
    label = match["label"] if match else tail
    if label in header.labels:
        column = header.columns[header.labels.index(label)]
        return [Place(label, column or "", cells.get(label, ""))]
    path = tuple(tail.split(" › "))
    columns = _columns(path)
    if path == ("patient",):  # Told of the patient as a whole: the pregnant male, or an age beyond all years.
        columns = ("pregnant",) if problem.code == "E-PREGNANT-MALE" else ("age",)
    word = " › ".join(path[1:]) if path[0] in ("findings", "risk_factors") and len(path) > 1 else None
    found = [
        Place(label, column, one)
        for column in columns
        for label in header.labels_of(column)
        for one in _words(column, cells.get(label, ""))
        if (word is None or one == word or word.startswith(f"{one} › ")) and _is_meant(column, one, word, problem)
    ]
    if not found and len(columns) == 1:  # An empty cell, or a column that the table does not have yet.
        empty = [label for label in header.labels_of(columns[0]) if not cells.get(label)]
        found = [Place(label, columns[0], "") for label in (empty or header.labels_of(columns[0]))[:1]]
    return found


def cell_name(label: str, header: Header, number: int) -> str:
    """``H5``."""
    return f"{column_letters(header.labels.index(label) + 1)}{number}" if label in header.labels else ""


def words_of(column: str, text: str) -> list[str]:
    """The words of a cell that a vocabulary could know."""
    return [word for word in _words(column, text) if word]


def _words(column: str, text: str) -> list[str]:
    if column not in LISTS:
        return [text.strip()]
    words = split_cell(text)
    if column == "must_ask":
        return [str(ask_record(word)["finding"]) for word in words]
    return [pair(word)[0] for word in words] if column in ("other_states", "differential") else words


def _columns(path: Sequence[str]) -> tuple[str, ...]:
    for length in (2, 1):
        known = _COLUMNS_OF.get(tuple(path[:length]))
        if known is not None and (length == 2 or path[0] in ("findings", "risk_factors") or len(path) == 1):
            if path[:2] == ("expected", "triage") and len(path) == 3 and path[2].isdecimal():
                return known[int(path[2]) : int(path[2]) + 1]
            return known
    name = path[1] if path[0] in ("patient", "expected") and len(path) > 1 else path[0]
    return (name,) if name in COLUMNS else ()


def _is_meant(column: str, word: str, known: str | None, problem: Problem) -> bool:
    """Where the path does not name the word, the message quotes it."""
    if known is not None or column not in LISTS:
        return bool(word) or column not in LISTS
    return repr(word) in problem.found

"""The first row of a table of cases: which column holds what.

A column is known by its name in :mod:`cases.tabular` or by the plain words of the template, whatever
the case and the spaces: ``age_unit``, ``Age unit``.  A list may be spread over numbered columns, one
value a cell, which is what drop-downs need: ``present 1``, ``present 2``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from model.errors import Problem
from model.words import nearest

from ..cells import join_cell, split_cell
from ..tabular import COLUMNS

LABELS: Mapping[str, str] = {
    "initial": "volunteered",
    "expected": "expected condition",
    "acceptable": "also acceptable",
    "triage_least": "least urgent triage",
    "triage_most": "most urgent triage",
}
"""The plain words for columns whose own names say too little."""
LISTS = frozenset(
    {
        "initial",
        "present",
        "absent",
        "unsure",
        "other_states",
        "pertinent",
        "not_pertinent",
        "risk_factors_present",
        "risk_factors_absent",
        "risk_factors_unsure",
        "acceptable",
        "must_not_miss",
        "impossible",
        "must_ask",
        "differential",
    }
)
"""Columns that hold several values and may therefore be numbered."""
REMARKS = "clinval says"
"""The column that an annotated file has more than the uploaded one; skipped on reading."""

_ALIASES: Mapping[str, str] = {
    **{label.replace(" ", "_"): column for column, label in LABELS.items()},
    "diagnosis": "expected",
    "condition": "expected",
}
_NUMBERED = re.compile(r"(?P<name>.+?)_?(?P<number>[1-9][0-9]?)")


@dataclass(frozen=True)
class Header:
    """The columns of one table, in its order."""

    labels: tuple[str, ...]
    """As the file writes them."""
    columns: tuple[str | None, ...]
    """The column of :mod:`cases.tabular` that each stands for; None: skipped."""

    def merged(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Label to text, as column to text: numbered columns become one cell again."""
        texts: dict[str, str] = {}
        for label, column in zip(self.labels, self.columns, strict=True):
            text = cells.get(label, "")
            if column is None:
                continue
            if column in LISTS and texts.get(column) and text:
                texts[column] = join_cell([*split_cell(texts[column]), *split_cell(text)])
            elif text or column not in texts:
                texts[column] = text
        return texts

    def labels_of(self, column: str) -> tuple[str, ...]:
        """Every label that stands for ``column``."""
        return tuple(label for label, one in zip(self.labels, self.columns, strict=True) if one == column)


def label_of(column: str, number: int | None = None) -> str:
    """How the template heads a column: ``risk factors present 2``."""
    label = LABELS.get(column, column.replace("_", " "))
    return label if number is None else f"{label} {number}"


def column_of(label: str) -> str | None:
    """The column that a label stands for; None where there is none."""
    name = re.sub(r"[\s_-]+", "_", label.strip()).lower()
    name = _ALIASES.get(name, name)
    if name in COLUMNS:
        return name
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None:
        return None
    name = _ALIASES.get(numbered["name"], numbered["name"])
    return name if name in LISTS else None


def _like(label: str) -> tuple[str, ...]:
    """Columns with a name like this one, else those whose name holds it ("triage")."""
    near = nearest(label, COLUMNS) or tuple(column for column in COLUMNS if label and label.lower() in column)[:3]
    return tuple(label_of(column) for column in near)


def read_header(
    labels: Sequence[str], where: str, place: Callable[[int], str] | None = None
) -> tuple[Header, list[Problem]]:
    """The header of these labels, and what is wrong with it: duplicate (48), unknown or missing columns.

    Parameters
    ----------
    place
        Where the column at a position is, if the whole header's place is too vague.
    """
    stripped = [label.strip() for label in labels]
    columns = [column_of(label) for label in stripped]
    problems = []
    for position, label in enumerate(stripped):
        here = where if place is None else place(position)
        same = [
            other
            for other, column in enumerate(columns)
            if stripped[other].lower() == label.lower()
            or (column == columns[position] is not None and column not in LISTS)
        ]
        if same[0] == position and len(same) > 1:
            problems.append(
                Problem(
                    "E-DUPLICATE-COLUMN",
                    here,
                    f"the column {label[:40]!r} {len(same)} times",
                    expected="each column once",
                    catalogue=48,
                )
            )
        if columns[position] is None and label.lower() != REMARKS and same[0] == position:
            problems.append(
                Problem(
                    "E-UNKNOWN-COLUMN",
                    here,
                    f"a column {label[:40]!r}" if label else "a column without a name",
                    expected="a column of the template",
                    suggestions=_like(label),
                )
            )
    if "id" not in columns:
        problems.append(Problem("E-NO-COLUMN", where, "no column 'id'", expected="a header with the columns' names"))
    return Header(tuple(stripped), tuple(columns)), problems

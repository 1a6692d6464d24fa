"""The same proposal in many rows: a word that somebody always writes so is mended once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..intake import Fix, Row

RepeatKey = str
"""Stands for a proposal: the kind of problem, the column, what is there and what would be instead."""


def repeat_key(problem: Mapping[str, Any], fix: Mapping[str, Any]) -> RepeatKey | None:
    """What the same proposal of other rows has as well (as ``to_dict`` gives both).

    None: it is to be looked at row by row, because it fills in, takes out or masks something, or is of the whole row.
    A word that a closed list lacks says nothing, and may be taken out everywhere.
    """
    edits = fix["edits"]
    is_word = problem["code"] == "E-FIELD"
    if problem["column"] is None or any(one["mask"] or not one["old"] or not (one["new"] or is_word) for one in edits):
        return None
    return json.dumps([problem["code"], [[one["column"], one["old"], one["new"]] for one in edits]])


def counted(rows: Iterable[Sequence[Mapping[str, Any]]]) -> dict[RepeatKey, int]:
    """In how many rows each proposal is made, of the rows' problems; those of one row only are left out."""
    counts = Counter(
        key
        for problems in rows
        for key in {repeat_key(problem, fix) for problem in problems for fix in problem["fixes"]}
        if key is not None
    )
    return {key: n for key, n in counts.items() if n > 1}


def same_fix(row: Row, key: RepeatKey) -> Fix | None:
    """The proposal of a row that has this key."""
    for problem in row.problems:
        said = problem.to_dict()
        for fix in problem.fixes:
            if repeat_key(said, fix.to_dict()) == key:
                return fix
    return None

"""Uploads of a faultless row, changed."""

from __future__ import annotations

from typing import Any

from cases.intake import (
    Intake,
    Row,
    RowProblem,
    check_upload,
)
from model.network import ClinicalNetwork

HEADER = "id,author,age,age unit,sex,pregnant,complaint,volunteered,present,absent,expected condition\n"


def line(**changes: str) -> str:
    cells = {
        "id": "a-1", "author": "JD", "age": "23", "age_unit": "years", "sex": "female", "pregnant": "",
        "complaint": "My belly hurts.", "initial": "rlq_pain", "present": "nausea", "absent": "fever",
        "expected": "appendicitis",
    }  # fmt: skip
    assert set(changes) <= set(cells)
    return ",".join({**cells, **changes}.values()) + "\n"


def intake_of(network: ClinicalNetwork, *lines: str, **options: Any) -> Intake:
    return check_upload((HEADER + "".join(lines)).encode(), "cases.csv", network, **options)


def one_problem(row: Row, code: str) -> RowProblem:
    found = [one for one in row.problems if one.code == code]
    assert len(found) == 1, [str(one.problem) for one in row.problems]
    return found[0]

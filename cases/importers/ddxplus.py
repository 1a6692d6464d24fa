"""DDXPlus's patients as cards, at the level of evidences (Fansi Tchango et al., NeurIPS 2022).

``E_54_@_V_161`` says that evidence E_54 has the value V_161; at this level E_54 is *present*.  An
evidence is present when the patient lists it at all, also with its default value ("nowhere", 0):
so does the published P(evidence | condition) count.  Over the 659 patients here its tables expect
542.0 with E_57, 150.0 with E_131 and 659.0 with E_204; 542, 150 and 659 list them, while only 136, 15
and 51 give another value than the default.  What a patient does not list is absent.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

from model.errors import InputError, Problem

from ..card import Split
from ..case_set import CaseSet, Quarantined
from ..readers.csv_files import rows_of
from ..readers.load import case_set_of
from ..readers.raw import RawFile, quarantine
from ..readers.source import read_source
from ..readers.strict_json import FAILED, loads
from ..readers.text import decode
from .origins import ORIGINS

COLUMNS = ("AGE", "DIFFERENTIAL_DIAGNOSIS", "SEX", "PATHOLOGY", "EVIDENCES", "INITIAL_EVIDENCE")
LEAST_SEVERE = 2
"""The paper's DSF1 takes severity 1 (worst) and 2 for severe: below 3."""
_FILES = "a patient file, a folder with patients.csv in it, or release_conditions.json"
_LONGEST_LIST = 100_000
_SEXES = {"F": "female", "M": "male"}


def import_ddxplus(path: Path, conditions: Path | None = None, *, split: Split = "test") -> CaseSet:
    """The cards of a DDXPlus patient file, or of the ``patients.csv`` in a folder.

    Ids are hashes of the rows, so that a subset or another order keeps them.  The published
    differential stays on the card for DDR, DDP and DDF1.

    Parameters
    ----------
    conditions
        ``release_conditions.json``; None: the one beside the patients, if there is one.  A pathology
        of severity 1 or 2 becomes the case's must-not-miss condition.
    """
    if path.is_dir():
        path = path / "patients.csv"
    beside = path.with_name("release_conditions.json")
    if conditions is None and beside.exists():
        conditions = beside
    severity = {} if conditions is None else _severities(conditions)
    text, problems = decode(read_source(path, _FILES), path.name, may_confirm=False)
    raw = RawFile(problems=list(problems))
    rows = rows_of(text or "", ",", path.name, raw.problems)
    _, header = next(rows, (1, []))
    missing = [column for column in COLUMNS if column not in header]
    if text is not None and missing:
        raw.problems.append(
            Problem("E-NO-COLUMN", path.name, "no column " + ", ".join(missing), expected=", ".join(COLUMNS))
        )
        return case_set_of(raw, "ddxplus", path)
    seen: dict[str, int] = {}
    for line, cells in rows:
        where = f"{path.name} › line {line}"
        if len(cells) != len(header):
            problem = quarantine("E-ROW-LENGTH", where, f"{len(cells)} cells", expected=str(len(header)), catalogue=46)
            raw.set_aside.append(Quarantined(None, where, (problem,)))
            continue
        row = dict(zip(header, cells, strict=True))
        digest = hashlib.sha256("\n".join(row[column] for column in COLUMNS).encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        repeat = "" if seen[digest] == 1 else f".{seen[digest]}"
        try:
            record = _record(row, f"ddxplus-{digest}{repeat}", severity, split)
        except _Unreadable as error:
            raw.set_aside.append(Quarantined(None, where, (quarantine("E-FIELD", f"{where} › {error}", error.found),)))
        else:
            raw.records.append((where, record))
    return case_set_of(raw, "ddxplus", path)


class _Unreadable(Exception):
    """A cell that is not what its column holds."""

    def __init__(self, column: str, found: str) -> None:
        super().__init__(column)
        self.found = found


def _record(row: dict[str, str], card_id: str, severity: dict[str, int], split: Split) -> dict[str, Any]:
    origin = ORIGINS["ddxplus"]
    # Several values of one evidence are one present finding; a dict keeps the order of the first.
    evidences = dict.fromkeys(str(item).split("_@_")[0] for item in _list(row, "EVIDENCES"))
    initial = row["INITIAL_EVIDENCE"].split("_@_")[0]
    if initial not in evidences:
        raise _Unreadable("INITIAL_EVIDENCE", "an evidence that EVIDENCES does not list")
    pathology = row["PATHOLOGY"]
    expected: dict[str, Any] = {"condition": pathology, "differential": _list(row, "DIFFERENTIAL_DIAGNOSIS")}
    if severity.get(pathology, LEAST_SEVERE + 1) <= LEAST_SEVERE:
        expected["must_not_miss"] = [pathology]
    return {
        "id": card_id,
        "author": origin.author,
        "source": origin.source,
        "licence": origin.licence,
        "review_state": "accepted",
        "split": split,
        "kind": "corpus",
        "unlisted": "absent",
        "patient": {
            "age": float(row["AGE"]) if row["AGE"].isdecimal() else row["AGE"],
            "sex": _SEXES.get(row["SEX"], row["SEX"]),
        },
        "findings": {
            name: {"state": "present", "initial": True} if name == initial else "present" for name in evidences
        },
        "expected": expected,
    }


def _list(row: dict[str, str], column: str) -> list[Any]:
    """A list as Python prints it, which is how the corpus stores them; parsed, never run."""
    text = row[column]
    try:
        value = ast.literal_eval(text) if len(text) <= _LONGEST_LIST else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = None
    if not isinstance(value, list):
        raise _Unreadable(column, "no list")
    return value


def _severities(path: Path) -> dict[str, int]:
    """Condition to severity, 1 (worst) to 5."""
    text, problems = decode(read_source(path, _FILES), path.name, may_confirm=False)
    found = list(problems)
    value = FAILED if text is None else loads(text, path.name, found)
    if not isinstance(value, dict) or any(not isinstance(entry, dict) for entry in value.values()):
        raise InputError(found or [Problem("E-FIELD", path.name, "no conditions", expected="release_conditions.json")])
    return {name: entry["severity"] for name, entry in value.items() if isinstance(entry.get("severity"), int)}

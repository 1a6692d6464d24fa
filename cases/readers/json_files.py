"""JSON Lines (one case a line) and JSON (one case, or an array of them)."""

from __future__ import annotations

from typing import Any

from model.errors import Problem

from ..case_set import Quarantined
from .raw import RawFile, quarantine
from .strict_json import FAILED, loads
from .text import decode


def parse_jsonl(data: bytes, name: str, encoding: str | None = None, *, may_confirm: bool = True) -> RawFile:
    """One case a line; blank lines are skipped; places are the file's line numbers."""
    text, problems = decode(data, name, encoding, may_confirm=may_confirm)
    raw = RawFile(problems=list(problems))
    if text is None:
        return raw
    if text.lstrip()[:1] == "[":
        raw.problems.append(
            Problem(
                "E-CONTENT",
                name,
                "a JSON array",
                expected="one case a line",
                next_step="rename it to .json",
                catalogue=67,
            )
        )
        return raw
    # Split at line feeds alone: a text may hold U+2028 and its like unescaped.
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            where = f"{name} › line {number}"
            _add(raw, where, loads(line, where, raw.problems))
    return raw


def parse_json(data: bytes, name: str, encoding: str | None = None) -> RawFile:
    """One case, or an array of cases; places are positions in the array, counted from 1."""
    text, problems = decode(data, name, encoding)
    raw = RawFile(problems=list(problems))
    if text is None or not text.strip():
        return raw
    value = loads(text, name, raw.problems)
    if isinstance(value, list):
        for position, record in enumerate(value, 1):
            _add(raw, f"{name} › case {position}", record)
    elif value is not FAILED:
        _add(raw, name, value)
    elif any(problem.found.startswith("extra data") for problem in raw.problems):
        raw.problems.append(
            Problem(
                "E-CONTENT", name, "several JSON texts", expected="one", next_step="rename it to .jsonl", catalogue=67
            )
        )
    return raw


def _add(raw: RawFile, where: str, record: Any) -> None:
    if isinstance(record, dict):
        raw.records.append((where, record))
    elif record is not FAILED:
        problem = quarantine("E-FIELD", where, f"a {type(record).__name__}", expected="a case: {…}")
        raw.set_aside.append(Quarantined(None, where, (problem,)))

"""Reading the JSON of published tables strictly: duplicate keys, NaN and wild nesting are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import MAX_TABLE_BYTES, read_bytes
from ..report import Report, shown
from ..table import probability
from ..text import decode


def read_json_object(path: Path, report: Report) -> dict[str, Any]:
    """The object that a file holds; empty, with a problem, where it does not hold one."""
    data = read_bytes(path, path.parent, path.name, report, MAX_TABLE_BYTES)
    text = None if data is None else decode(data, path.name, report)
    if text is None:
        return {}

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) != len(pairs):
            keys = [key for key, _ in pairs]
            for key in sorted({key for key in keys if keys.count(key) > 1}):
                report.reject("DUPLICATE-KEY", path.name, f"the key {shown(key)} twice", "each once", catalogue=62)
        return values

    def not_finite(constant: str) -> float:
        report.reject("NOT-FINITE", path.name, constant, "finite numbers", catalogue=63)
        return 0.0

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=not_finite)
    except json.JSONDecodeError as error:
        report.reject("SYNTAX", f"{path.name} › line {error.lineno}", error.msg, "JSON")
        return {}
    except (RecursionError, ValueError):
        report.reject("SYNTAX", path.name, "nesting too deep, or a number too long to read", "JSON", catalogue=65)
        return {}
    if not isinstance(value, dict) or not value:
        report.reject("TYPE", path.name, shown(value), "a JSON object with entries")
        return {}
    return value


def member(value: object, key: str, where: str, report: Report) -> Mapping[str, Any]:
    """The object under ``key``; empty, with a problem, where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        report.reject("TYPE", f"{where} › {key}", "nothing" if found is None else shown(found), "a JSON object")
        return {}
    return found


def probabilities(values: Mapping[str, Any], where: str, report: Report) -> dict[str, float]:
    """Every entry as a probability; problems for those that are none."""
    result = {}
    for key, value in values.items():
        number = probability(value, f"{where} › {key}", report)
        if number is not None:
            result[key] = number
    return result

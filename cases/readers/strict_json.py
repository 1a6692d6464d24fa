"""JSON as the standard means it: what Python's reader lets pass is refused, all of it at once."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from model.errors import Problem

DEEPEST = 32
"""Levels of nesting; a card needs five."""
MOST_DIGITS = 19
"""Digits of an integer: enough for 64 bits."""
FAILED = object()
"""What :func:`loads` returns where there is no value (``null`` is one)."""


def loads(text: str, where: str, problems: list[Problem]) -> Any:
    """The value of one JSON text.

    Whatever the standard does not allow or leaves open is added to ``problems``: duplicate keys
    (62), NaN, Infinity and numbers beyond float64 (63), huge integers (64), deep nesting (65), lone
    surrogates (66), and syntax errors.  The value is ``FAILED`` after a syntax error or deep nesting.
    """

    def report(code: str, found: str, catalogue: int | None, expected: str = "") -> None:
        problems.append(Problem(code, where, found, expected=expected, catalogue=catalogue))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(items)
        if len(record) != len(items):
            names = [name for name, _ in items]
            for name in sorted({name for name in names if names.count(name) > 1}):
                report("E-DUPLICATE-KEY", f"the key {name!r} {names.count(name)} times", 62, "each key once")
        return record

    def constant(word: str) -> None:
        report("E-NUMBER", word, 63, "a finite number")

    def real(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            report("E-NUMBER", f"{digits[:20]}, which is beyond a 64-bit float", 63, "a finite number")
        return value

    def integer(digits: str) -> int:
        if len(digits) > MOST_DIGITS:
            report("E-NUMBER", f"an integer of {len(digits)} digits", 64, f"at most {MOST_DIGITS} digits")
            return 0
        return int(digits)

    if _nesting(text) > DEEPEST:
        report("E-NESTING", f"values nested more than {DEEPEST} deep", 65, f"at most {DEEPEST} levels")
        return FAILED
    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real, parse_int=integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        report("E-JSON", f"{error.msg[0].lower()}{error.msg[1:]} at {place}", None, "JSON")
        return FAILED
    if re.search(r"\\u[dD][89a-fA-F]", text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            report("E-SURROGATE", "half of a surrogate pair", 66, "whole characters")
    return value


def _nesting(text: str) -> int:
    """The deepest nesting of brackets outside strings; cheap where there are few brackets."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    depth = deepest = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        character = match[0]
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
        elif character in "]}":
            depth -= 1
    return deepest

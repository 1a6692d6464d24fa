"""Names and numbers as BIF and XMLBIF files spell them."""

from __future__ import annotations

import math
import re

from .names import some
from .raw import MAX_STATES, MAX_TABLE_CELLS
from .report import Report, shown
from .text import check_distinct, clean

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_LONG_ZERO = 300
"""A number with more digits than this may be too small for a float64 without an exponent."""


def read_numbers(tokens: list[str], where: str, report: Report) -> list[float] | None:
    """The numbers that ``tokens`` spell, or None with a problem for each that is none."""
    text = " ".join(tokens)
    try:
        numbers = [float(token) for token in tokens]
    except ValueError:
        numbers = []
    if numbers and "_" not in text and text.isascii():
        if not all(math.isfinite(value) for value in numbers):
            bad = [token for token, value in zip(tokens, numbers, strict=True) if not math.isfinite(value)]
            report.reject("NOT-FINITE", where, some(bad, 3), "finite numbers", catalogue=5)
            return None
        if "e" in text or "E" in text or len(text) > _LONG_ZERO:
            _warn_of_underflow(tokens, numbers, where, report)
        return numbers
    bad = [shown(token) for token in tokens if not _NUMBER.fullmatch(token) and not _NOT_FINITE.fullmatch(token)]
    report.reject("NUMBER", where, some(bad, 3), "numbers like 0.25")
    return None


def _warn_of_underflow(tokens: list[str], numbers: list[float], where: str, report: Report) -> None:
    lost = [
        token
        for token, value in zip(tokens, numbers, strict=True)
        if value == 0.0 and re.search("[1-9]", re.split("[eE]", token)[0])
    ]
    if lost:
        found = f"{some([shown(token) for token in lost], 3)}, too small for a float64"
        report.warn("UNDERFLOW", where, found, "0 or a number above 1e-307", next_step="0 was taken", catalogue=20)


def looks_like_decimal_commas(tokens: list[str], expected: int) -> bool:
    """Whether ``0,7, 0,3`` was written where ``0.7, 0.3`` was meant."""
    return len(tokens) == 2 * expected and all(token.strip().lstrip("-").isdigit() for token in tokens)


def check_states(states: list[str], declared: int | None, where: str, report: Report) -> tuple[str, ...]:
    """The state names of a variable; problems for repeated ones and a wrong count."""
    check_distinct(states, "state", where, report, code="STATE-TWICE", catalogue=10)
    states = [clean(state, where, report, what="name") for state in states]
    if declared is not None and declared != len(states):
        found = f"[ {declared} ] before {len(states)} states: {some(states, 5)}"
        report.reject("STATE-COUNT", where, found, f"[ {len(states)} ]", catalogue=9)
    if not states:
        report.reject("STATE-COUNT", where, "no states", "at least one", catalogue=9)
    if len(states) > MAX_STATES:
        report.reject("SIZE", where, f"{len(states)} states", f"at most {MAX_STATES}", catalogue=30)
    return tuple(states)


def check_table_size(cards: list[int], where: str, report: Report) -> bool:
    """Whether a table of this shape may be allocated."""
    cells = math.prod(cards)
    if cells > MAX_TABLE_CELLS:
        report.reject(
            "TABLE-SIZE",
            where,
            f"a table of {cells:,} cells ({' × '.join(map(str, cards))})",
            f"at most {MAX_TABLE_CELLS:,}",
            next_step="split the parents with intermediate nodes",
            catalogue=30,
        )
    return cells <= MAX_TABLE_CELLS

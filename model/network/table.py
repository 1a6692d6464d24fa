"""Typed reading of one TOML table, key by key, noting every problem and giving a usable value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .report import Report, nearest, shown
from .text import clean

COLUMN_SUM_TOLERANCE = 1e-9
"""A distribution further than this from 1 is refused."""
_ROUNDING = 1e-12
"""A distribution nearer than this to 1 is left alone, so that writing and reading change no bit."""

_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*$")


class Table:
    """One TOML table.  A key that is never asked for is a typing error, and :meth:`finish` says so."""

    def __init__(self, values: Mapping[str, Any], where: str, report: Report) -> None:
        self.values = values
        self.where = where
        self.report = report
        self._known: set[str] = set()

    def at(self, key: str) -> str:
        """The path of ``key``, for messages."""
        return f"{self.where} › {key}"

    def raw(self, key: str) -> Any:
        """The value of ``key`` as TOML gave it, or None."""
        self._known.add(key)
        return self.values.get(key)

    def text(self, key: str, default: str | None = "") -> str:
        """A text; ``default`` None means that it must be there."""
        value = self.raw(key)
        if value is None:
            if default is None:
                self.report.reject("MISSING", self.at(key), "nothing", "a text")
            return default or ""
        if not isinstance(value, str):
            self.report.reject("TYPE", self.at(key), shown(value), 'a text in "quotes"')
            return default or ""
        value = clean(value, self.at(key), self.report)
        if default is None and not value.strip():
            self.report.reject("MISSING", self.at(key), "an empty text", "a text")
        return value

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of ``allowed``; ``default`` None means that it must be there."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if value not in allowed:
            listed = " | ".join(allowed)
            near = nearest(value, allowed) if isinstance(value, str) else ()
            code = "MISSING" if value is None else "CHOICE"
            self.report.reject(code, self.at(key), "nothing" if value is None else shown(value), listed, near=near)
            return default if default is not None else allowed[0]
        return str(value)

    def flag(self, key: str) -> bool:
        """A true or false; false where it is not written."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.report.reject("TYPE", self.at(key), shown(value), "true or false")
            return False
        return bool(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is not written."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report.reject("TYPE", self.at(key), shown(value), 'a list of texts, ["…", "…"]')
            return ()
        return tuple(clean(item, self.at(key), self.report) for item in value)

    def table(self, key: str) -> Table:
        """A table inside this one; empty where it is not written."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            self.report.reject("TYPE", self.at(key), shown(value), f"a table, [{key}]")
            value = None
        return Table(value or {}, self.at(key), self.report)

    def finish(self) -> None:
        """Report every key that nobody asked for, with the nearest known ones."""
        for key in self.values:
            if key not in self._known:
                near = nearest(key, sorted(self._known))
                self.report.reject(
                    "UNKNOWN-KEY", self.at(key), f"the unknown key {shown(key)}", "a known key", near=near
                )


def number(value: Any, where: str, report: Report) -> float | None:
    """A finite number, or None with a problem."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, str) and _DECIMAL_COMMA.match(value):
            report.reject(
                "DECIMAL-COMMA", where, shown(value), f"a number: {value.strip().replace(',', '.')}", catalogue=19
            )
        else:
            report.reject("TYPE", where, "nothing" if value is None else shown(value), "a number")
        return None
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        report.reject("NOT-FINITE", where, shown(value), "a finite number", catalogue=5)
        return None
    return result


def probability(value: Any, where: str, report: Report) -> float | None:
    """A number in [0, 1], or None with a problem."""
    if type(value) is float and 0.0 <= value <= 1.0:
        return value
    result = number(value, where, report)
    if result is None:
        return None
    if result < 0:
        report.reject("NEGATIVE", where, shown(value), "a probability between 0 and 1", catalogue=4)
        return None
    if result > 1:
        report.reject("PROBABILITY", where, shown(value), "a probability between 0 and 1", catalogue=40)
        return None
    return result


def distribution(value: Any, states: tuple[str, ...], where: str, report: Report) -> tuple[float, ...] | None:
    """P(state) of every state: a number is P(present) of a binary finding, a table names each state."""
    if not isinstance(value, dict):
        present = probability(value, where, report)
        if present is None:
            return None
        if len(states) != 2:
            expected = f"a table with {', '.join(states)}"
            report.reject("STATES", where, "one number", expected, catalogue=9)
            return None
        return (1.0 - present, present)
    for state in value:
        if state not in states:
            near = nearest(state, states)
            report.reject(
                "STATE",
                f"{where} › {state}",
                f"the unknown state {shown(state)}",
                " | ".join(states),
                near=near,
                catalogue=12,
            )
    parts: list[float | None] = []
    for state in states:
        if state not in value:
            report.reject("STATES", where, f"no probability for the state {state}", "one for every state", catalogue=6)
            parts.append(None)
        else:
            parts.append(probability(value[state], f"{where} › {state}", report))
    numbers = [part for part in parts if part is not None]
    if len(numbers) != len(states) or any(state not in states for state in value):
        return None
    total = math.fsum(numbers)
    if abs(total - 1.0) > COLUMN_SUM_TOLERANCE:
        report.reject("CPT-SUM", where, f"probabilities that sum to {total:.12g}", "1 (within 1e-9)", catalogue=3)
        return None
    return tuple(numbers) if abs(total - 1.0) <= _ROUNDING else tuple(part / total for part in numbers)


def by_sex_and_band(value: Any, n_bands: int, where: str, report: Report) -> tuple[tuple[float, ...], ...] | None:
    """Probabilities of shape (2, age bands): from one number, a list per band, or both a sex."""
    if isinstance(value, dict):
        unknown = [key for key in value if key not in ("female", "male")]
        missing = [sex for sex in ("female", "male") if sex not in value]
        for key in unknown:
            report.reject("UNKNOWN-KEY", f"{where} › {key}", f"the unknown key {shown(key)}", "female and male")
        for sex in missing:
            report.reject("MISSING", f"{where} › {sex}", "nothing", "a number or one an age band")
        rows = [_row(value[sex], n_bands, f"{where} › {sex}", report) for sex in ("female", "male") if sex in value]
        if unknown or missing or None in rows:
            return None
        return tuple(row for row in rows if row is not None)
    row = _row(value, n_bands, where, report)
    return None if row is None else (row, row)


def _row(value: Any, n_bands: int, where: str, report: Report) -> tuple[float, ...] | None:
    if not isinstance(value, list):
        one = probability(value, where, report)
        return None if one is None else (one,) * n_bands
    if len(value) != n_bands:
        report.reject("BANDS", where, f"{len(value)} numbers", f"{n_bands}, one an age band", catalogue=17)
        return None
    numbers = [probability(item, f"{where} › {index + 1}", report) for index, item in enumerate(value)]
    return None if None in numbers else tuple(item for item in numbers if item is not None)

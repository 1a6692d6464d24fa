"""Pieces of TOML text, canonical: one way to write each value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .toml_entries import OLDEST
from .vocabulary import Limits

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_LINE = 120


def quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08X}") for c in text) + '"'


def key(text: str) -> str:
    """A TOML key, quoted where it must be."""
    return text if _BARE_KEY.fullmatch(text) else quoted(text)


def number(value: float) -> str:
    """The shortest decimal that reads back to the same float64; whole numbers without a point."""
    value = float(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def numbers(row: Sequence[float]) -> str:
    """A list of numbers on one line."""
    return f"[{', '.join(number(value) for value in row)}]"


def text_lines(**entries: str) -> list[str]:
    """One line for every text that is not empty."""
    return [f"{name} = {quoted(value)}" for name, value in entries.items() if value]


def list_lines(name: str, items: Sequence[str]) -> list[str]:
    """A list of texts: on one line where it fits, else one line an item; nothing if empty."""
    if not items:
        return []
    one_line = f"{name} = [{', '.join(quoted(item) for item in items)}]"
    return [one_line] if len(one_line) <= _LINE else [f"{name} = [", *(f"  {quoted(item)}," for item in items), "]"]


def inline_table(entries: Mapping[str, str]) -> str:
    """An inline table of values that are TOML already."""
    return f"{{ {', '.join(f'{key(name)} = {value}' for name, value in entries.items())} }}"


def code_lines(codes: Mapping[str, str]) -> list[str]:
    """The codes of an entry."""
    return [f"codes = {inline_table({name: quoted(codes[name]) for name in sorted(codes)})}"] if codes else []


def limit_lines(limits: Limits) -> list[str]:
    """Limits of sex and age; an age without a limit is written as 0 or ``OLDEST``."""
    lines = text_lines(sex=limits.sex or "")
    if limits.min_age is not None or limits.max_age is not None:
        low = 0.0 if limits.min_age is None else limits.min_age
        high = OLDEST if limits.max_age is None else limits.max_age
        lines.append(f"age = [{number(low)}, {number(high)}]")
    return lines

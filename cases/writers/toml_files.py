"""A card as the TOML file that a doctor reads in a pull request, and a directory of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..card import Card
from .short_form import to_record

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# Names that Windows keeps for devices, whatever their ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def to_toml(card: Card) -> str:
    """The card's file: scalars first, then one table a part, a finding a line."""
    lines: list[str] = []
    _table(to_record(card), (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def file_names(cards: Iterable[Card]) -> list[str]:
    """A safe file name for every card, from its id; two ids never share one, on any file system."""
    names: list[str] = []
    taken: set[str] = set()
    for card in cards:
        stem = _UNSAFE.sub("_", card.id).strip("._")[:80]
        # An id that had to be changed, or that only differs in case, is told apart by its hash.
        if stem != card.id or stem.lower() in taken or _DEVICES.fullmatch(stem):
            stem = f"{stem or 'case'}-{hashlib.sha256(card.id.encode()).hexdigest()[:10]}"
        taken.add(stem.lower())
        names.append(f"{stem}.toml")
    return names


def write_toml_tree(cards: Iterable[Card], directory: Path) -> None:
    """One file a card; the directory is made where it does not exist."""
    cards = list(cards)
    directory.mkdir(parents=True, exist_ok=True)
    for card, name in zip(cards, file_names(cards), strict=True):
        (directory / name).write_text(to_toml(card), encoding="utf-8", newline="\n")


def _table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    """Append the lines of a table; its sub-tables come after its own values, as TOML demands."""
    later: list[tuple[str, Any]] = []
    for key, value in table.items():
        # One line a finding: the table of findings holds inline tables only.
        if path[:1] != ("findings",) and (isinstance(value, Mapping) or _is_array_of_tables(value)):
            later.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in later:
        inner = (*path, key)
        name = ".".join(_key(step) for step in inner)
        if isinstance(value, Mapping):
            lines += ["", f"[{name}]"]
            _table(value, inner, lines)
        else:
            for item in value:
                lines += ["", f"[[{name}]]"]
                _table(item, inner, lines)


def _is_array_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    return repr(value)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but TOML also wants DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

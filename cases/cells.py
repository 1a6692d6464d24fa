r"""Several values in one CSV cell: ``fever; rlq_pain``.

A backslash makes the next character ordinary: ``\;`` inside a name, ``\ `` for a space at its edge.
Spaces around the values and empty values mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

FORMULA_LEADS = "=+-@\t\r"
"""A cell that starts with one of these is run as a formula by spreadsheet programs."""


def join_cell(values: Iterable[str], separator: str = ";") -> str:
    """The values as one cell; :func:`split_cell` gives them back unchanged."""
    joint = "; " if separator == ";" else separator
    return joint.join(_escape(value, separator) for value in values)


def split_cell(cell: str, separator: str = ";") -> list[str]:
    """The values of a cell, in order, without the empty ones."""
    if "\\" not in cell:  # Nearly always: ten thousand rows are half a million cells.
        return [value for part in cell.split(separator) if (value := part.strip())]
    values: list[list[tuple[str, bool]]] = [[]]
    escaped = False
    for character in cell:
        if escaped:
            values[-1].append((character, True))
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == separator:
            values.append([])
        else:
            values[-1].append((character, False))
    if escaped:
        values[-1].append(("\\", True))
    stripped = (_strip(value) for value in values)
    return [value for value in stripped if value]


def neutralise(cell: str) -> str:
    """The cell with a leading apostrophe where a spreadsheet would run it (catalogue 54)."""
    return "'" + cell if cell.startswith(tuple(FORMULA_LEADS + "'")) else cell


def restore(cell: str) -> str:
    """The inverse of :func:`neutralise`; any other cell is left as it is."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA_LEADS + "'" else cell


def _escape(value: str, separator: str) -> str:
    if "\\" not in value and separator not in value and value == value.strip():
        return value
    characters = ["\\" + c if c in ("\\", separator) else c for c in value]
    for edge in (0, -1):
        if characters and characters[edge].isspace():
            characters[edge] = "\\" + characters[edge]
    return "".join(characters)


def _strip(value: list[tuple[str, bool]]) -> str:
    start, end = 0, len(value)
    while start < end and value[start][0].isspace() and not value[start][1]:
        start += 1
    while end > start and value[end - 1][0].isspace() and not value[end - 1][1]:
        end -= 1
    return "".join(character for character, _ in value[start:end])

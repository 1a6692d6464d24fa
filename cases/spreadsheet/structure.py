"""What openpyxl's streaming reader does not tell of a sheet: merged and hidden cells, formulas, extent.

One pass of the XML parser that comes with Python; cell values are openpyxl's business (read.py).  The
extent is that of cells with content: a sheet whose million empty rows were once coloured is a small one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

MOST_CELLS = 3_000_000
"""Cells, empty ones that carry a format included: 50,000 rows of 60 columns."""
MOST_ROWS = 50_000
"""Rows with content."""
MOST_COLUMNS = 1_000
MOST_REPORTED = 200
"""Formulas, hidden rows or merged ranges whose places are kept."""

_TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_KINDS = {
    f"{namespace} {tag}": tag
    for namespace in (_TRANSITIONAL, STRICT)
    for tag in ("row", "c", "v", "f", "is", "col", "mergeCell")
}
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass
class Structure:
    """A sheet without its values; rows and columns are counted from 1."""

    last_row: int = 0
    """The last row with content; 0 in an empty sheet."""
    last_column: int = 0
    n_rows: int = 0
    """Rows with content."""
    n_cells: int = 0
    too_large: bool = False
    """Beyond one of the limits; the pass stopped there."""
    formulas: dict[tuple[int, int], bool] = field(default_factory=dict)
    """(row, column) to whether an empty value may be its result: only that of a formula that gives text."""
    hidden_rows: list[int] = field(default_factory=list)
    """With content; the first ``MOST_REPORTED``."""
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last of each run."""
    merged: list[str] = field(default_factory=list)
    """Ranges: ``A1:B2``."""


class _TooLarge(Exception):
    """No need to read on."""


def scan(source: IO[bytes]) -> Structure:
    """The structure of one sheet's XML, in one pass and bounded memory.

    Raises
    ------
    expat.ExpatError
        It is not XML.
    """
    walk = _Walk()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    try:
        parser.ParseFile(source)
    except _TooLarge:
        walk.structure.too_large = True
    return walk.structure


class _Walk:
    """Follows the elements; a cell has content once a value, a text or a formula stands in it."""

    def __init__(self) -> None:
        self.structure = Structure()
        self.row = self.column = 0
        self.row_is_hidden = self.row_has_content = False
        self.has_value = self.has_formula = self.is_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = _KINDS.get(name)
        if kind == "c":
            self.is_text = attributes.get("t") == "str"
            self._cell(attributes.get("r", ""))
        elif kind in ("v", "is"):
            self.has_value = True
        elif kind == "f":
            self.has_formula = True
        elif kind == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) <= 7 else self.row + 1
            self.column = 0
            self.row_is_hidden = attributes.get("hidden") in ("1", "true")
            self.row_has_content = False
        elif kind == "col":
            self._columns(attributes)
        elif kind == "mergeCell" and len(self.structure.merged) < MOST_REPORTED:
            self.structure.merged.append(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if _KINDS.get(name) == "c":
            if self.has_value or self.has_formula:
                self._content()
            self.has_value = self.has_formula = False

    def _cell(self, reference: str) -> None:
        structure = self.structure
        structure.n_cells += 1
        if structure.n_cells > MOST_CELLS:
            raise _TooLarge
        match = _REFERENCE.fullmatch(reference)
        self.column = column_number(match[1]) if match else self.column + 1

    def _content(self) -> None:
        structure = self.structure
        structure.last_row = max(structure.last_row, self.row)
        structure.last_column = max(structure.last_column, self.column)
        if structure.last_column > MOST_COLUMNS:
            raise _TooLarge
        if not self.row_has_content:
            self.row_has_content = True
            structure.n_rows += 1
            if structure.n_rows > MOST_ROWS:
                raise _TooLarge
            if self.row_is_hidden and len(structure.hidden_rows) < MOST_REPORTED:
                structure.hidden_rows.append(self.row)
        if self.has_formula:
            structure.formulas[self.row, self.column] = self.has_value and self.is_text

    def _columns(self, attributes: dict[str, str]) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if attributes.get("hidden") in ("1", "true") and first.isdecimal() and last.isdecimal():
            self.structure.hidden_columns.append((int(first), int(last)))


def column_number(letters: str) -> int:
    """``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 is ``A``, 27 is ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def runs(numbers: Iterable[int]) -> str:
    """Ascending numbers as people write them: ``3, 5–8``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)

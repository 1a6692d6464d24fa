"""One cell of a workbook as one text, and why it may not be one: 55 and 58 of the catalogue.

openpyxl gives a cell's value as text, number, truth value or date; a case is made of texts.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)
"""What Excel shows where a formula failed."""
LARGEST_EXACT = 10**15
"""Excel keeps 15 digits; the rest of a longer number (a SNOMED CT code, say) is already lost."""
LONGEST_TEXT = 32_767
"""Characters that Excel keeps in a cell."""
AS_TEXT = "format the column as Text and enter the value again"

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class CellText(NamedTuple):
    """A cell's text; or what was found instead."""

    text: str
    found: str = ""
    """Empty: the text is good."""
    code: str = ""
    expected: str = ""
    next_step: str = ""
    catalogue: int | None = None


def cell_text(value: object, column: str | None) -> CellText:
    """The text of one cell's value; ``column`` is that of :mod:`cases.tabular`."""
    if value is None:
        return CellText("")
    if isinstance(value, str):
        if value in ERRORS:
            return _refused(f"the error {value}", "E-CELL-ERROR", "a value", "mend the formula, or enter the value")
        return CellText(unescape(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, column)
    return _of_another_kind(value, column)


def _of_another_kind(value: object, column: str | None) -> CellText:
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        # The date itself is not shown: it may be somebody's date of birth.
        found = "a date or time, which a spreadsheet made of something else"
        return CellText("", found, "E-DATE", "text", AS_TEXT, 58)
    if isinstance(value, bool) and column == "pregnant":
        return CellText("yes" if value else "no")
    found = f"the truth value {str(value).upper()}" if isinstance(value, bool) else f"a {type(value).__name__}"
    return _refused(found, "E-CELL-TYPE", "text")


def _number(value: float, column: str | None) -> CellText:
    whole = float(value).is_integer() if isinstance(value, float) else True
    if abs(value) >= LARGEST_EXACT:
        found = f"a number of more than {len(str(LARGEST_EXACT)) - 1} digits, of which Excel has lost the last ones"
        return _refused(found, "E-CELL-TYPE", "text", AS_TEXT)
    if whole:
        return CellText(str(int(value)))
    if column in ("age", None):
        return CellText(repr(value))
    return _refused(f"the number {value:g}", "E-CELL-TYPE", "text", AS_TEXT)


def _refused(found: str, code: str, expected: str, next_step: str = "") -> CellText:
    return CellText("", found, code, expected, next_step)


def escape(text: str) -> str:
    """The text with what XML cannot hold as ``_x000D_``, which Excel shows as what it was (ECMA-376, ST_Xstring).

    So is the first character of a text that would be taken for a failed formula.
    """
    if text in ERRORS:
        return f"_x{ord(text[0]):04X}_{text[1:]}"
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def unescape(text: str) -> str:
    """The inverse of :func:`escape`, for files of any program."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)

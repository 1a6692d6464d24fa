"""From bytes to text: encodings are named, never guessed silently."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from model.errors import Problem, Severity

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an XLSX workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "a legacy or encrypted Excel file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
)


class Decoded(NamedTuple):
    """Text, and what was wrong with it or changed; ``text`` is None where it cannot be read."""

    text: str | None
    problems: tuple[Problem, ...] = ()


def decode(data: bytes, where: str, encoding: str | None = None, *, may_confirm: bool = True) -> Decoded:
    """Text of a file that should be UTF-8.

    ``encoding="windows-1252"`` is a person's confirmation of what an earlier refusal proposed
    (catalogue 43); nothing but UTF-8 is read without one.  ``may_confirm`` says whether the reader has
    such an option, so that nobody is sent to one that is not there.
    """
    foreign = _foreign(data, where)
    if foreign is not None:
        return Decoded(None, (foreign,))
    marks: tuple[Problem, ...] = ()
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        found = "a UTF-8 byte order mark"
        marks = (Problem("W-BOM", where, found, next_step="it was removed", severity=Severity.WARN, catalogue=41),)
        encoding = None
    try:
        return Decoded(data.decode(encoding or "utf-8"), marks)
    except LookupError:
        return Decoded(None, (_wrong_encoding(where, f"no encoding {encoding!r}"),))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{data[error.start]:02x}"
        if encoding is not None:
            return Decoded(None, (_wrong_encoding(f"{where} › line {line}", f"{byte}, which is not {encoding}"),))
        problem = Problem(
            "E-ENCODING",
            f"{where} › line {line}",
            f"{byte}, which is not UTF-8 (Windows-1252 by the look of it)",
            expected="UTF-8",
            next_step="save as UTF-8" + (", or confirm with --encoding windows-1252" if may_confirm else ""),
            catalogue=43,
        )
        return Decoded(None, (problem,))


def _foreign(data: bytes, where: str) -> Problem | None:
    """What says that these bytes are no UTF-8 text at all."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return _content_differs(where, kind)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _wrong_encoding(where, f"{name} text")
    if len(data) > 8 and data.count(b"\0") > len(data) // 4:
        return _wrong_encoding(where, "UTF-16 text without a byte order mark")
    return None


def _wrong_encoding(where: str, found: str) -> Problem:
    return Problem("E-ENCODING", where, found, expected="UTF-8", next_step="save the file as UTF-8", catalogue=28)


def _content_differs(where: str, kind: str) -> Problem:
    return Problem(
        "E-CONTENT",
        where,
        kind,
        expected="what the file name's ending says",
        next_step="rename the file, or save it in the format that its name says",
        catalogue=67,
    )

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


def decode(data: bytes, where: str, encoding: str | None = None) -> Decoded:
    """Text of a file that should be UTF-8.

    ``encoding="windows-1252"`` is a person's confirmation of what an earlier refusal proposed
    (catalogue 43); nothing but UTF-8 is read without one.
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return Decoded(None, (_content_differs(where, kind),))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(None, (_wrong_encoding(where, f"{name} text"),))
    if encoding is not None:
        try:
            return Decoded(data.decode(encoding))
        except (UnicodeDecodeError, LookupError) as error:
            return Decoded(None, (_wrong_encoding(where, f"text that is not {encoding} ({error})"),))
    marks: tuple[Problem, ...] = ()
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        marks = (
            Problem(
                "W-BOM",
                where,
                "a UTF-8 byte order mark",
                next_step="it was removed",
                severity=Severity.WARN,
                catalogue=41,
            ),
        )
    try:
        return Decoded(data.decode("utf-8"), marks)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if data.count(b"\0") > len(data) // 4:
            return Decoded(None, (_wrong_encoding(where, "UTF-16 text"),))
        problem = Problem(
            "E-ENCODING",
            f"{where} › line {line}",
            f"byte 0x{data[error.start]:02x}, which is not UTF-8 (Windows-1252 by the look of it)",
            expected="UTF-8",
            next_step="save as UTF-8, or confirm with --encoding windows-1252",
            catalogue=43,
        )
        return Decoded(None, (problem,))


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

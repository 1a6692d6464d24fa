"""Texts that people type into the desk: kept as they are, within limits."""

from __future__ import annotations

from model.errors import InputError

LONGEST = 10_000
"""Characters of a reason or comment."""


def clean_text(text: str, where: str, *, most: int = LONGEST, may_be_blank: bool = False) -> str:
    """The text without space at its edges.

    Raises
    ------
    InputError
        It is blank where it must not be, too long, or holds what no file can carry (NUL, half a character).
    """
    text = text.strip()
    if not text and not may_be_blank:
        raise InputError.single("E-BLANK", where, "nothing", expected="a few words")
    if len(text) > most:
        found = f"{len(text):,} characters"
        raise InputError.single("E-TOO-LONG", where, found, expected=f"at most {most:,}", catalogue=53)
    if "\x00" in text:
        raise InputError.single("E-NUL", where, "a NUL character", expected="text", catalogue=52)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError.single("E-ENCODING", where, "half a character", expected="text", catalogue=66) from None
    return text

"""The bytes of a file that somebody named, or plain words for why there are none."""

from __future__ import annotations

import stat
from pathlib import Path

from model.errors import InputError, Problem


def read_source(path: Path, expected: str = "a readable file") -> bytes:
    """The bytes of the regular file ``path``; a pipe or device, which may never end, is not opened.

    Raises
    ------
    InputError
        Nothing is there, it is no regular file, or it cannot be read.
    """
    problem = unreadable(path, str(path), expected)
    if problem is not None:
        raise InputError([problem])
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.single("E-FILE", str(path), _reason(error), expected=expected) from None


def unreadable(path: Path, where: str, expected: str) -> Problem | None:
    """The problem of what is not there or no regular file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        code = "E-NO-FILE" if isinstance(error, FileNotFoundError | NotADirectoryError) else "E-FILE"
        return Problem(code, where, "nothing there" if code == "E-NO-FILE" else _reason(error), expected=expected)
    if not stat.S_ISREG(mode):
        found = "a directory" if stat.S_ISDIR(mode) else "a pipe or device"
        return Problem("E-FILE", where, found, expected=expected)
    return None


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()

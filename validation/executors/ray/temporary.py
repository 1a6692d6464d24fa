"""A temporary directory for a Ray of our own; those of drivers that were killed are swept away, and no other."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "cvray-"
"""Of our temporary directories, and of nobody else's."""
UNHELD = f".{PREFIX}"
"""Of one that is not locked yet, and that nobody therefore takes for that of a dead driver."""
_OURS = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
LONGEST_TEMPORARY = 20
"""Characters of the place of temporary files: the names of Ray's sockets in it must stay below 108."""


@contextmanager
def short_directory() -> Iterator[Path]:
    """A temporary directory with a name that is short enough for sockets in it.

    It has its name only while its driver holds its lock, which the system lets go when the driver is gone,
    however it went.  So one of that name without a holder is a dead driver's: its Ray died with it.
    """
    usual = tempfile.gettempdir()
    parent = Path(usual if len(usual) <= LONGEST_TEMPORARY else "/tmp")
    _sweep(parent)
    unheld = Path(tempfile.mkdtemp(prefix=UNHELD, dir=parent))
    with _held(unheld):
        directory = unheld.rename(unheld.with_name(unheld.name[1:]))
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what dead drivers of this user have left."""
    for old in sorted(parent.glob(f"{PREFIX}*")):
        with suppress(OSError):  # gone meanwhile, not ours to open, or its driver lives
            if _OURS.fullmatch(old.name) and old.lstat().st_uid == os.geteuid():
                with _held(old):
                    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; OSError where another process does, or where it is a link."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)

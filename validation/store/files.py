"""Files that are either whole or not there: write to a temporary name, fsync, link, fsync the directory."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from model.errors import ClinvalError

TEMPORARY = ".tmp-"
"""Prefix of files that were never committed; swept away by the next writer."""

_WORDS = {
    errno.ENOENT: "it is not there; the same `clinval run` command computes again whatever is missing",
    errno.ENOSPC: "the disk is full; free some space and run the same command again: what is finished is kept",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EROFS: "the file system is read-only; choose another place with -o",
    errno.EACCES: "no permission to write there; choose another place with -o",
    errno.EPERM: "no permission to write there; choose another place with -o",
}


class StoreError(ClinvalError):
    """A run cannot be written or read; what was committed before is safe."""


class UnreadableManifest(StoreError):
    """A manifest is damaged; the shards beside it may well be whole."""


class DeterminismAlarm(StoreError):
    """Two computations of the same thing differ: the one fault that must never be papered over."""


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the operating system's errors on ``path`` into words."""
    try:
        yield
    except OSError as error:
        words = _WORDS.get(error.errno or 0, error.strerror or str(error))
        raise StoreError(f"E-STORE  {path}: {words}") from error


def commit_new(path: Path, data: bytes) -> None:
    """Create ``path`` with ``data``, whole or not at all.

    A file that is there already with the same bytes is left alone; with other bytes it is a
    :class:`DeterminismAlarm`, since the names of what is committed follow from what it means.
    """
    with explained(path):
        temporary = _write_temporary(path, data)
        try:
            _link(temporary, path)
        except FileExistsError:
            if path.read_bytes() != data:
                raise DeterminismAlarm(
                    f"E-DETERMINISM  {path}: computed again, the result differs from the file that is there; "
                    "keep both and report it"
                ) from None
        finally:
            temporary.unlink(missing_ok=True)
        _sync_directory(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Put ``data`` in place of whatever ``path`` held, in one step."""
    with explained(path):
        temporary = _write_temporary(path, data)
        temporary.replace(path)
        _sync_directory(path.parent)


def preflight(directory: Path, needed_bytes: int) -> None:
    """Find out before any work whether ``directory`` can take a run of about this size."""
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _write_temporary(directory / "preflight", b"clinval").unlink()
        free = shutil.disk_usage(directory).free
    if free < needed_bytes:
        raise StoreError(
            f"E-STORE  {directory}: {free / 2**20:.1f} MiB are free and this run needs about "
            f"{needed_bytes / 2**20:.1f} MiB; free some space or choose another place with -o"
        )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_temporary(path: Path, data: bytes) -> Path:
    """``data`` on disk beside ``path`` under a name that counts for nothing; removed if that fails."""
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _link(temporary: Path, path: Path) -> None:
    """Give the file its name; FileExistsError where that is taken."""
    try:
        os.link(temporary, path)
    except OSError as error:
        # Some network and FUSE file systems have no hard links; the lock keeps other writers out.
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise
        if path.exists():
            raise FileExistsError from None
        temporary.rename(path)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

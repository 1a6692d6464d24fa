"""Reading files that may be hostile: symlinks, archives, pickles, sizes.  Nothing is executed."""

from __future__ import annotations

import zlib
from pathlib import Path

from .report import Report

MAX_TOML_BYTES = 16 << 20
MAX_TABLE_BYTES = 64 << 20
"""Of a BIF or XMLBIF file, unpacked."""

PICKLE_SUFFIXES = frozenset({".pkl", ".pickle", ".joblib", ".p", ".dill", ".cloudpickle", ".npy", ".npz", ".pt"})
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".whl", ".jar"})
_ARCHIVE_MAGIC = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
_GZIP_MAGIC = b"\x1f\x8b"
_TAR_MAGIC = b"ustar"
_NEWEST_PICKLE = 5


def printable(name: str) -> str:
    """A file's name for a message: bytes that are not UTF-8 (lone surrogates) as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def refuse_unsafe(path: Path, root: Path, where: str, report: Report) -> bool:
    """Whether ``path`` (inside ``root``) must not be read, by its name or its place.

    Pickles run code when they are loaded; archives can write outside their folder.  Neither is ever
    opened: a network is text.
    """
    before = report.rejections
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if suffixes & PICKLE_SUFFIXES:
        _refuse_pickle(where, report)
    elif suffixes & ARCHIVE_SUFFIXES:
        _refuse_archive(where, report)
    elif _leads_out(path, root):
        found = "a symbolic link that leads out of the network's directory"
        step = "copy the file into the directory"
        report.reject("SYMLINK", where, found, "a file", next_step=step, catalogue=36)
    return report.rejections > before


def _leads_out(path: Path, root: Path) -> bool:
    if not path.is_symlink():
        return False
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True  # a loop of links leads nowhere


def _refuse_content(data: bytes, where: str, report: Report) -> bool:
    """Whether bytes are those of a pickle or an archive, whatever the file is called."""
    # Pickle protocols 2 and up begin with 0x80 and their number; UTF-8 text cannot.
    if len(data) > 1 and data[0] == 0x80 and data[1] <= _NEWEST_PICKLE:
        _refuse_pickle(where, report)
        return True
    if data.startswith(_ARCHIVE_MAGIC) or data[257:262] == _TAR_MAGIC:
        _refuse_archive(where, report)
        return True
    return False


def _refuse_pickle(where: str, report: Report) -> None:
    report.reject(
        "PICKLE",
        where,
        "a pickle or another format that can run code when it is loaded",
        "TOML, BIF or XMLBIF",
        next_step="export the network from where it was made: pgmpy's BIFWriter does it",
        catalogue=35,
    )


def _refuse_archive(where: str, report: Report) -> None:
    expected = "a directory or a BIF or XMLBIF file"
    report.reject("ARCHIVE", where, "an archive", expected, next_step="unpack it first", catalogue=36)


def read_bytes(path: Path, root: Path, where: str, report: Report, limit: int = MAX_TOML_BYTES) -> bytes | None:
    """The bytes of a file, unpacked where its name ends in ``.gz``; None with a problem if refused.

    The size is checked before anything is allocated, and again while unpacking.
    """
    if refuse_unsafe(path, root, where, report):
        return None
    data = _read(path, where, report, limit)
    if data is not None and data.startswith(_GZIP_MAGIC):
        data = _unpack(data, where, report, limit)
    return None if data is None or _refuse_content(data, where, report) else data


def _read(path: Path, where: str, report: Report, limit: int) -> bytes | None:
    try:
        if path.is_file():
            if path.stat().st_size <= limit:
                return path.read_bytes()
            _refuse_size(where, limit, report)
        else:
            found = "a device, pipe or directory" if path.exists() else "no such file"
            report.reject("FILE", where, found, "a readable file")
    except OSError as error:
        report.reject("FILE", where, (error.strerror or type(error).__name__).lower(), "a readable file")
    return None


def _unpack(data: bytes, where: str, report: Report, limit: int) -> bytes | None:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        report.reject("GZIP", where, f"a damaged gzip file ({error})", "a complete one", catalogue=15)
        return None
    if len(text) > limit:
        _refuse_size(where, limit, report)
    elif not unpacker.eof:
        report.reject("GZIP", where, "a truncated gzip file", "a complete one", catalogue=15)
    elif unpacker.unused_data:
        report.reject("GZIP", where, "bytes after the end of the gzip stream", "nothing there", catalogue=16)
    else:
        return text
    return None


def _refuse_size(where: str, limit: int, report: Report) -> None:
    report.reject("FILE-SIZE", where, "a larger file", f"at most {limit >> 20} MiB", catalogue=30)

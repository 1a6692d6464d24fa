"""Reading files that may be hostile: symlinks, archives, pickles, sizes.  Nothing is executed."""

from __future__ import annotations

import zlib
from pathlib import Path

from .report import Report

MAX_TOML_BYTES = 16 << 20
MAX_TABLE_BYTES = 256 << 20
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


def printable(name: str) -> str:
    """A file's name for a message: bytes that are not UTF-8 (lone surrogates) as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def refuse_unsafe(path: Path, root: Path, where: str, report: Report, head: bytes | None = None) -> bool:
    """Whether ``path`` (inside ``root``) must not be read, by its name, place or first bytes.

    Pickles run code when they are loaded; archives can write outside their folder.  Neither is ever
    opened: a network is text.
    """
    name = path.name.lower()
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if suffixes & PICKLE_SUFFIXES:
        _refuse_pickle(where, report)
        return True
    if suffixes & ARCHIVE_SUFFIXES or name.endswith((".toml.gz", ".tar.gz")):
        _refuse_archive(where, "an archive", report)
        return True
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        report.reject(
            "SYMLINK",
            where,
            "a symbolic link that leads out of the network's directory",
            "a file",
            next_step="copy the file into the directory",
            catalogue=36,
        )
        return True
    if head is None:
        return False
    # Protocols 2 and up begin with 0x80 and their number; 0 and 1 with an opcode and end with '.'.
    if len(head) > 1 and head[0] == 0x80 and head[1] <= 5:
        _refuse_pickle(where, report)
        return True
    if head.startswith(_ARCHIVE_MAGIC) or head[257:262] == _TAR_MAGIC:
        _refuse_archive(where, "an archive", report)
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


def _refuse_archive(where: str, what: str, report: Report) -> None:
    report.reject(
        "ARCHIVE", where, what, "a directory or a BIF or XMLBIF file", next_step="unpack it first", catalogue=36
    )


def read_bytes(path: Path, root: Path, where: str, report: Report, limit: int = MAX_TOML_BYTES) -> bytes | None:
    """The bytes of a file, unpacked where its name ends in ``.gz``; None with a problem if refused.

    The size is checked before anything is allocated, and again while unpacking.
    """
    if refuse_unsafe(path, root, where, report):
        return None
    try:
        if not path.is_file():
            found = "a device, pipe or directory" if path.exists() else "no such file"
            report.reject("FILE", where, found, "a readable file")
            return None
        if path.stat().st_size > limit:
            _refuse_size(where, limit, report)
            return None
        data = path.read_bytes()
    except OSError as error:
        report.reject("FILE", where, (error.strerror or type(error).__name__).lower(), "a readable file")
        return None
    if refuse_unsafe(path, root, where, report, head=data[:512]):
        return None
    if data.startswith(_GZIP_MAGIC):
        return _unpack(data, where, report, limit)
    return data


def _unpack(data: bytes, where: str, report: Report, limit: int) -> bytes | None:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        report.reject("GZIP", where, f"a damaged gzip file ({error})", "a complete one", catalogue=15)
        return None
    if len(text) > limit:
        _refuse_size(where, limit, report)
        return None
    if not unpacker.eof:
        report.reject("GZIP", where, "a truncated gzip file", "a complete one", catalogue=15)
        return None
    if unpacker.unused_data:
        report.reject("GZIP", where, "bytes after the end of the gzip stream", "nothing there", catalogue=16)
        return None
    if text[257:262] == _TAR_MAGIC:
        _refuse_archive(where, "a tar archive", report)
        return None
    return text


def _refuse_size(where: str, limit: int, report: Report) -> None:
    report.reject("FILE-SIZE", where, "a larger file", f"at most {limit >> 20} MiB", catalogue=30)

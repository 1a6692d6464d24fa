"""Names of files for ids, and the places that messages point at."""

from __future__ import annotations

import hashlib
import re

_FILE_STEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def file_stem(identifier: str) -> str:
    """A file name for an id: the id itself where that is safe, else a readable part and a hash."""
    if _FILE_STEM.fullmatch(identifier):
        return identifier
    readable = re.sub(r"[^a-z0-9]+", "_", identifier.lower()).strip("_")[:60]
    return f"{readable or 'condition'}-{hashlib.sha256(identifier.encode()).hexdigest()[:8]}"


def condition_place(where: str, identifier: str) -> str:
    """The file of a condition, as messages name it."""
    return f"{where}/conditions/{file_stem(identifier)}.toml"


def some(names: list[str], most: int = 10) -> str:
    """The first names, and how many more there are."""
    listed = ", ".join(names[:most])
    return listed if len(names) <= most else f"{listed} and {len(names) - most} more"

"""Addresses of object stores, told from paths; apart, since command lines need it and little else."""

from __future__ import annotations

import re
from pathlib import Path

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/+(.*)", re.DOTALL)


def address_of(place: str | Path) -> str | None:
    """The address that ``place`` is, None where it is a path.

    A ``Path`` that was made of one has lost a slash; it is found again.
    """
    found = _ADDRESS.fullmatch(str(place))
    return None if found is None else f"{found[1]}://{found[2]}"

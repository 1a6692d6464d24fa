"""One file at a place that may be a directory or an address of an object store."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from ..addresses import address_of
from .files import explained, replace_file
from .objects import Objects, printable, recorded


def put_below(place: str | Path, name: str, data: bytes) -> Path:
    """Put ``data`` in place of what ``name`` below ``place`` held, in one step; what to call it.

    Raises
    ------
    InputError
        Nothing here speaks to such an address.
    StoreError
        There is no room, or no permission.
    """
    address = address_of(place)
    if address is None:
        path = Path(place, name)
        with explained(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    else:
        Objects(address).put(name, data)
    return named_below(place, name)


def named_below(place: str | Path, name: str) -> Path:
    """Where ``name`` below ``place`` is; in an address, before its options."""
    address = address_of(place)
    if address is None:
        return Path(place, name)
    path, mark, options = address.partition("?")
    return Path(f"{path.rstrip('/')}/{name}{mark}{options}")


def shown(place: str | Path) -> str:
    """For people: an address without its options."""
    address = address_of(place)
    return str(place) if address is None else printable(address)


def argument(place: str | Path) -> str:
    """For a command line: an address without its keys."""
    address = address_of(place)
    return quote(str(place) if address is None else recorded(address))

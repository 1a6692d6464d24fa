"""Models and cases at addresses of object stores: fetched whole, once, into a directory that goes away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from model.errors import InputError

from ..addresses import address_of
from .files import StoreError, explained
from .objects import Object, Objects, recorded

AT_ONCE = 16
"""Requests at the same time."""


@contextmanager
def at_hand(place: str | Path) -> Iterator[Path]:
    """``place`` itself, or where it is an address, a copy of the directory or file there, under its name.

    What is read from the copy has the digests that it has anywhere else, so a run's key and results are
    those of the same input on a disk, and its plan records them.

    Raises
    ------
    InputError
        Nothing here speaks to such an address, or nothing is there.
    StoreError
        It cannot be read, or there is no room for it.
    """
    address = address_of(place)
    if address is None:
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="clinval-input-") as directory:
        yield _fetch(Objects(address), Path(directory))


def name_of(place: str | Path) -> str:
    """What a record calls ``place``: an address without its keys, or the path."""
    address = address_of(place)
    return str(place) if address is None else recorded(address)


def _fetch(objects: Objects, into: Path) -> Path:
    """The copy of what is there: of one object, or of all that are below it."""
    place = PurePosixPath(objects.address)
    one = objects.above.find(place.name)
    wanted = [one] if one is not None else objects.list()
    if not wanted:
        raise InputError.single(
            "E-ADDRESS", objects.address, "nothing there", expected="a directory or a file",
            next_step="is it spelt rightly, and may these credentials list it?",
        )  # fmt: skip
    source, root = (objects.above, into) if one is not None else (objects, into / place.name)
    for each in wanted:
        if not _is_below(each.name):
            raise InputError.single(
                "E-ADDRESS-NAME", objects.address, repr(each.name[:80]), expected="names without .. or empty parts"
            )
    needed, free = sum(each.size for each in wanted), shutil.disk_usage(into).free
    if needed > free:
        raise StoreError(
            f"E-STORE  {into}: {free / 2**20:.1f} MiB are free and {objects.address} has {needed / 2**20:.1f} MiB; "
            "free some space, or set TMPDIR to another place"
        )
    with ThreadPoolExecutor(AT_ONCE, "clinval-input") as pool:
        list(pool.map(lambda each: _copy(source, each, root), wanted))
    return into / place.name


def _copy(source: Objects, found: Object, root: Path) -> None:
    data = source.read(found.name)
    if data is None or len(data) != found.size:
        raise StoreError(
            f"E-STORE  {source.address}/{found.name}: changed while it was being read; run the same command again"
        )
    path = root / found.name
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _is_below(name: str) -> bool:
    """Whether an object of this name can be a file below a directory, and nowhere else."""
    return "\0" not in name and not {"", ".", ".."} & set(name.split("/"))

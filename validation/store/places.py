"""Where all runs are: a directory, or an address of an object store; one face for both."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..addresses import address_of
from .directory import RunDirectory
from .files import preflight, replace_file
from .objects import Objects
from .remote import RemoteRunDirectory, cache_of

LATEST = "latest"
"""The file beside all runs that names the last one."""


class Place(Protocol):
    """Runs beside one another, each under its name."""

    def run(self, name: str) -> RunDirectory:
        """The run of that name, there or not."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is anything under that name."""
        ...

    def preflight(self, name: str, needed_bytes: int) -> None:
        """Find out before any work whether a run of about this size can be written."""
        ...

    def remember(self, name: str) -> None:
        """Note which run was the last."""
        ...


def place_of(runs: str | Path) -> Place:
    """The place that is meant by a path or an address.

    Raises
    ------
    InputError
        Nothing here speaks to such an address.
    """
    address = address_of(runs)
    return LocalPlace(Path(runs)) if address is None else RemotePlace(address)


def next_free(place: Place, name: str) -> str:
    """``name-2``, or the first number after it that is free."""
    number = 2
    while place.has(f"{name}-{number}"):
        number += 1
    return f"{name}-{number}"


class LocalPlace:
    """A directory on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, name: str) -> RunDirectory:
        return RunDirectory(self.path / name)

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def preflight(self, name: str, needed_bytes: int) -> None:
        preflight(self.path / name, needed_bytes)

    def remember(self, name: str) -> None:
        replace_file(self.path / LATEST, f"{name}\n".encode())


class RemotePlace:
    """An address, and the copy of it on this machine."""

    def __init__(self, address: str) -> None:
        self._objects = Objects(address)
        self._cache = cache_of(address)

    def run(self, name: str) -> RemoteRunDirectory:
        directory = RemoteRunDirectory(self._cache / name, self._objects.below(name))
        directory.fetch()
        return directory

    def has(self, name: str) -> bool:
        return bool(self._objects.below(name).list())

    def preflight(self, name: str, needed_bytes: int) -> None:
        preflight(self._cache / name, needed_bytes)
        probe = f"{name}/preflight"
        self._objects.put(probe, b"clinval")
        self._objects.delete(probe)

    def remember(self, name: str) -> None:
        self._objects.put(LATEST, f"{name}\n".encode())


def copy_of(path: str | Path) -> Path:
    """``path`` itself, or where it is an address, a copy of the run there (the latest, of a place of runs).

    Raises
    ------
    InputError
        Nothing here speaks to such an address.
    StoreError
        It cannot be read.
    """
    address = address_of(path)
    if address is None:
        return Path(path)
    objects = Objects(address)
    latest = objects.read(LATEST)
    name = "" if latest is None else latest.decode("utf-8", "replace").strip()
    if not name or Path(name).name != name or not name.isprintable():
        directory = RemoteRunDirectory(cache_of(address), objects)
    else:
        directory = RemoteRunDirectory(cache_of(address) / name, objects.below(name))
    directory.fetch()
    return directory.path

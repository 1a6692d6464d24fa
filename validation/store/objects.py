"""Objects at an address that pyarrow speaks to (``s3://bucket/prefix``, ``gs://…``): whole or not there.

An upload becomes visible when it is complete, in one step, and a read or a list that begins after that
sees it: so say S3 and Google Cloud Storage.  Temporary names are not needed, then, and no rename, which
object stores do not have.  What they offer against two writers, a conditional put, pyarrow does not: a
name is only ever written with one content here (it holds the content's hash), or by the one writer who
holds the lease (:mod:`.lease`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from model.errors import InputError

from .files import StoreError

IO_THREADS = 32
"""Of pyarrow, whose eight are too few where every request waits for an answer."""


HARMLESS = ("endpoint_override", "region", "scheme")
"""Options of an address that are no secrets."""


class Object(NamedTuple):
    """What is known of an object without reading it."""

    name: str
    """Below the address."""
    size: int
    written: float
    """When, in seconds by the server's clock."""


def printable(address: str) -> str:
    """An address without its options and keys."""
    return re.sub("//[^/]*@", "//", address.partition("?")[0]).rstrip("/")


def recorded(address: str) -> str:
    """The same with the options that say where it is: enough to find it again, and still no secret."""
    options = [one for one in address.partition("?")[2].split("&") if one.partition("=")[0] in HARMLESS]
    return printable(address) + ("?" + "&".join(options) if options else "")


class Objects:
    """All objects below an ``address``; what may follow a ``?`` are options, as
    ``s3://bucket/prefix?endpoint_override=localhost:9000&scheme=http&region=eu-central-1``.

    Raises
    ------
    InputError
        Nothing here speaks to such an address.
    """

    def __init__(self, address: str) -> None:
        import pyarrow as pa
        from pyarrow import fs

        self.address = printable(address)
        """Without its options and keys: fit to be printed."""
        if address.startswith("s3:"):  # one request for a small object, instead of three
            address += ("&" if "?" in address else "?") + "allow_delayed_open=true"
        pa.set_io_thread_count(max(IO_THREADS, pa.io_thread_count()))
        try:
            if address.startswith("file:"):
                raise ValueError("a directory of this machine; it is written without file://")
            self._system, prefix = fs.FileSystem.from_uri(address)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise InputError.single(
                "E-ADDRESS", self.address, " ".join(str(error).replace(address, self.address).split())[:200],
                expected="an address such as s3://bucket/prefix or gs://bucket/prefix, or a directory",
            ) from error  # fmt: skip
        self._prefix = prefix.rstrip("/")

    def below(self, name: str) -> Objects:
        """Those whose names begin with ``name/``."""
        made = object.__new__(Objects)
        made.address, made._prefix, made._system = f"{self.address}/{name}", f"{self._prefix}/{name}", self._system
        return made

    @property
    def above(self) -> Objects:
        """Those of the place that this one is in."""
        made = object.__new__(Objects)
        made.address, made._prefix = (text.rpartition("/")[0] for text in (self.address, self._prefix))
        made._system = self._system
        return made

    def find(self, name: str) -> Object | None:
        """What is known of the object of this very name; None where there is none."""
        from pyarrow import fs

        with self._explained(name):
            info: Any = self._system.get_file_info(f"{self._prefix}/{name}")
        return Object(name, info.size, info.mtime_ns / 1e9) if info.type == fs.FileType.File else None

    def read(self, name: str) -> bytes | None:
        """The whole object, None where there is none."""
        with self._explained(name):
            try:
                with self._system.open_input_stream(f"{self._prefix}/{name}") as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def put(self, name: str, data: bytes) -> None:
        """Write the object in one step, in place of what had its name."""
        with self._explained(name):
            stream = self._system.open_output_stream(f"{self._prefix}/{name}")
            stream.write(data)
            stream.close()  # not in a ``finally``: closing is what makes it visible, and it must be whole

    def delete(self, name: str) -> None:
        """Remove the object, if it is there."""
        with self._explained(name):
            try:
                self._system.delete_file(f"{self._prefix}/{name}")
            except FileNotFoundError:
                return

    def list(self) -> list[Object]:
        """All objects, by name."""
        from pyarrow import fs

        with self._explained(""):
            infos: list[Any] = self._system.get_file_info(
                fs.FileSelector(self._prefix, recursive=True, allow_not_found=True)
            )
        start = len(self._prefix) + 1
        found = [Object(i.path[start:], i.size, i.mtime_ns / 1e9) for i in infos if i.type == fs.FileType.File]
        return sorted(found)

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except (OSError, pa.ArrowException) as error:
            words = " ".join(str(error).split())[:300]
            raise StoreError(
                f"E-STORE  {self.address}/{name}: {words}; what was committed is safe: run the same command again"
            ) from error

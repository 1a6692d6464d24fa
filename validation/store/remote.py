"""A run at an address: every file is committed here and there, and what is there is what counts.

The directory on this machine is a copy in which everything that reads runs finds its files; it is kept
below ``~/.cache/clinval`` (or ``$XDG_CACHE_HOME/clinval``) and may be thrown away at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .directory import DESCRIPTION, INVOCATION, MANIFEST, PARTIAL, RunDirectory, ShardFile
from .files import StoreError, replace_file
from .lease import Lease
from .manifest import Manifest, Plan
from .objects import Objects

AT_ONCE = 16
"""Requests at the same time: one takes tens of milliseconds, nearly all of it waiting."""
RECORDS = (*DESCRIPTION, MANIFEST, PARTIAL, INVOCATION)


def cache_of(address: str) -> Path:
    """Where the copy of what is at ``address`` is kept on this machine."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "clinval" / hashlib.sha256(address.encode()).hexdigest()[:16]


class RemoteRunDirectory(RunDirectory):
    """One run below ``objects``; ``path`` is the copy.

    A commit is acknowledged when the object store has the file, and the same holds of it as on a disk:
    whole or not there, and never another content under the same name.
    """

    at_once = AT_ONCE

    def __init__(self, path: Path, objects: Objects) -> None:
        super().__init__(path)
        self.objects = objects
        self._lease: Lease | None = None

    @property
    def where(self) -> str:
        return self.objects.address

    def fetch(self) -> None:
        """Make the copy what is there; shards that are only here were not acknowledged, and stay."""
        there = {found.name for found in self.objects.list() if not found.name.startswith("lock/")}
        self.shards.mkdir(parents=True, exist_ok=True)
        wanted = [name for name in sorted(there) if name in RECORDS or name.startswith("shards/")]
        with ThreadPoolExecutor(AT_ONCE, "clinval-fetch") as pool:
            list(pool.map(self._fetch, wanted))
        for name in RECORDS:
            if name not in there:
                (self.path / name).unlink(missing_ok=True)

    def _fetch(self, name: str) -> None:
        data = self.objects.read(name)
        if data is not None:
            replace_file(self.path / name, data)

    def lock(self) -> None:
        super().lock()
        lease = Lease(self.objects)
        try:
            lease.acquire()
        except BaseException:
            super().unlock()
            raise
        self._lease = lease
        self.fetch()

    def unlock(self) -> None:
        lease, self._lease = self._lease, None
        try:
            if lease is not None:
                lease.release()
        finally:
            super().unlock()

    def begin(self, plan: Plan, cases: bytes, model: bytes) -> None:
        super().begin(plan, cases, model)
        for name in DESCRIPTION:
            self._send(name)
        self.objects.delete(INVOCATION)

    def commit_shard(self, data: bytes, case_ids: Sequence[str]) -> ShardFile:
        shard = super().commit_shard(data, case_ids)
        self.objects.put(f"shards/{shard.name}", data)
        return shard

    def whole_shards(self) -> list[ShardFile]:
        shards = super().whole_shards()
        there = {found.name for found in self.objects.below("shards").list()}
        for shard in shards:
            if shard.name not in there:  # the last upload of a writer that died
                self._send(f"shards/{shard.name}")
        return shards

    def _set_aside(self, path: Path) -> None:
        name = path.relative_to(self.path).as_posix()
        self.objects.put(f"quarantine/{path.name}", path.read_bytes())
        self.objects.delete(name)
        super()._set_aside(path)

    def note_invocation(self, plan: Plan, recorded: Plan) -> None:
        super().note_invocation(plan, recorded)
        if (self.path / INVOCATION).exists():
            self._send(INVOCATION)
        else:
            self.objects.delete(INVOCATION)

    def finish(self, manifest: Manifest) -> None:
        if self._lease is None:
            raise StoreError(f"E-STORE  {self.where}: a manifest is written only by who holds the lease")
        self._lease.insist()
        super().finish(manifest)
        self._send(MANIFEST if manifest.status == "complete" else PARTIAL)
        if manifest.status == "complete":
            self.objects.delete(PARTIAL)

    def _send(self, name: str) -> None:
        self.objects.put(name, (self.path / name).read_bytes())

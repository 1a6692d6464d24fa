"""One run's directory: a single writer, shards that are whole or not there, nothing trusted unhashed."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..arrow import to_numpy
from .digests import cases_key
from .files import TEMPORARY, StoreError, commit_new, explained, replace_file, sha256
from .manifest import Manifest, Plan

PLAN, MANIFEST, PARTIAL, CASES, MODEL, LOCK = (
    "plan.json",
    "manifest.json",
    "partial.json",
    "cases.parquet",
    "model.json",
    "lock",
)
_SHARD = re.compile(r"[0-9a-f]{12}-([0-9a-f]{64})\.parquet")


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A shard that is committed and whose bytes match its name."""

    name: str
    sha256: str
    case_ids: tuple[str, ...]


class RunDirectory:
    """The directory of one run; reading needs no lock, since what is committed never changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self.n_quarantined = 0

    @property
    def shards(self) -> Path:
        return self.path / "shards"

    def lock(self) -> None:
        """Become the writer, and sweep away what an earlier one left unfinished.

        The lock belongs to the process: it is gone when the process is, however that ended.
        """
        with explained(self.path):
            self.shards.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.unlock()
                raise StoreError(
                    f"E-RUN-LOCKED  {self.path}: another process is writing this very run; wait for it, "
                    "or choose another place with -o"
                ) from None
            for directory in (self.path, self.shards):
                for leftover in sorted(directory.glob(f"{TEMPORARY}*")):
                    leftover.unlink(missing_ok=True)

    def unlock(self) -> None:
        """Let another writer in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def begin(self, plan: Plan, cases: bytes, model: bytes) -> None:
        """Write what is to be run; the key says that it is what was begun here, if anything was."""
        for name, data in ((PLAN, plan.to_bytes()), (CASES, cases), (MODEL, model)):
            replace_file(self.path / name, data)

    def file_hashes(self) -> dict[str, str]:
        """SHA-256 of the files that describe the run."""
        with explained(self.path):
            return {name: sha256((self.path / name).read_bytes()) for name in (PLAN, CASES, MODEL)}

    def commit_shard(self, data: bytes, case_ids: Sequence[str]) -> ShardFile:
        """Write the Parquet file of a replayed shard; its name says which cases, and which bytes."""
        digest = sha256(data)
        name = f"{cases_key((case_id, '') for case_id in case_ids)[:12]}-{digest}.parquet"
        commit_new(self.shards / name, data)
        return ShardFile(name, digest, tuple(case_ids))

    def whole_shards(self) -> list[ShardFile]:
        """Every committed shard whose bytes match its name; the others are set aside, to be redone."""
        found = []
        for path in sorted(self.shards.glob("*.parquet")):
            named = _SHARD.fullmatch(path.name)
            data = path.read_bytes()
            if named is None or sha256(data) != named[1]:
                self._quarantine(path)
                continue
            ids = to_numpy(read_parquet(data, ["case_id"])["case_id"]).tolist()
            found.append(ShardFile(path.name, named[1], tuple(ids)))
        return found

    def _quarantine(self, path: Path) -> None:
        with explained(path):
            aside = self.path / "quarantine"
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)
            self.n_quarantined += 1

    def read_shards(self, names: Sequence[str], columns: Sequence[str] | None = None) -> pa.Table | None:
        """The rows of these shards, None where there is no shard; page checksums are verified."""
        tables = [read_parquet((self.shards / name).read_bytes(), columns) for name in names]
        return pa.concat_tables(tables) if tables else None

    def read_manifest(self) -> Manifest | None:
        """The manifest of a finished run, or of one that was interrupted; None where neither is there."""
        for name in (MANIFEST, PARTIAL):
            path = self.path / name
            if path.exists():
                return Manifest.model_validate_json(path.read_bytes())
        return None

    @property
    def is_complete(self) -> bool:
        return (self.path / MANIFEST).exists()

    def is_intact(self, manifest: Manifest) -> bool:
        """Whether every byte of a finished run is still what its manifest says."""
        expected = {f"shards/{shard.name}": shard.sha256 for shard in manifest.shards} | manifest.files
        try:
            return all(sha256((self.path / name).read_bytes()) == digest for name, digest in expected.items())
        except OSError:
            return False

    def reopen(self) -> None:
        """Make a finished run that was damaged afterwards an unfinished one: its manifest goes aside."""
        with explained(self.path):
            aside = self.path / "quarantine"
            aside.mkdir(exist_ok=True)
            (self.path / MANIFEST).replace(aside / MANIFEST)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: the run is finished, or interrupted in good order."""
        if manifest.status == "complete":
            commit_new(self.path / MANIFEST, manifest.to_bytes())
            (self.path / PARTIAL).unlink(missing_ok=True)
        else:
            replace_file(self.path / PARTIAL, manifest.to_bytes())


def parquet_bytes(table: pa.Table) -> bytes:
    """``table`` as Parquet: page checksums on, since Parquet alone misses most flipped bits."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return bytes(memoryview(sink.getvalue()))


def read_parquet(data: bytes, columns: Sequence[str] | None = None) -> Any:
    """The table in these bytes; damaged pages are a :class:`StoreError`."""
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        return file.read(columns=None if columns is None else list(columns))
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"E-STORE  a Parquet file is damaged: {error}") from error

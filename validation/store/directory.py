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
from .files import TEMPORARY, StoreError, UnreadableManifest, commit_new, explained, replace_file, sha256
from .manifest import Invocation, Manifest, Plan

PLAN, MANIFEST, PARTIAL, CASES, MODEL, LOCK, INVOCATION = (
    "plan.json",
    "manifest.json",
    "partial.json",
    "cases.parquet",
    "model.json",
    "lock",
    "invocation.json",
)
DESCRIPTION = (PLAN, CASES, MODEL)
"""The files whose hashes a manifest holds beside the shards'."""
_SHARD = re.compile(r"[0-9a-f]{12}-([0-9a-f]{64})\.parquet")


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A shard that is committed and whose bytes match its name."""

    name: str
    sha256: str
    case_ids: tuple[str, ...]


class RunDirectory:
    """The directory of one run; reading needs no lock, since what is committed never changes."""

    at_once = 1
    """Shards that are worth committing at the same time: a disk takes less than a millisecond for one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self.n_quarantined = 0

    @property
    def where(self) -> str:
        """What a person calls it."""
        return str(self.path)

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
        for name, data in zip(DESCRIPTION, (plan.to_bytes(), cases, model), strict=True):
            replace_file(self.path / name, data)
        (self.path / INVOCATION).unlink(missing_ok=True)

    def file_hashes(self) -> dict[str, str]:
        """SHA-256 of the files that describe the run."""
        with explained(self.path):
            return {name: sha256((self.path / name).read_bytes()) for name in DESCRIPTION}

    def commit_shard(self, data: bytes, case_ids: Sequence[str]) -> ShardFile:
        """Write the Parquet file of a replayed shard; its name says which cases, and which bytes."""
        digest = sha256(data)
        name = shard_name(case_ids, digest)
        commit_new(self.shards / name, data)
        return ShardFile(name, digest, tuple(case_ids))

    def whole_shards(self) -> list[ShardFile]:
        """Every committed shard whose bytes match its name; the others are set aside, to be redone."""
        found = []
        for path in sorted(self.shards.glob("*.parquet")):
            named = _SHARD.fullmatch(path.name)
            with explained(path):
                data = path.read_bytes()
            if named is None or sha256(data) != named[1]:
                self._set_aside(path)
                self.n_quarantined += 1
                continue
            ids = to_numpy(read_parquet(data, ["case_id"])["case_id"]).tolist()
            found.append(ShardFile(path.name, named[1], tuple(ids)))
        return found

    def _set_aside(self, path: Path) -> None:
        with explained(path):
            aside = self.path / "quarantine"
            aside.mkdir(exist_ok=True)
            path.replace(aside / path.name)

    def read_shards(self, names: Sequence[str], columns: Sequence[str] | None = None) -> pa.Table | None:
        """The rows of these shards, None where there is no shard; page checksums are verified."""
        tables = []
        for name in names:
            with explained(self.shards / name):
                data = (self.shards / name).read_bytes()
            tables.append(read_parquet(data, columns, name))
        try:
            return pa.concat_tables(tables) if tables else None
        except pa.ArrowException as error:
            raise StoreError(f"E-STORE  {self.shards}: the shards have different columns: {error}") from error

    def read_manifest(self) -> Manifest | None:
        """The manifest of a finished run, or of one that was interrupted; None where neither is there.

        Raises
        ------
        UnreadableManifest
            There is one, and it is damaged.
        """
        for name in (MANIFEST, PARTIAL):
            path = self.path / name
            try:
                if path.exists():
                    return Manifest.model_validate_json(path.read_bytes())
            except (OSError, ValueError) as error:  # pydantic's ValidationError is a ValueError
                why = error.strerror if isinstance(error, OSError) else "is no manifest; cut short or overwritten?"
                raise UnreadableManifest(
                    f"E-MANIFEST  {path}: {why}; the same `clinval run` sets it aside and goes on from the shards"
                ) from error
        return None

    def set_manifests_aside(self) -> None:
        """Make the run an unfinished one, whatever its manifests said: they go to the quarantine."""
        for name in (MANIFEST, PARTIAL):
            if (self.path / name).exists():
                self._set_aside(self.path / name)

    def read_invocation(self) -> Invocation | None:
        """Who asked last, if that was noted; a note that cannot be read counts for nothing."""
        try:
            return Invocation.model_validate_json((self.path / INVOCATION).read_bytes())
        except (OSError, ValueError):
            return None

    def note_invocation(self, plan: Plan, recorded: Plan) -> None:
        """Keep what the command of ``plan`` called its input, where it is not what is ``recorded``."""
        now = Invocation.of(plan)
        if now != Invocation.of(recorded):
            replace_file(self.path / INVOCATION, now.to_bytes())
        elif (self.path / INVOCATION).exists():
            with explained(self.path):
                (self.path / INVOCATION).unlink(missing_ok=True)

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

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: the run is finished, or interrupted in good order."""
        if manifest.status == "complete":
            commit_new(self.path / MANIFEST, manifest.to_bytes())
            (self.path / PARTIAL).unlink(missing_ok=True)
        else:
            replace_file(self.path / PARTIAL, manifest.to_bytes())


def shard_name(case_ids: Sequence[str], sha256: str) -> str:
    """Which cases, and which bytes."""
    return f"{cases_key((case_id, '') for case_id in case_ids)[:12]}-{sha256}.parquet"


def parquet_bytes(table: pa.Table) -> bytes:
    """``table`` as Parquet: page checksums on, since Parquet alone misses most flipped bits."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return bytes(memoryview(sink.getvalue()))


def read_parquet(data: bytes, columns: Sequence[str] | None = None, name: str = "a Parquet file") -> Any:
    """The table in these bytes; damaged pages are a :class:`StoreError`."""
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        # By this thread: one of Arrow's that lets go of ``data`` while Python ends aborts the process.
        return file.read(columns=None if columns is None else list(columns), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"E-STORE  {name} is damaged: {error}") from error

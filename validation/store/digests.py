"""What a run is (its key), by what code, and what came out of it, as SHA-256 digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from ..arrow import array_of, to_numpy

SOURCE_ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("model", "cases", "validation")
SOURCES = (".py", ".c", ".h")
NO_RESULT = {"cli", "bench", "comparison", "gate", "attribution", "origins"}
"""Folders and modules on which no result depends: command lines, which choose options that a run's key
holds anyway, benchmarks, and all that only reads runs."""


@cache
def code_digest(root: Path = SOURCE_ROOT) -> str:
    """SHA-256 over the source files of the rooms that a result can depend on: the running ones, or
    those below another ``root``."""
    paths = [path for room in ROOMS for path in (root / room).rglob("*")]
    relative = {PurePosixPath(path.relative_to(root).as_posix()): path for path in paths}
    return sources_digest((name, path.read_bytes()) for name, path in relative.items() if counts(name))


def counts(path: PurePosixPath) -> bool:
    """Whether a result can depend on this file; ``path`` is relative to the root of the rooms."""
    return path.suffix in SOURCES and path.parts[0] in ROOMS and not NO_RESULT & {*path.parts, path.stem}


def sources_digest(sources: Iterable[tuple[PurePosixPath, bytes]]) -> str:
    """SHA-256 over source files, wherever their bytes were read from; room by room, in the order of paths."""
    total = hashlib.sha256()
    for path, data in sorted(sources, key=lambda source: (ROOMS.index(source[0].parts[0]), source[0])):
        total.update(f"{path}\0".encode())
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def canonical_json(value: Any) -> bytes:
    """One spelling of a JSON value: sorted keys, no spaces, shortest floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def cases_key(cases: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the (id, content hash) of cases, in any order: ids, since results name them."""
    return hashlib.sha256("\n".join(sorted(f"{name}\0{digest}" for name, digest in cases)).encode()).hexdigest()


def run_key(identity: Mapping[str, Any]) -> str:
    """The name of a run: 16 hex digits that follow from all that its result depends on."""
    return hashlib.sha256(canonical_json(identity)).hexdigest()[:16]


def in_case_order(table: pa.Table) -> pa.Table:
    """The rows in the order of their case ids, which no shard or worker can influence."""
    ids = to_numpy(table["case_id"])
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
    return table.combine_chunks().take(array_of(order, pa.int64()))


def results_digest(table: pa.Table) -> str:
    """SHA-256 over every result of every case, to the bit, rows taken in the order of their case ids.

    Hashed are values and lengths, not Arrow buffers, whose padding and offsets mean nothing.
    """
    total = hashlib.sha256()
    ordered = in_case_order(table)
    for name in ordered.column_names:
        total.update(f"{name}\0".encode())
        _update(total, ordered[name].combine_chunks())
    return total.hexdigest()


def _update(total: Any, array: Any) -> None:
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, array.type)
    total.update(np.int64(len(array)).tobytes())
    if pa.types.is_list(array.type):
        total.update(np.diff(_offsets(array)).astype(np.int64).tobytes())
        _update(total, array.flatten())
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            _update(total, child)
    elif pa.types.is_string(array.type):
        total.update(to_numpy(array.is_valid()).tobytes())
        offsets = _offsets(array)
        total.update(np.diff(offsets).astype(np.int64).tobytes())
        data = array.buffers()[2]
        total.update(memoryview(data)[offsets[0] : offsets[-1]] if data is not None and len(array) else b"")
    else:
        total.update(np.ascontiguousarray(to_numpy(array)).tobytes())


def _offsets(array: Any) -> Any:
    """The offsets of a list or text array, (len + 1,)."""
    if not len(array):
        return np.zeros(1, np.int32)
    return np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]

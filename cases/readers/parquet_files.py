"""Parquet: one row a case, findings as a list of structs (:mod:`cases.writers.parquet_files`)."""

from __future__ import annotations

from typing import Any

from model.errors import Problem

from .raw import RawFile
from .text import decode


def parse_parquet(data: bytes, name: str) -> RawFile:
    """The rows of a Parquet file; places are row numbers, counted from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = RawFile()
    if not data.startswith(b"PAR1"):
        found = "text" if decode(data, name).text is not None else "something else"
        raw.problems.append(Problem("E-CONTENT", name, found, expected="a Parquet file", catalogue=67))
        return raw
    try:
        # By this thread: one of Arrow's that lets go of ``data`` while Python ends aborts the process.
        table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raw.problems.append(Problem("E-PARQUET", name, str(error).splitlines()[0], expected="a whole Parquet file"))
        return raw
    for number, row in enumerate(table.to_pylist(), 1):
        raw.records.append((f"{name} › row {number}", _record(row)))
    return raw


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its keyed lists as mappings again; a null is a field left out."""
    record: dict[str, Any] = _without_nulls(row)
    for column, key in (("findings", "finding"), ("risk_factors", "risk_factor"), ("overrides", "code")):
        if isinstance(record.get(column), list):
            record[column] = {item.pop(key): item for item in record[column]}
    for column, value in (("risk_factors", "state"), ("overrides", "reason")):
        if column in record:
            record[column] = {name: item[value] for name, item in record[column].items()}
    expected = record.get("expected")
    if isinstance(expected, dict) and "differential" in expected:
        expected["differential"] = [(item["condition"], item["p"]) for item in expected["differential"]]
    return record


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value

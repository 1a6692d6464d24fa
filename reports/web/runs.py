"""Runs and diffs on disk, as lists and as reports; ``incoming_runs`` adds to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cases.desk import NotFound
from model.errors import ClinvalError
from reports.data import ReportData
from reports.data.saved import open_data
from validation.comparison.record import DIFF, DIFFS, CheckRecord, read_record
from validation.results import Run
from validation.store.directory import INVOCATION, MANIFEST, PARTIAL

KEY = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    key: str
    status: str
    network: str
    cases: str
    n_cases: int
    n_finished: int
    finished_at: str
    top_1: float | None
    top_3: float | None


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A diff in a list."""

    key: str
    base: str
    candidate: str
    base_key: str
    candidate_key: str
    n_changed: int
    verdict: str | None
    """``PASS``, ``FAIL`` and so on; None where no gate was asked."""


def run_lines(runs: Path) -> list[RunLine]:
    """Every finished or interrupted run, the last first; what cannot be read is left out of the list."""
    found = [line for path in _keyed(runs) for line in line_of(path)]
    return sorted(found, key=lambda line: (line.finished_at, line.key), reverse=True)


def diff_lines(runs: Path) -> list[DiffLine]:
    """Every saved diff, the last written first."""
    found = []
    for path in _keyed(runs / DIFFS):
        try:
            written, record = (path / DIFF).stat().st_mtime_ns, read_record(path)
        except (ClinvalError, OSError):
            continue
        found.append((written, diff_line(record)))
    return [line for _, line in sorted(found, key=lambda one: (-one[0], one[1].key))]


def run_report(runs: Path, key: str) -> ReportData:
    """All that a report on a run shows.

    Raises
    ------
    NotFound
        There is no such run.
    """
    return _report(_place(runs, key, "run"))


def diff_report(runs: Path, key: str) -> ReportData:
    """All that a report on a diff shows."""
    return _report(_place(runs / DIFFS, key, "diff"))


def _report(path: Path) -> ReportData:
    newest = max(
        (path / name).stat().st_mtime_ns
        for name in (DIFF, MANIFEST, PARTIAL, INVOCATION, ".")
        if (path / name).exists()
    )
    return _cached(path, newest)


@lru_cache(maxsize=8)
def _cached(path: Path, _newest: int) -> ReportData:
    return open_data(path)


def line_of(path: Path) -> Iterator[RunLine]:
    """The line of one run; nothing where it cannot be read."""
    try:
        manifest = Run.open(path).manifest
    except ClinvalError:
        return
    plan, figures = manifest.plan, manifest.metrics.get("outcome", {})
    yield RunLine(
        plan.key, manifest.status, plan.network.name, plan.cases.name, plan.n_cases, manifest.n_finished,
        manifest.finished_at, _figure(figures.get("top_1")), _figure(figures.get("top_3")),
    )  # fmt: skip


def _figure(value: object) -> float | None:
    if isinstance(value, dict):
        value = value.get("value")
    return float(value) if isinstance(value, int | float) else None


def diff_line(record: CheckRecord) -> DiffLine:
    """The line of one diff."""
    status = (record.verdict or {}).get("status")
    return DiffLine(
        record.key, record.base.origin.label, record.candidate.origin.label, record.base.key, record.candidate.key,
        len(record.changed), None if status is None else str(status),
    )  # fmt: skip


def _keyed(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir() if KEY.fullmatch(path.name) and path.is_dir())


def _place(directory: Path, key: str, what: str) -> Path:
    path = directory / key
    if not KEY.fullmatch(key) or not path.is_dir():
        raise NotFound(what)
    return path

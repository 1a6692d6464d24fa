"""Runs and diffs on disk, as lists and as reports; and how CI adds to them."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from cases.desk import NotFound
from model.errors import ClinvalError, InputError, Problem
from reports.data import ReportData
from reports.data.saved import open_data
from validation.comparison.record import DIFF, DIFFS, CheckRecord, read_record
from validation.results import Run
from validation.store.directory import INVOCATION, MANIFEST, PARTIAL, RunDirectory
from validation.verification import verification_of

KEY = re.compile(r"[0-9a-f]{16}")
_RUN_FILES = re.compile(
    r"(plan|manifest|invocation)\.json|model\.json|cases\.parquet|shards/[0-9a-f]{12}-[0-9a-f]{64}\.parquet"
)
MOST_FILES = 20_000


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
    found = [line for path in _keyed(runs) for line in _line_of(path)]
    return sorted(found, key=lambda line: (line.finished_at, line.key), reverse=True)


def diff_lines(runs: Path) -> list[DiffLine]:
    """Every saved diff, the last written first."""
    found = []
    for path in _keyed(runs / DIFFS):
        try:
            written, record = (path / DIFF).stat().st_mtime_ns, read_record(path)
        except (ClinvalError, OSError):
            continue
        found.append((written, _diff_line(record)))
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


def receive_run(runs: Path, archive: IO[bytes]) -> RunLine:
    """Add a run that CI made elsewhere: a tar archive of its directory's files, uncompressed.

    It is unpacked beside the others, verified as ``clinval verify`` does, and only then gets its name; a run
    that is there already is left as it is.

    Raises
    ------
    InputError
        It holds what no run has, or does not verify (catalogue 36, 37).
    """
    with _unpacked(runs, archive, _RUN_FILES) as place:
        manifest = RunDirectory(place).read_manifest()
        if manifest is None:
            raise InputError.single("E-ARCHIVE", "archive", "no manifest.json", expected="a finished run's files")
        problems = verification_of(place).problems
        if problems:
            raise InputError([_without_place(problem, place) for problem in problems])
        key = manifest.plan.key
        if not KEY.fullmatch(key):
            raise InputError.single("E-ARCHIVE", "archive › plan › key", "another name", expected="16 hex digits")
        _settle(place, runs / key)
    return next(iter(_line_of(runs / key)))


def receive_diff(runs: Path, record: bytes) -> DiffLine:
    """Add a saved diff (``diff.json``) whose two runs are here.

    Raises
    ------
    InputError
        It is no diff, or a run that it names is not here.
    """
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=_made(runs / DIFFS)) as name:
        place = Path(name)
        (place / DIFF).write_bytes(record)
        try:
            found = read_record(place)
        except ClinvalError:
            raise InputError.single(
                "E-DIFF", "diff", "something else", expected="a diff.json of `clinval diff`"
            ) from None
        problems = [
            Problem("E-DIFF-RUN", f"diff › {side}", "a run that is not here", "a run that was posted before")
            for side, run in (("base", found.base), ("candidate", found.candidate))
            if not KEY.fullmatch(run.key) or run.path != f"../../{run.key}" or not (runs / run.key).is_dir()
        ]
        if not KEY.fullmatch(found.key):
            problems.append(Problem("E-DIFF", "diff › key", "another name", "16 hex digits"))
        if problems:
            raise InputError(problems)
        target = runs / DIFFS / found.key
        target.mkdir(exist_ok=True)
        (place / DIFF).replace(target / DIFF)
    return _diff_line(found)


def _line_of(path: Path) -> Iterator[RunLine]:
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


def _diff_line(record: CheckRecord) -> DiffLine:
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


@contextmanager
def _unpacked(runs: Path, archive: IO[bytes], allowed: re.Pattern[str]) -> Iterator[Path]:
    """The archive's files in a directory of their own, which is gone afterwards unless it was moved."""
    place = Path(tempfile.mkdtemp(prefix=".incoming-", dir=_made(runs)))
    try:
        _unpack(archive, place, allowed)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unpack(archive: IO[bytes], place: Path, allowed: re.Pattern[str]) -> None:
    """Only plain files of known names are written, under names that we make of them (catalogue 36)."""
    problems: list[Problem] = []
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for number, member in enumerate(tar):
                if number >= MOST_FILES:
                    raise InputError.single("E-ARCHIVE", "archive", f"over {MOST_FILES:,} files", expected="a run")
                name = PurePosixPath(member.name).as_posix()
                if member.isdir() and name in (".", "shards"):
                    continue
                content = tar.extractfile(member) if member.isreg() and allowed.fullmatch(name) else None
                if content is None:
                    problems.append(
                        Problem("E-ARCHIVE", "archive", f"{json.dumps(name[:80])}", "only a run's own files")
                    )
                    continue
                target = place / name
                target.parent.mkdir(exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise InputError.single(
            "E-ARCHIVE", "archive", "no whole tar archive", expected="tar -cf - -C runs/<key> ."
        ) from error
    if problems:
        raise InputError(problems[:20])


def _settle(place: Path, target: Path) -> None:
    """Give it its name; somebody else's equal run may have been quicker."""
    place.chmod(0o755)
    try:
        os.rename(place, target)  # noqa: PTH104
    except OSError:
        if not target.is_dir():
            raise


def _without_place(problem: Problem, place: Path) -> Problem:
    from dataclasses import replace

    return replace(problem, where=problem.where.replace(str(place), "archive"))


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory

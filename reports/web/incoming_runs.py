"""Runs and diffs that CI made elsewhere: unpacked aside, verified, and only then given their names."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from model.errors import ClinvalError, InputError, Problem
from validation.comparison.record import DIFF, DIFFS, read_record
from validation.store.directory import RunDirectory
from validation.verification import verification_of

from .runs import KEY, DiffLine, RunLine, diff_line, line_of

_RUN_FILES = re.compile(
    r"(plan|manifest|invocation)\.json|model\.json|cases\.parquet|shards/[0-9a-f]{12}-[0-9a-f]{64}\.parquet"
)
MOST_FILES = 20_000


def receive_run(runs: Path, archive: IO[bytes]) -> RunLine:
    """Add a run that CI made elsewhere: a tar archive of its directory's files, uncompressed.

    It is unpacked beside the others, verified as ``clinval verify`` does, and only then gets its name; a run
    that is there already is left as it is.

    Raises
    ------
    InputError
        It holds what no run has, or does not verify (catalogue 36, 37).
    """
    with _unpacked(runs, archive) as place:
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
    return next(iter(line_of(runs / key)))


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
    return diff_line(found)


@contextmanager
def _unpacked(runs: Path, archive: IO[bytes]) -> Iterator[Path]:
    """The archive's files in a directory of their own, which is gone afterwards unless it was moved."""
    place = Path(tempfile.mkdtemp(prefix=".incoming-", dir=_made(runs)))
    try:
        _unpack(archive, place)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unpack(archive: IO[bytes], place: Path) -> None:
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
                # A sparse file's holes take no room in the archive and, written out, all there is on the disk.
                is_plain = member.isreg() and not member.issparse()
                content = tar.extractfile(member) if is_plain and _RUN_FILES.fullmatch(name) else None
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
    return replace(problem, where=problem.where.replace(str(place), "archive"))


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory

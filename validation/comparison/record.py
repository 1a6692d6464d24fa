"""A diff on disk, ``runs/diffs/<key>/diff.json``: all that was found (:mod:`.record_shapes`), and where its
two runs lie.  Reports read the runs as well, which it names by paths relative to itself and by digests.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model.errors import InputError, Problem
from model.network.vocabulary import Triage

from ..results import LATEST, Row, Run, latest_in
from ..store.anywhere import named_below, put_below
from ..store.digests import run_key
from ..store.files import StoreError, explained
from .changes import leading
from .diff import Diff
from .pairing import CasePair
from .record_shapes import CaseSetChanges, ChangedCase, CheckRecord, Input, NotComparable, Origin, Outcome, RunReference

__all__ = [
    "DIFF",
    "DIFFS",
    "CaseSetChanges",
    "CheckRecord",
    "Origin",
    "RunReference",
    "diff_directory",
    "diff_key",
    "make_record",
    "open_runs",
    "read_record",
    "save_record",
]

DIFFS, DIFF = "diffs", "diff.json"


def make_record(
    diff: Diff,
    runs: Path,
    *,
    base: Origin | None = None,
    candidate: Origin | None = None,
    case_changes: CaseSetChanges | None = None,
    notes: Sequence[str] = (),
    verdict: Mapping[str, Any] | None = None,
    attribution: Mapping[str, Any] | None = None,
) -> CheckRecord:
    """The record of a comparison, to be saved in ``runs / "diffs"``.

    Parameters
    ----------
    base, candidate : where the two sides come from; left out: the runs' own keys
    case_changes, notes : see :class:`CheckRecord`
    verdict, attribution : as plain values, where there are any
    """
    key = diff_key(diff)
    place = runs / DIFFS / key
    record = CheckRecord(
        key=key,
        base=_reference(diff.base, place, base),
        candidate=_reference(diff.candidate, place, candidate),
        inputs=[
            Input(part=change.part, base=change.base, candidate=change.candidate, details=list(change.details))
            for change in diff.inputs
        ],
        caveats=list(diff.caveats),
        is_empty=diff.is_empty,
        counts={change.value: n for change, n in diff.counts.items()},
        events={event.value: n for event, n in diff.event_counts.items()},
        changed=[_changed(pair) for pair in diff.changed],
        not_comparable=[
            NotComparable(case_id=pair.case_id, change=pair.change.value)
            for pair in diff.pairs
            if not pair.is_comparable
        ],
        case_changes=case_changes,
        notes=list(notes),
        verdict=None if verdict is None else dict(verdict),
        attribution=None if attribution is None else dict(attribution),
    )
    return record.model_copy(update={"sha256": record.seal()})


def diff_key(diff: Diff) -> str:
    """What the comparison is called: it follows from the two runs and their order."""
    sides = (diff.base.manifest, diff.candidate.manifest)
    return run_key({"diff": [[side.plan.key, side.results_sha256] for side in sides]})


def save_record(record: CheckRecord, runs: Path) -> Path:
    """Write ``runs/diffs/<key>/diff.json``, in place of an earlier record of the same two runs, and
    note that it is the latest; where the directory is.  ``runs`` may be an address, too."""
    put_below(runs, f"{DIFFS}/{record.key}/{DIFF}", record.to_bytes())
    put_below(runs, f"{DIFFS}/{LATEST}", f"{record.key}\n".encode())
    return named_below(runs, f"{DIFFS}/{record.key}")


def diff_directory(path: str | Path) -> Path:
    """The directory of a saved diff, from its ``diff.json``, itself, or the directory of all diffs
    (or of all runs), which means the latest.

    Raises
    ------
    InputError
        There is none.
    """
    path = Path(path)
    if path.name == DIFF:
        path = path.parent
    for place in (path, path / DIFFS):
        found = latest_in(place)
        if (found / DIFF).is_file():
            return found
    raise InputError.single(
        "E-NO-DIFF", str(path), "no saved diff" if path.exists() else "nothing there",
        expected="a diff's directory (diff.json), or runs/diffs for the latest",
        next_step="run `clinval diff BASE CANDIDATE`",
    )  # fmt: skip


def read_record(path: str | Path) -> CheckRecord:
    """The record of a saved diff (see :func:`diff_directory`).

    Raises
    ------
    InputError
        There is none.
    StoreError
        It is damaged, or was changed by hand.
    """
    file = diff_directory(path) / DIFF
    with explained(file):
        data = file.read_bytes()
    try:
        record = CheckRecord.model_validate_json(data)
    except ValidationError as error:
        raise StoreError(
            f"E-DIFF  {file}: is no record of a diff; cut short or overwritten? Run `clinval diff` again"
        ) from error
    if record.sha256 != record.seal():
        raise StoreError(f"E-DIFF  {file}: was changed after it was written; run `clinval diff` again")
    return record


def open_runs(path: str | Path) -> tuple[Run, Run]:
    """The two runs of a saved diff, base first.

    Raises
    ------
    InputError
        There is no diff, or one of its runs is gone or is another one now; both are named.
    StoreError
        The record, or a run, is damaged.
    """
    record, place = read_record(path), diff_directory(path)
    problems: list[Problem] = []
    runs: list[Run] = []
    for side in (record.base, record.candidate):
        where = Path(os.path.normpath(place / side.path))
        try:
            run = Run.open(where)
        except InputError as error:
            problems += error.problems
            continue
        found = (run.manifest.plan.key, run.manifest.results_sha256)
        if found == (side.key, side.results_sha256):
            runs.append(run)
            continue
        problems += InputError.single(
            "E-ANOTHER-RUN", str(where), f"results {found[1][:12] or 'of no case'} of run {found[0]}",
            expected=f"results {side.results_sha256[:12] or 'of no case'} of run {side.key}, as when it was compared",
            next_step="run `clinval diff` again",
        ).problems  # fmt: skip
    if problems:
        raise InputError(problems)
    return runs[0], runs[1]


def _reference(run: Run, place: Path, origin: Origin | None) -> RunReference:
    manifest = run.manifest
    return RunReference(
        path=Path(os.path.relpath(run.path.resolve(), place.resolve())).as_posix(),
        key=manifest.plan.key,
        results_sha256=manifest.results_sha256,
        status=manifest.status,
        network=manifest.plan.network.name,
        n_cases=manifest.plan.n_cases,
        n_finished=manifest.n_finished,
        origin=origin or Origin(label=run.path.name),
    )


def _changed(pair: CasePair) -> ChangedCase:
    assert pair.base is not None
    assert pair.candidate is not None
    assert pair.base_id is not None
    return ChangedCase(
        case_id=pair.case_id,
        base_id=pair.base_id,
        case_hash=pair.card.content_hash,
        change=pair.change.value,
        events=[event.value for event in pair.events],
        expected=pair.card.expected.condition,
        base=_outcome(pair.base),
        candidate=_outcome(pair.candidate),
    )


def _outcome(row: Row) -> Outcome:
    return Outcome(
        leading=leading(row),
        p_expected=row["p_expected"],
        p_leading=row["p_top"],
        rank=row["rank_right"],
        advice=Triage(row["triage_advice"]).label if row["triage_advice"] >= 0 else None,
        n_questions=row["n_questions"],
        stop=row["stop"],
        loss=row["loss"],
    )

"""``ReportData`` of what is on disk: a run, or a saved diff with its verdict."""

from __future__ import annotations

from pathlib import Path

from validation.attribution import Attribution
from validation.comparison import Diff
from validation.comparison.record import DIFF, DIFFS, CheckRecord, RunReference, diff_directory, read_record
from validation.gate.verdict import Verdict
from validation.origins.load import model_of_run
from validation.results import Run

from .build import report_data, run_data
from .provenance import Origin, Provenance
from .shapes import ReportData


def open_data(path: str | Path) -> ReportData:
    """All that a report on a run, or on a saved diff, shows.

    ``runs`` itself means the latest run, ``runs/diffs`` the latest diff.

    Raises
    ------
    InputError
        There is neither, or a run of the diff is gone.
    StoreError
        What is there is damaged.
    """
    path = Path(path)
    return diff_data(path) if is_diff(path) else run_data(Run.open(path), origin=None)


def is_diff(path: Path) -> bool:
    """Whether a path names a saved diff (or the directory of all of them) rather than a run."""
    return path.name in (DIFF, DIFFS) or (path / DIFF).is_file()


def diff_data(path: Path) -> ReportData:
    """Of a saved diff: the runs from where it says that they lie, the verdict as it was given."""
    record = read_record(path)
    diff = Diff.open(path)
    runs = diff_directory(path).parent.parent
    return report_data(
        diff,
        verdict=None if record.verdict is None else Verdict.from_dict(record.verdict),
        attribution=None if record.attribution is None else Attribution.from_dict(record.attribution),
        provenance=provenance_of(record, runs),
        candidates=(model_of_run(diff.base), model_of_run(diff.candidate)),
    )


def provenance_of(record: CheckRecord, runs: Path) -> Provenance:
    """What the sides are called, and how a command names them."""
    base, candidate = (_origin(side, runs) for side in (record.base, record.candidate))
    changes = record.case_changes
    return Provenance(
        base,
        candidate,
        remarks=tuple(record.notes),
        case_changes={} if changes is None else changes.model_dump(),
    )


def _origin(side: RunReference, runs: Path) -> Origin:
    """A commit by its hash, the working tree as ``.``, anything else by its run."""
    origin = side.origin
    argument = (runs / side.key).as_posix()
    if origin.kind == "ref" and origin.commit:
        argument = origin.commit[:12]
    elif origin.kind == "worktree":
        argument = "."
    return Origin(origin.label, argument, origin.commit)

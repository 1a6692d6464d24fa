"""A commit's model played by the commit's own code, and seen to have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from model.errors import ClinvalError

from ..deadline import Deadline
from ..patient import Unreliability
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, ReplayOptions
from ..results import Run
from ..store.digests import SOURCE_ROOT
from ..store.files import StoreError
from .case_source import CaseSource
from .code import LOCK
from .load import readable, renamed
from .origin import Origin
from .side import NothingToCompare
from .worktree import OtherCodeFailed, play, worktree

RULE = "validation/store/digests.py"
"""The file that says how code is digested."""


def play_by_own_code(
    origin: Origin,
    candidate: Candidate,
    cases: CaseSource,
    code: str,
    *,
    options: ReplayOptions,
    runs: Path,
    workers: int | None,
    deadline: Deadline,
    report: Callable[[int, int], None],
    ignore_unknown_words: bool,
    accept_rest: bool,
) -> tuple[Run, tuple[str, ...]]:
    """The run, in the same store, and notes about it.

    Parameters
    ----------
    candidate, cases : the model and the cases as this code read them, for the names in the record
    code : the digest of that commit's code by this code's rule

    Raises
    ------
    InputError
        That code refuses the model or the cases.
    OtherCodeFailed
        It cannot be run, or it cannot be shown that it was what ran.
    NothingToCompare
        This code cannot read what that code wrote.
    """
    assert origin.repository is not None
    assert origin.commit is not None
    chosen = _flags(options)
    with worktree(origin.repository, origin.commit) as tree:
        notes = _notes(origin, tree)
        rule_is_ours = _read(tree / RULE) == _read(SOURCE_ROOT / RULE)
        arguments = ["--model", str(origin.inside), "--cases", cases.put_into(tree), "--out", str(runs.resolve())]
        arguments += chosen + ([] if workers is None else ["--workers", str(workers)])
        arguments += ["--ignore-unknown-words"] * ignore_unknown_words + ["--accept-rest"] * accept_rest
        try:
            path, proof = play(tree, arguments, origin.commit, deadline, report)
        except OtherCodeFailed as error:
            if deadline():
                raise NothingToCompare(
                    f"E-BASE-LATE  {origin.label}: {deadline.reason} before its own code had begun; run the same "
                    "command again, with a larger budget"
                ) from error
            raise
    if rule_is_ours and proof != code:
        raise OtherCodeFailed(f"E-BASE-CODE  {origin.label}: the code that ran is not the code of this commit")
    try:
        result = Run.open(runs / path.name)
    except StoreError as error:
        raise NothingToCompare(
            f"E-RUN-COLUMNS  {origin.label}: its own code writes runs that this code cannot read ({error}); "
            "play both models by this code: --same-code"
        ) from error
    plan = result.manifest.plan
    if plan.code_digest != proof or not _is_asked_for(plan.options, options):
        raise OtherCodeFailed(f"E-BASE-CODE  {path}: is not the run that {origin.label} was asked for")
    return renamed(readable(result), candidate, cases.cases), notes


def _flags(options: ReplayOptions) -> list[str]:
    """The options as ``clinval run`` takes them.

    Raises
    ------
    ClinvalError
        One of them has no flag.
    """
    patient = options.unreliability
    shares = {"flip": patient.flip, "unsure": patient.unsure, "volunteer": patient.volunteer}
    if options != replace(
        DEFAULT_OPTIONS,
        unlisted=options.unlisted,
        unreliability=Unreliability(patient.flip, unsure=patient.unsure, volunteer=patient.volunteer),
    ):
        raise ClinvalError(
            "E-BASE-OPTIONS  these replay options cannot be handed to another commit's code; --same-code plays both by "
            "this code"
        )
    given = {"unlisted": options.unlisted, **shares}
    return [text for name, value in given.items() if value for text in (f"--{name}", str(value))]


def _is_asked_for(recorded: Mapping[str, Any], options: ReplayOptions) -> bool:
    """Whether a run was played with what :func:`_flags` said; other code may have options of its own."""
    patient = asdict(options.unreliability)
    was = recorded.get("unreliability", {})
    shares = all(was.get(name) == patient[name] for name in ("flip", "unsure", "volunteer"))
    return shares and recorded.get("unlisted") == options.unlisted


def _notes(origin: Origin, tree: Path) -> tuple[str, ...]:
    if _read(tree / LOCK) == _read(SOURCE_ROOT / LOCK):
        return ()
    return (f"{origin.label}: asks for other package versions ({LOCK}); its code ran with those installed here",)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""

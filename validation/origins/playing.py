"""One side of a comparison played: by this code, by its own, or found in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cases.case_set import CaseSet
from model.errors import InputError

from ..deadline import Deadline
from ..executors import Executor
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, ReplayOptions
from ..results import Run
from ..runner import Progress, run
from ..store.digests import code_digest
from .case_source import CaseChanges, CaseSource
from .code import ENTRANCE, code_of_commit
from .load import stored_run
from .origin import Kind, Origin
from .own_code import play_by_own_code
from .side import OWN_CODE, STORED, THIS_CODE, Side

ShowProgress = Callable[[str], AbstractContextManager[Progress]]


@contextmanager
def unseen(what: str) -> Iterator[Progress]:  # noqa: ARG001
    """Progress that nobody watches."""
    yield lambda done, total: None  # noqa: ARG005


@dataclass(frozen=True)
class Settings:
    """How cases are played, on either side."""

    runs: Path = Path("runs")
    options: ReplayOptions = DEFAULT_OPTIONS
    executor: Callable[[], Executor] | None = None
    workers: int | None = None
    deadline: Deadline = field(default_factory=Deadline)
    progress: ShowProgress = unseen
    same_code: bool = False
    ignore_unknown_words: bool = False
    accept_rest: bool = False


def play_side(
    origin: Origin, candidate: Candidate | None, cases: CaseSource, stored: Run | None, how: Settings
) -> Side:
    if stored is not None:
        return Side(origin.label, origin.kind, stored, candidate, None, STORED)
    assert candidate is not None
    notes: tuple[str, ...] = ()
    code = None if origin.repository is None else _code(origin)
    if code is not None and code != code_digest():
        if origin.commit is not None and not how.same_code:
            return _by_own_code(origin, candidate, cases, code, how)
        if not how.same_code:
            raise InputError.single(
                "E-CODE-ELSEWHERE", origin.label, "code that is not the code that runs here",
                expected="the clinval of this working tree",
                next_step="`make setup` there and run its .venv/bin/clinval, or play by this code: --same-code",
            )  # fmt: skip
        notes = (f"{origin.label}: played by the code that runs here, not by its own",)
    with how.progress(f"replaying {origin.label}") as progress:
        result = run(
            candidate,
            cases.cases,
            options=how.options,
            executor=how.executor() if how.executor else None,
            workers=how.workers,
            deadline=how.deadline,
            runs=how.runs,
            progress=progress,
            ignore_unknown_words=how.ignore_unknown_words,
            accept_rest=how.accept_rest,
        )
    return Side(origin.label, origin.kind, result, candidate, origin.commit, THIS_CODE, notes)


def _code(origin: Origin) -> str | None:
    """The digest of the code that comes with a commit or a working tree; None where none does."""
    assert origin.repository is not None
    if origin.commit is not None:
        return code_of_commit(origin.repository, origin.commit)
    has_code = origin.kind is Kind.WORKTREE and (origin.repository.root / ENTRANCE).is_file()
    return code_digest(origin.repository.root) if has_code else None


def _by_own_code(origin: Origin, candidate: Candidate, cases: CaseSource, code: str, how: Settings) -> Side:
    assert origin.commit is not None
    note = f"{origin.label}: its code differs from this one, so it was played by its own code"
    before = stored_run(how.runs, candidate, cases.cases, how.options, code, how.ignore_unknown_words)
    if before is not None:
        return Side(origin.label, origin.kind, before, candidate, origin.commit, OWN_CODE, (note,))
    with how.progress(f"replaying {origin.label} by its own code") as progress:
        result, notes = play_by_own_code(
            origin, candidate, cases, code, options=how.options, runs=how.runs, workers=how.workers,
            deadline=how.deadline, report=progress, ignore_unknown_words=how.ignore_unknown_words,
            accept_rest=how.accept_rest,
        )  # fmt: skip
    return Side(origin.label, origin.kind, result, candidate, origin.commit, OWN_CODE, (note, *notes))


def play_withdrawn(
    base: tuple[Origin, Candidate], candidate: tuple[Origin, Candidate], changes: CaseChanges, how: Settings
) -> tuple[Run, Run] | None:
    """What was edited or removed, played as the base has it, base first: else a change of the model could
    take a case that it breaks out of sight.  None where there is no such case, or where both models and
    their codes are one, so that nothing can have newly happened."""
    if not changes.withdrawn or _identity(*base) == _identity(*candidate):
        return None
    cases = CaseSource(CaseSet(changes.withdrawn, name="cases that were edited or removed"))
    (first, second) = (
        play_side(replace(origin, label=f"{origin.label}, cases as they were"), model, cases, None, how).run
        for origin, model in (base, candidate)
    )
    return first, second


def _identity(origin: Origin, model: Candidate) -> tuple[str, str, str | None]:
    return model.network.digest, model.policy.digest, None if origin.repository is None else _code(origin)

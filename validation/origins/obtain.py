"""From two names to two comparable runs: load both models, settle whose cases are played, play or find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from cases.case_set import CaseSet
from model.errors import InputError, Problem
from model.network.removals import removed_conditions

from ..checked_input import check_input
from ..deadline import Deadline
from ..executors import Executor
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, ReplayOptions
from ..results import Run
from ..runner import Progress, run
from ..store.digests import code_digest
from .case_source import CaseChanges, CaseSource, cases_of, cases_of_run, changes_of_cases
from .code import ENTRANCE, code_of_commit
from .git import SHORT
from .load import load_model, model_of_run, readable, stored_run
from .origin import Kind, Origin, read_origin
from .own_code import play_by_own_code
from .side import OWN_CODE, STORED, THIS_CODE, NothingToCompare, Side, Sides
from .trees import NotInCommit

CasesFrom = Literal["candidate", "own"]
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


def sides(
    base: str,
    candidate: str = ".",
    *,
    model: Path | None = None,
    cases: Path | None = None,
    runs: Path = Path("runs"),
    select: str | None = None,
    cases_from: CasesFrom = "candidate",
    same_code: bool = False,
    merge_base: bool = False,
    accept_removed: bool = False,
    ignore_unknown_words: bool = False,
    accept_rest: bool = False,
    options: ReplayOptions = DEFAULT_OPTIONS,
    executor: Callable[[], Executor] | None = None,
    workers: int | None = None,
    deadline: Deadline | None = None,
    progress: ShowProgress = unseen,
) -> Sides:
    """Both sides of a comparison; see :mod:`.origin` for what ``base`` and ``candidate`` may be.

    Parameters
    ----------
    model, cases : where they are in a commit or in the working tree, relative to here; ``cases`` may be
        left out where a side is a stored run, whose cards are then played
    select : only the cases that match this ``-k`` expression
    cases_from : ``candidate``: both models play the candidate's cases, so that every pair is comparable;
        ``own``: each plays its own commit's
    same_code : play both by the code that runs here, even where a commit has code of its own
    merge_base : the base is the commit at which the candidate branched off ``base``
    accept_removed : the candidate may lack conditions that the base has
    executor : makes the executor of a run; processes on this machine if left out

    Raises
    ------
    InputError
        With every problem of the origins, of both models and of the cases.
    NothingToCompare
        The base has no such model yet.
    """
    settings = Settings(
        runs, options, executor, workers, deadline or Deadline(), progress, same_code, ignore_unknown_words, accept_rest
    )
    one, two, notes = _origins(base, candidate, model, merge_base)
    stored = {origin: readable(Run.open(_path(origin))) for origin in (one, two) if origin.kind is Kind.RUN}
    played, base_played, changes, of_cases = _cases(one, two, stored, cases, cases_from)
    new = model_of_run(stored[two]) if two in stored else load_model(two)
    old = model_of_run(stored[one]) if one in stored else _base_model(one)
    if old is not None and new is not None and not accept_removed:
        gone = removed_conditions(old.network, new.network)
        if gone:
            raise InputError([replace(p, next_step=f"{p.next_step}, or say --accept-removed") for p in gone])
    warnings: list[Problem] = []
    same_cases = base_played is played
    if select is not None:
        n_read = len(played.cases)
        played = _selected(played, select, new)
        base_played = played if same_cases else _selected(base_played, select, new)
        of_cases = [*of_cases, f"{len(played.cases)} of {n_read} cases are played: {select}"]
    if new is not None and two not in stored:
        played, warnings = _checked(played, new, settings)
    # The candidate's cases may speak of what the base does not know yet: no evidence for the base, no error.
    for_base = replace(settings, ignore_unknown_words=True, accept_rest=True) if same_cases else settings
    base_played = played if same_cases else base_played
    first = _side(one, old, base_played, stored.get(one), for_base)
    second = _side(two, new, played, stored.get(two), settings)
    return Sides(first, second, changes, (*notes, *of_cases, *first.notes, *second.notes), tuple(warnings))


def obtain(
    text: str, *, model: Path | None = None, cases: Path | None = None, settings: Settings | None = None
) -> Side:
    """One side alone: the run of what ``text`` names, played now if it is not stored."""
    settings = settings or Settings()
    origin = read_origin(text, model)
    if origin.kind is Kind.RUN:
        stored = readable(Run.open(_path(origin)))
        return _side(origin, model_of_run(stored), CaseSource(CaseSet(())), stored, settings)
    loaded = load_model(origin)
    source, _warnings = _checked(cases_of(origin, _required(cases)), loaded, settings)
    return _side(origin, loaded, source, None, settings)


def _origins(base: str, candidate: str, model: Path | None, merge_base: bool) -> tuple[Origin, Origin, list[str]]:
    """Both origins; the base moved to where the candidate branched off, if that is wanted."""
    problems: list[Problem] = []
    read: list[Origin] = []
    for text in (base, candidate):
        try:
            read.append(read_origin(text, model))
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    one, two = read
    if not merge_base or one.commit is None or one.repository is None:
        return one, two, []
    head = two.commit or one.repository.commit("HEAD")
    fork = one.repository.merge_base(one.commit, head)
    if fork == one.commit:
        return one, two, []
    note = f"{one.label} has moved on since the candidate branched off: the base is their common commit {fork[:SHORT]}"
    return replace(one, commit=fork, label=f"merge base with {base.partition(':')[0]} ({fork[:SHORT]})"), two, [note]


def _cases(
    one: Origin, two: Origin, stored: dict[Origin, Run], path: Path | None, cases_from: CasesFrom
) -> tuple[CaseSource, CaseSource, CaseChanges | None, list[str]]:
    """What the candidate plays, what the base plays, and what became of the case set in between."""
    if two in stored:
        played = cases_of_run(stored[two])
    elif path is None and one in stored:
        played = cases_of_run(stored[one])
    else:
        played = cases_of(two, _required(path))
    if one in stored:
        return played, cases_of_run(stored[one]), None, []
    if path is None or (one.commit is None and two.commit is None):
        return played, played, None, []
    try:
        own = cases_of(one, path)
    except NotInCommit:
        if cases_from == "own":
            raise
        return played, played, changes_of_cases(CaseSet(()), played.cases), []
    except InputError as error:
        if cases_from == "own":
            raise
        note = f"{one.label}: its own cases cannot be read ({len(error.problems)} problems); what changed is not known"
        return played, played, None, [note]
    changes = None if two in stored else changes_of_cases(own.cases, played.cases)
    return played, own if cases_from == "own" else played, changes, []


def _base_model(origin: Origin) -> Candidate:
    try:
        return load_model(origin)
    except NotInCommit as error:
        raise NothingToCompare(
            f"E-NEW-MODEL  {origin.label}: has no {origin.inside}: the model is new, there is nothing to compare with; "
            "`clinval run` scores it by itself"
        ) from error


def _checked(source: CaseSource, candidate: Candidate, settings: Settings) -> tuple[CaseSource, list[Problem]]:
    """The cases as ``clinval run`` would accept them, and its warnings."""
    kept, warnings = check_input(
        source.cases,
        candidate.network,
        ignore_unknown_words=settings.ignore_unknown_words,
        accept_rest=settings.accept_rest,
    )
    return (source if len(kept) == len(source.cases) else CaseSource(kept)), warnings


def _selected(source: CaseSource, expression: str, candidate: Candidate | None) -> CaseSource:
    return CaseSource(source.cases.select(expression, candidate.network if candidate else None))


def _side(origin: Origin, candidate: Candidate | None, cases: CaseSource, stored: Run | None, how: Settings) -> Side:
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


def _path(origin: Origin) -> Path:
    assert origin.path is not None
    return origin.path


def _required(cases: Path | None) -> Path:
    if cases is None:
        raise InputError.single(
            "E-ORIGIN-CASES", "cases", "no cases, and no stored run whose cases could be played",
            expected="--cases path/to/cases",
        )  # fmt: skip
    return cases

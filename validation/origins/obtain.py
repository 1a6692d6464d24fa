"""From two names to two comparable runs: load both models, settle whose cases are played, play or find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from cases.case_set import CaseSet
from cases.selection import compile_expression
from model.errors import InputError, Problem
from model.network.removals import removed_conditions

from ..checked_input import check_input
from ..deadline import Deadline
from ..executors import Executor
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, ReplayOptions
from ..results import Run
from .case_source import CaseSource, cases_of, cases_of_run, changes_of_cases
from .git import SHORT
from .load import load_model, model_of_run, readable
from .origin import Kind, Origin, read_origin
from .playing import Settings, ShowProgress, play_side, play_withdrawn, unseen
from .side import NothingToCompare, Side, Sides
from .trees import NotInCommit

CasesFrom = Literal["candidate", "own"]


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
    played, base_played, own, of_cases = _cases(one, two, stored, cases, cases_from)
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
        own = None if own is None else _matching(own, select, old)
        of_cases = [*of_cases, f"{len(played.cases)} of {n_read} cases are played: {select}"]
    changes = None if own is None else changes_of_cases(own, played.cases)
    if new is not None and two not in stored:
        played, warnings = _checked(played, new, settings)
    # The candidate's cases may speak of what the base does not know yet: no evidence for the base, no error.
    for_base = replace(settings, ignore_unknown_words=True, accept_rest=True) if same_cases else settings
    base_played = played if same_cases else base_played
    withdrawn = None
    if changes is not None and same_cases and old is not None and new is not None:
        withdrawn = play_withdrawn((one, old), (two, new), changes, for_base)
    first = play_side(one, old, base_played, stored.get(one), for_base)
    second = play_side(two, new, played, stored.get(two), settings)
    told = (*notes, *of_cases, *first.notes, *second.notes)
    return Sides(first, second, changes, withdrawn, told, tuple(warnings))


def obtain(
    text: str, *, model: Path | None = None, cases: Path | None = None, settings: Settings | None = None
) -> Side:
    """One side alone: the run of what ``text`` names, played now if it is not stored."""
    settings = settings or Settings()
    origin = read_origin(text, model)
    if origin.kind is Kind.RUN:
        stored = readable(Run.open(_path(origin)))
        return play_side(origin, model_of_run(stored), CaseSource(CaseSet(())), stored, settings)
    loaded = load_model(origin)
    source, _warnings = _checked(cases_of(origin, _required(cases)), loaded, settings)
    return play_side(origin, loaded, source, None, settings)


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
) -> tuple[CaseSource, CaseSource, CaseSet | None, list[str]]:
    """What the candidate plays, what the base plays, the base's own case set (None: not known), and notes."""
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
        return played, played, CaseSet(()), []
    except InputError as error:
        if cases_from == "own":
            raise
        note = f"{one.label}: its own cases cannot be read ({len(error.problems)} problems); what changed is not known"
        return played, played, None, [note]
    return played, own if cases_from == "own" else played, None if two in stored else own.cases, []


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


def _matching(cases: CaseSet, expression: str, candidate: Candidate | None) -> CaseSet:
    """The base's own cases that match; none is no error, since they need not be played."""
    matches = compile_expression(expression, candidate.network if candidate else None)
    return cases.take([row for row, card in enumerate(cases) if matches(card)])


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

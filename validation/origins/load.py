"""The model and the stored runs that an origin names."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases.case_set import CaseSet
from model.errors import ClinvalError
from model.network.load import load_network

from ..case_input import prepare_cases
from ..columns import SCHEMA
from ..planning import Candidate, make_plan, policy_of
from ..replay import ReplayOptions
from ..results import Run
from ..store.digests import run_key
from ..store.directory import RunDirectory
from ..store.files import StoreError
from ..store.inputs import name_of
from ..store.manifest import Invocation
from .git import Repository
from .origin import Origin
from .side import NothingToCompare
from .trees import extracted

_AT_COMMIT = re.compile(r"([0-9a-f]{10,64}):(.+)")


def load_model(origin: Origin) -> Candidate:
    """The network and policy of a commit, the working tree or a directory.

    Raises
    ------
    InputError
        With every problem of both; ``NotInCommit`` where the commit has no such model.
    """
    if origin.repository is None or origin.commit is None or origin.inside is None:
        assert origin.path is not None
        return Candidate.load(origin.path)
    with extracted(origin.repository, origin.commit, origin.inside) as place:
        return replace(Candidate.load(place), path=origin.place)


def model_of_run(run: Run) -> Candidate | None:
    """What a stored run was played with, if it is still where it was, on disk or at a commit."""
    plan = run.manifest.plan
    if not plan.network.path:
        return None
    try:
        policy = policy_of(plan.policy_settings)
        at_commit = _AT_COMMIT.fullmatch(plan.network.path)
        if at_commit is None:
            found = Candidate.load(plan.network.path, policy)
        else:
            repository = Repository.at(Path.cwd())
            commit = repository.commit(at_commit[1])
            with extracted(repository, commit, PurePosixPath(at_commit[2])) as place:
                found = Candidate(load_network(place), policy, plan.network.path)
    except (ClinvalError, OSError, TypeError, KeyError):
        return None
    same = found.network.digest == plan.network.digest and found.policy.digest == plan.policy.digest
    return found if same else None


def stored_run(
    runs: Path, candidate: Candidate, cases: CaseSet, options: ReplayOptions, code: str, ignore_unknown_words: bool
) -> Run | None:
    """The finished run of just this by the code of digest ``code``, if the store has it whole."""
    prepared = prepare_cases(cases, candidate.network, ignore_unknown_words=ignore_unknown_words, accept_rest=True)
    plan = make_plan(candidate, prepared, options, {}).model_copy(update={"code_digest": code})
    directory = RunDirectory(runs / run_key(plan.identity))
    try:
        manifest = directory.read_manifest()
    except StoreError:
        return None
    if manifest is None or manifest.status != "complete" or not manifest.is_sealed:
        return None
    return readable(Run.open(directory.path)) if directory.is_intact(manifest) else None


def readable(run: Run) -> Run:
    """The run, once it is seen to hold every column that a comparison reads.

    Raises
    ------
    NothingToCompare
        It was written by code that recorded something else.
    """
    if run.manifest.n_finished:
        missing = [name for name in SCHEMA.names if name not in run.table.column_names]
        if missing:
            raise NothingToCompare(
                f"E-RUN-COLUMNS  {run.path}: no {', '.join(missing)}, which the code of this run did not record; "
                "play both models by this code: --same-code"
            )
    return run


def renamed(run: Run, candidate: Candidate, cases: CaseSet) -> Run:
    """The run as the record of what was asked for here: a model at a commit, not a path in a worktree."""
    recorded = run.manifest.plan
    paths = {"network": candidate.path, "policy": candidate.path, "cases": name_of(cases.path or "")}
    sources = {part: getattr(recorded, part).model_copy(update={"path": path}) for part, path in paths.items()}
    plan = recorded.model_copy(update=sources)
    with suppress(StoreError):  # Where nothing can be written the note is missing, no more.
        run.directory.note_invocation(plan, recorded)
    return Run(run.directory, run.manifest.asked_for_by(Invocation.of(plan)))

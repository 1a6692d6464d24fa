"""The plain function behind ``clinval run``: plan, play what is missing, commit, score."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cases.card import Card
from cases.case_set import CaseSet
from model.network.network import Network
from model.policy.config import Policy
from model.policy.questions import fixed_order

from .case_input import prepare_cases
from .deadline import Deadline
from .executors import Executor, Work
from .executors.local import LocalExecutor
from .planning import Candidate, cards_parquet, make_plan, shard_order_seed, worth_workers
from .record import make_manifest
from .replay import DEFAULT_OPTIONS, ReplayOptions
from .results import Run
from .sharding import shards
from .store.committing import Committer
from .store.directory import RunDirectory, ShardFile
from .store.files import DeterminismAlarm, StoreError, UnreadableManifest
from .store.manifest import Invocation, Manifest, Plan
from .store.places import Place, next_free, place_of
from .vocabulary import Vocabulary

__all__ = ["Candidate", "run"]

BYTES_A_CASE = 8 * 1024
"""What the preflight reckons with: several times what a case was seen to take."""

Progress = Callable[[int, int], None]
"""Called with the cases finished so far, and all."""


def run(
    model: str | Path | Network | Candidate,
    cases: str | Path | CaseSet | Sequence[Card],
    *,
    policy: Policy | None = None,
    options: ReplayOptions = DEFAULT_OPTIONS,
    executor: Executor | None = None,
    workers: int | None = None,
    deadline: Deadline | None = None,
    runs: str | Path = "runs",
    fresh: bool = False,
    shard_size: int | None = None,
    progress: Progress | None = None,
    not_replayed: Mapping[str, int] | None = None,
    ignore_unknown_words: bool = False,
    accept_rest: bool = False,
) -> Run:
    """Replay ``cases`` against ``model`` and return the finished (or interrupted) run.

    What was computed before is not computed again: a finished run of the same network, policy, cases,
    code and options is returned as it is, an interrupted one is resumed.

    Parameters
    ----------
    model : a network directory, a BIF or XMLBIF file, or a network
    cases : a case directory or file, or cards
    executor : where shards are played; processes on this machine if left out
    workers : processes; chosen by the size of the work if left out
    deadline : when to stop; what is not finished by then makes the run incomplete
    runs : the directory of all runs, or an address of an object store (:mod:`validation.store.objects`)
    fresh : compute again, beside an earlier run, and insist on equal results
    progress : called as cases finish
    not_replayed : cases of the input that are left out on purpose, by reason, for the record
    ignore_unknown_words, accept_rest : see :func:`validation.case_input.prepare_cases`

    Raises
    ------
    InputError
        The model, the policy or the cases are refused.
    StoreError
        The run cannot be written there.
    """
    started = time.perf_counter()
    deadline = deadline or Deadline()
    candidate = model if isinstance(model, Candidate) else Candidate.load(model, policy)
    fixed_order(candidate.network, candidate.policy.questions)  # a policy that names no finding fails here
    case_set = prepare_cases(
        cases, candidate.network, ignore_unknown_words=ignore_unknown_words, accept_rest=accept_rest
    )
    plan = make_plan(candidate, case_set, options, not_replayed or {})
    place = place_of(runs)
    directory = place.run(plan.key)
    earlier, is_damaged = _earlier(directory, plan)
    if fresh and (is_damaged or earlier is not None):
        directory = place.run(next_free(place, plan.key))
    elif earlier is not None and earlier.status == "complete" and directory.is_intact(earlier):
        return _reuse(place, directory, earlier, plan)
    before = None if fresh else earlier
    if executor is None:
        executor = LocalExecutor(workers if workers is not None else worth_workers(candidate.network, len(case_set)))
    place.preflight(directory.path.name, BYTES_A_CASE * len(case_set) + 2**20)
    directory.lock()
    try:
        if directory.is_complete or (is_damaged and not fresh):
            directory.set_manifests_aside()
        directory.begin(plan, cards_parquet(case_set.cards), Vocabulary.of(candidate.network).to_bytes())
        whole = directory.whole_shards()
        done = {case_id for shard in whole for case_id in shard.case_ids}
        seed = shard_order_seed(case_set.digest)
        left = shards([card for card in case_set if card.id not in done], seed, executor.workers, shard_size)
        work = Work(candidate.network, candidate.policy, options)
        planned = time.perf_counter()
        with_progress = _Counter(len(done), len(case_set), progress)
        whole += _play(directory, work, left, executor, deadline=deadline, report=with_progress)
        played = time.perf_counter()
        retries = {
            **executor.incidents.to_dict(),
            "resumed_cases": len(done),
            "quarantined_shards": directory.n_quarantined,
        }
        manifest = make_manifest(
            directory, plan, whole, deadline, executor=executor.name, workers=executor.workers,
            retries={name: n + (before.retries.get(name, 0) if before else 0) for name, n in retries.items()},
        )  # fmt: skip
        timings = {"plan": planned - started, "replay": played - planned, "score": time.perf_counter() - played}
        timings = {name: s + (before.timings_s.get(name, 0.0) if before else 0.0) for name, s in timings.items()}
        manifest = manifest.model_copy(update={"timings_s": timings}).sealed()
        if earlier is not None and "complete" == earlier.status == manifest.status:
            _insist_on_equal(directory, earlier, manifest)
        directory.finish(manifest)
    finally:
        directory.unlock()
    place.remember(directory.path.name)
    return Run(directory, manifest)


def _earlier(directory: RunDirectory, plan: Plan) -> tuple[Manifest | None, bool]:
    """What an earlier attempt at the same run recorded, and whether its record is damaged."""
    try:
        earlier = directory.read_manifest()
    except UnreadableManifest:
        return None, True
    if earlier is not None and not (earlier.is_sealed and earlier.plan.key == plan.key):
        return None, True
    return earlier, False


def _reuse(place: Place, directory: RunDirectory, earlier: Manifest, plan: Plan) -> Run:
    """A finished run as this command's; it may lie where nothing can be written."""
    with suppress(StoreError):
        directory.note_invocation(plan, earlier.plan)
        place.remember(directory.path.name)
    return Run(directory, earlier.asked_for_by(Invocation.of(plan)), reused=True)


class _Counter:
    """Adds up the cases that are finished, and tells whoever wants to know."""

    def __init__(self, done: int, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = done, total, progress
        self(0)

    def __call__(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done, self._total)


def _play(
    directory: RunDirectory,
    work: Work,
    left: Sequence[Sequence[Card]],
    executor: Executor,
    *,
    deadline: Deadline,
    report: Callable[[int], None],
) -> list[ShardFile]:
    """Play and commit the shards that are ``left``; ``report`` is told how many cases each finished."""
    committed: list[ShardFile] = []

    def note(shards: Iterable[ShardFile]) -> None:
        for shard in shards:
            committed.append(shard)
            report(len(shard.case_ids))

    with Committer(directory) as committer:
        for finished in executor.run(work, [tuple(shard) for shard in left], deadline):
            note(committer.commit(finished.data, finished.case_ids))
        note(committer.rest())
    return committed


def _insist_on_equal(directory: RunDirectory, earlier: Manifest, now: Manifest) -> None:
    if earlier.results_sha256 != now.results_sha256:
        raise DeterminismAlarm(
            f"E-DETERMINISM  {directory.path}: computed again, the results differ "
            f"({earlier.results_sha256[:12]} before, {now.results_sha256[:12]} now); keep both and report it"
        )

"""The plain function behind ``clinval run``: plan, play what is missing, commit, score."""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cases.card import Card
from cases.case_set import CaseSet
from model.network.load import load_network
from model.network.network import Network
from model.policy.config import DEFAULT_POLICY, Policy, load_policy
from model.policy.questions import fixed_order

from .arrow import strings, to_numpy
from .case_input import prepare_cases
from .deadline import Deadline
from .executors import Executor, Work
from .executors.local import LocalExecutor
from .replay import DEFAULT_OPTIONS, ReplayOptions
from .results import Run, vocabulary_in
from .score import score
from .sharding import shards
from .store.digests import canonical_json, cases_key, code_digest, in_case_order, results_digest, run_key
from .store.directory import RunDirectory, ShardFile, parquet_bytes
from .store.files import DeterminismAlarm, preflight, replace_file
from .store.manifest import Manifest, Plan, ShardRecord, Source
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

BYTES_A_CASE = 8 * 1024
"""What the preflight reckons with: several times what a case was seen to take."""
SMALL = 20_000_000
"""Cases × conditions × findings below which one process is done before a second has started."""
LATEST = "latest"

Progress = Callable[[int, int], None]
"""Called with the cases finished so far, and all."""


@dataclass(frozen=True)
class Candidate:
    """What is validated: a network and its policy, and where they come from."""

    network: Network
    policy: Policy
    path: str = ""

    @classmethod
    def load(cls, model: str | Path | Network, policy: Policy | None = None) -> Candidate:
        """From a directory or file, or a network in memory; ``policy`` overrides the directory's."""
        if isinstance(model, Network):
            return cls(model, policy or DEFAULT_POLICY)
        network = load_network(model)
        path = Path(model)
        return cls(network, policy or (load_policy(path) if path.is_dir() else DEFAULT_POLICY), str(model))


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
    runs : the directory of all runs
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
    runs = Path(runs)
    directory = RunDirectory(runs / plan.key)
    earlier = attempts_before = directory.read_manifest()
    if fresh and earlier is not None:
        directory = RunDirectory(_next_free(runs / plan.key))
        attempts_before = None
    elif earlier is not None and earlier.status == "complete" and directory.is_intact(earlier):
        _remember(runs, directory)
        return Run(directory, earlier, reused=True)
    if executor is None:
        executor = LocalExecutor(workers if workers is not None else _workers(candidate.network, len(case_set)))
    preflight(directory.path, BYTES_A_CASE * len(case_set) + 2**20)
    directory.lock()
    try:
        if directory.is_complete:
            directory.reopen()
        directory.begin(plan, _cards_parquet(case_set.cards), Vocabulary.of(candidate.network).to_bytes())
        whole = directory.whole_shards()
        done = {case_id for shard in whole for case_id in shard.case_ids}
        left = shards([card for card in case_set if card.id not in done], _seed(case_set), executor.workers, shard_size)
        work = Work(candidate.network, candidate.policy, options)
        planned = time.perf_counter()
        with_progress = _Counter(len(done), len(case_set), progress)
        whole += _play(directory, work, left, executor, deadline=deadline, report=with_progress)
        played = time.perf_counter()
        manifest = _manifest(directory, plan, whole, deadline)
        timings = {"plan": planned - started, "replay": played - planned, "score": time.perf_counter() - played}
        retries = {
            "worker_deaths": executor.deaths,
            "resumed_cases": len(done),
            "quarantined_shards": directory.n_quarantined,
        }
        manifest = manifest.model_copy(
            update={
                "executor": executor.name,
                "workers": executor.workers,
                "timings_s": _add(timings, attempts_before.timings_s if attempts_before else {}),
                "retries": _add(retries, attempts_before.retries if attempts_before else {}),
            }
        )
        if earlier is not None and "complete" == earlier.status == manifest.status:
            _insist_on_equal(directory, earlier, manifest)
        directory.finish(manifest)
    finally:
        directory.unlock()
    _remember(runs, directory)
    return Run(directory, manifest)


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
    committed = []
    for finished in executor.run(work, [tuple(shard) for shard in left], deadline):
        committed.append(directory.commit_shard(finished.data, finished.case_ids))
        report(len(finished.case_ids))
    return committed


def make_plan(candidate: Candidate, cases: CaseSet, options: ReplayOptions, not_replayed: Mapping[str, int]) -> Plan:
    """What is to be run, and the key that follows from it."""
    key_of_cases = cases_key(zip([card.id for card in cases], cases.content_hashes, strict=True))
    quarantined = {"quarantined": len(cases.quarantined)} if cases.quarantined else {}
    plan = Plan(
        key="",
        network=Source(name=candidate.network.name, path=candidate.path, digest=candidate.network.digest),
        policy=Source(name=candidate.policy.questions.kind, path=candidate.path, digest=candidate.policy.digest),
        cases=Source(name=cases.name, path=str(cases.path or ""), digest=cases.digest),
        cases_key=key_of_cases,
        code_digest=code_digest(),
        options=_as_json(options),
        policy_settings={
            "policy": _as_json(candidate.policy.questions),
            "stopping": _as_json(candidate.policy.stopping),
        },
        n_cases=len(cases),
        not_replayed={**quarantined, **not_replayed},
        seeds={
            "shard_order": _seed(cases),
            "policy": candidate.policy.questions.seed,
            **{name: value for name, value in asdict(options.unreliability).items() if name.endswith("_seed")},
        },
    )
    return plan.model_copy(update={"key": run_key(plan.identity)})


def _as_json(settings: DataclassInstance) -> dict[str, Any]:
    """The settings as they come back from a JSON file."""
    record: dict[str, Any] = json.loads(canonical_json(asdict(settings)))
    return record


def _seed(cases: CaseSet) -> int:
    """Of the order in which cases are played: it follows from what they are."""
    return int(cases.digest[:15], 16)


def _workers(network: Network, n_cases: int) -> int:
    size = n_cases * len(network.conditions) * len(network.findings)
    return 1 if size < SMALL else LocalExecutor().workers


def _next_free(path: Path) -> Path:
    number = 2
    while path.with_name(f"{path.name}-{number}").exists():
        number += 1
    return path.with_name(f"{path.name}-{number}")


def _cards_parquet(cards: Sequence[Card]) -> bytes:
    columns = [[card.id for card in cards], [card.model_dump_json(exclude_defaults=True) for card in cards]]
    return parquet_bytes(pa.Table.from_arrays([strings(column) for column in columns], names=["case_id", "card"]))


def _manifest(directory: RunDirectory, plan: Plan, whole: Sequence[ShardFile], deadline: Deadline) -> Manifest:
    """The record of what is there now."""
    whole = sorted(whole, key=lambda shard: shard.name)
    table = directory.read_shards([shard.name for shard in whole])
    table = None if table is None else in_case_order(table)  # sums must not depend on the shards
    ids = [] if table is None else to_numpy(table["case_id"]).tolist()
    if len(set(ids)) != len(ids):
        raise DeterminismAlarm(f"E-TWO-RESULTS  {directory.path}: a case has more than one result; start with --fresh")
    missing = plan.n_cases - len(ids)
    excluded = {**plan.not_replayed, **({deadline.reason or "not reached": missing} if missing else {})}
    return Manifest(
        status="incomplete" if missing else "complete",
        plan=plan,
        n_finished=len(ids),
        reason=(deadline.reason or "not reached") if missing else "",
        results_sha256="" if table is None else results_digest(table),
        shards=[ShardRecord(name=s.name, sha256=s.sha256, n_cases=len(s.case_ids)) for s in whole],
        files=directory.file_hashes(),
        outcomes={} if table is None else _tally(table["outcome"].to_pylist()),
        exclusions=excluded,
        not_in_network={} if table is None else _tally([w for row in table["not_in_network"].to_pylist() for w in row]),
        retries={},
        executor="",
        workers=0,
        budget_s=deadline.budget_s,
        timings_s={},
        versions={
            "clinval": version("clinval"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
            "machine": platform.machine(),
        },
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        metrics={} if table is None else score(table, vocabulary_in(directory)).to_dict(),
    )


def _tally(words: Sequence[str]) -> dict[str, int]:
    """Counts, the most frequent first, then by name."""
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))


def _add(now: Mapping[str, float], before: Mapping[str, float] | None) -> dict[str, float]:
    return {name: value + (before or {}).get(name, 0) for name, value in now.items()}


def _insist_on_equal(directory: RunDirectory, earlier: Manifest, now: Manifest) -> None:
    if earlier.results_sha256 != now.results_sha256:
        raise DeterminismAlarm(
            f"E-DETERMINISM  {directory.path}: computed again, the results differ "
            f"({earlier.results_sha256[:12]} before, {now.results_sha256[:12]} now); keep both and report it"
        )


def _remember(runs: Path, directory: RunDirectory) -> None:
    """Note which run was the last, for ``clinval show``."""
    if directory.path.parent == runs:
        replace_file(runs / LATEST, f"{directory.path.name}\n".encode())

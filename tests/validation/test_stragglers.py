"""Workers that are alive and do not answer: real ones, stopped; and what is merely slow."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from model.policy.config import DEFAULT_POLICY
from tests.validation import synthetic
from tests.validation.poison import PoisonWork
from validation.executors.local import LocalExecutor
from validation.executors.protocol import Finished
from validation.executors.tasks import Tasks
from validation.replay import ReplayOptions
from validation.runner import run
from validation.store.directory import read_parquet
from validation.store.files import DeterminismAlarm

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 24)
PATIENCE_S = 0.3


def play(
    workers: int, shard_size: int = 8, at: int = 13, patience_s: float = PATIENCE_S, **poison: Any
) -> tuple[LocalExecutor, list[Finished]]:
    executor = LocalExecutor(workers, patience_s)
    work = PoisonWork(NETWORK, DEFAULT_POLICY, ReplayOptions(), at=CARDS[at].id, **poison)
    shards = [tuple(CARDS[start : start + shard_size]) for start in range(0, 24, shard_size)]
    return executor, list(executor.run(work, shards, lambda: False))


def rows(finished: list[Finished]) -> dict[str, dict[str, Any]]:
    """Case id to its row; a case twice is a failure."""
    found = [row for part in finished for row in read_parquet(part.data).to_pylist()]
    assert sorted(row["case_id"] for row in found) == sorted(card.id for card in CARDS)
    return {row["case_id"]: row for row in found}


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    here = tmp_path_factory.mktemp("here") / "done"
    here.touch()
    return rows(play(1, once=here)[1])


# The first, a middle and the last case; shards as many as workers, more, and fewer (all workers stopped).
@pytest.mark.parametrize(("shard_size", "at"), [(8, 0), (8, 13), (8, 23), (4, 2), (24, 5)])
def test_the_shard_of_a_worker_that_was_stopped_goes_to_another(
    tmp_path: Path, faultless: dict[str, dict[str, Any]], shard_size: int, at: int
) -> None:
    stopped = tmp_path / "stopped"
    executor, finished = play(2, shard_size, at, how="stop", once=stopped)
    assert stopped.exists()
    assert rows(finished) == faultless
    assert executor.incidents.worker_deaths == 0
    assert not multiprocessing.active_children(), "the stopped process is still there"


def test_a_run_goes_on_when_a_busy_worker_is_stopped_from_outside(tmp_path: Path) -> None:
    stopped: list[int] = []

    def stop_one(done: int, _: int) -> None:
        workers = multiprocessing.active_children()
        if workers and done and not stopped:
            stopped.append(workers[-1].pid or 0)
            os.kill(stopped[-1], signal.SIGSTOP)

    whole = run(NETWORK, CARDS, runs=tmp_path / "a", workers=1)
    executor = LocalExecutor(2, PATIENCE_S)
    hurt = run(NETWORK, CARDS, runs=tmp_path / "b", executor=executor, shard_size=4, progress=stop_one)
    assert stopped
    assert hurt.manifest.results_sha256 == whole.manifest.results_sha256


def test_a_worker_that_only_slept_is_welcome_back_and_its_case_is_there_once(
    tmp_path: Path, faultless: dict[str, dict[str, Any]]
) -> None:
    for patience_s in (PATIENCE_S, 60.0):
        _, finished = play(2, 4, how="doze", once=tmp_path / str(patience_s), patience_s=patience_s)
        assert rows(finished) == faultless


def test_what_is_merely_slow_is_not_copied_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = multiprocessing.process.BaseProcess.start

    def counting(process: Any) -> None:
        started.append(1)
        start(process)

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", counting)
    begin = time.monotonic()
    _, finished = play(2, 24, how="doze", doze_s=3.0, patience_s=0.01)
    patiences = (time.monotonic() - begin) / 0.04
    assert len(rows(finished)) == 24
    # Patience doubles, for slow starts and for slow tasks; without that it would be one at every poll.
    assert 2 <= len(started) <= 1 + 2 * (1 + math.log2(patiences)) < 20


def test_two_answers_have_to_be_equal_and_the_first_one_counts() -> None:
    tasks = Tasks([tuple(CARDS[:4])])
    task = tasks.next()
    assert task is not None
    tasks.copy(task)
    assert [part.data for part in tasks.played(task, b"one")] == [b"one"]
    assert tasks.are_settled
    assert tasks.next() is None  # the copy is not wanted any more
    assert list(tasks.played(task, b"one")) == []
    assert list(tasks.give_up(task, lambda _: b"failed")) == []
    with pytest.raises(DeterminismAlarm, match="two workers played them, and the results differ"):
        list(tasks.played(task, b"two"))


def test_a_copy_that_dies_or_fails_first_settles_what_the_other_says_later() -> None:
    tasks = Tasks([tuple(CARDS[:2])])
    task = tasks.next()
    assert task is not None
    tasks.copy(task)
    assert list(tasks.give_up(task, lambda _: b"failed")) == []
    assert list(tasks.played(task, b"late")) == []
    halves = []
    while (half := tasks.next()) is not None:
        halves += [part.case_ids for part in tasks.played(half, b"")]
    assert halves == [(CARDS[0].id,), (CARDS[1].id,)]
    assert tasks.are_settled

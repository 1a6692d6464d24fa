"""Workers of Ray that die, stop, dawdle or disagree: I1 one result a case, I2 the same results."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.policy.config import DEFAULT_POLICY
from tests.faults.work import FaultyWork
from tests.validation import synthetic
from validation.columns import CRASHED, FAILED
from validation.deadline import Deadline
from validation.executors.incidents import Incidents, in_words
from validation.executors.pool import WorkersCannotStart
from validation.executors.protocol import Finished
from validation.executors.ray import RayExecutor, WorkerStatus
from validation.executors.ray.executor import CasesLost
from validation.executors.ray.portions import FIRST
from validation.executors.ray.watching import Doing
from validation.executors.tasks import ATTEMPTS, Task, Tasks
from validation.executors.work import Player, Work
from validation.replay import ReplayOptions
from validation.store.directory import read_parquet
from validation.store.files import DeterminismAlarm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_here")]

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 48)
AT = 21


def rows(finished: list[Finished]) -> dict[str, dict[str, Any]]:
    """Case id to its row; a case twice, or none, is a failure (I1)."""
    found = [row for part in finished for row in read_parquet(part.data).to_pylist()]
    assert sorted(row["case_id"] for row in found) == sorted(card.id for card in CARDS)
    return {row["case_id"]: row for row in found}


def play(executor: RayExecutor, shard_size: int = 8, **poison: Any) -> dict[str, dict[str, Any]]:
    work = FaultyWork(NETWORK, DEFAULT_POLICY, ReplayOptions(), **{"at": CARDS[AT].id, **poison})
    shards = [tuple(CARDS[start : start + shard_size]) for start in range(0, len(CARDS), shard_size)]
    result = rows(list(executor.run(work, shards, lambda: False)))
    print(in_words(executor.incidents.to_dict()), "of", len(CARDS))
    return result


@pytest.fixture(scope="module")
def faultless() -> dict[str, dict[str, Any]]:
    work = Work(NETWORK, DEFAULT_POLICY, ReplayOptions())
    return rows([Finished(tuple(card.id for card in CARDS), Player(work).play(CARDS))])


def others(found: dict[str, Any]) -> dict[str, Any]:
    return {case_id: row for case_id, row in found.items() if case_id != CARDS[AT].id}


@pytest.mark.parametrize("shard_s", [None, 1.0])
def test_a_worker_killed_once_costs_one_shard_and_nothing_is_lost(
    tmp_path: Path, faultless: dict[str, Any], shard_s: float | None
) -> None:
    executor = RayExecutor(2, shard_s=shard_s)
    assert play(executor, once=tmp_path / "killed") == faultless
    assert (tmp_path / "killed").exists()
    redone = executor.incidents.redone_cases  # the one that was executing; what waited behind it was not touched
    assert executor.incidents == Incidents(worker_deaths=1, workers_set_aside=1, retries=1, redone_cases=redone)
    assert 1 <= redone <= (8 if shard_s is None else FIRST)


def test_a_case_that_kills_is_found_by_halving_and_named(faultless: dict[str, Any]) -> None:
    executor = RayExecutor(2, shard_s=None)
    found = play(executor, how="kill")
    poison = found[CARDS[AT].id]
    assert poison["outcome"] == CRASHED
    assert "its worker died 3 times" in poison["error"]
    assert others(found) == others(faultless)
    # Three deaths of the shard of eight, one of its half, one of its quarter, three of the case alone.  An answer
    # that was on its way when its worker died is lost with it, and then another shard is played once more.
    least, redone = ATTEMPTS + 2 + ATTEMPTS, ATTEMPTS * 8 + 4 + 2 + ATTEMPTS
    others_too = executor.incidents.retries - least
    assert 0 <= others_too <= 3
    assert redone <= executor.incidents.redone_cases <= redone + 8 * others_too
    assert (executor.incidents.shards_halved, executor.incidents.cases_given_up) == (3, 1)


def test_a_case_that_raises_is_named_at_once(faultless: dict[str, Any]) -> None:
    executor = RayExecutor(2, shard_s=None)
    found = play(executor, how="raise")
    assert found[CARDS[AT].id]["outcome"] == FAILED
    assert "this case is poison" in found[CARDS[AT].id]["error"]
    assert others(found) == others(faultless)
    assert executor.incidents == Incidents(shards_halved=3, cases_given_up=1)


@pytest.mark.parametrize("at", [0, AT, 47])
def test_the_shard_of_a_stopped_worker_goes_to_another(tmp_path: Path, faultless: dict[str, Any], at: int) -> None:
    stopped = tmp_path / "stopped"
    executor = RayExecutor(2, shard_s=None, patience_s=0.5)
    assert play(executor, at=CARDS[at].id, how="stop", once=stopped) == faultless
    assert stopped.exists()
    assert executor.incidents.shards_late >= 1
    assert executor.incidents.retries == 0, "no shard pays for silence"
    assert executor.incidents.redone_cases == 8 * executor.incidents.shards_late
    assert executor.incidents.workers_set_aside >= 1


def test_where_every_worker_is_stopped_they_are_started_again(tmp_path: Path, faultless: dict[str, Any]) -> None:
    executor = RayExecutor(1, shard_s=None, patience_s=0.5)
    assert play(executor, how="stop", once=tmp_path / "stopped") == faultless
    assert executor.incidents.worker_deaths == 1
    assert executor.incidents.redone_cases == 8


# The very first shard sleeps for four seconds, is doubted after two, and there is work for ten.  The other worker may
# stand still for two seconds, on a busy machine, before it is doubted as well and both are started again.
DOZE: dict[str, Any] = {"shard_size": 2, "at": CARDS[0].id, "how": "doze", "doze_s": 4.0, "a_case_s": 0.2}
DOUBT_S = 2.0


def test_a_worker_that_only_slept_is_welcome_back(tmp_path: Path, faultless: dict[str, Any]) -> None:
    seen: list[WorkerStatus] = []
    executor = RayExecutor(2, shard_s=None, patience_s=DOUBT_S, watcher=seen.extend)
    assert play(executor, once=tmp_path / "dozed", **DOZE) == faultless
    assert executor.incidents.shards_late >= 1
    silent = next(status for status in seen if status.doing is Doing.SILENT)
    later = [status for status in seen[seen.index(silent) :] if status.number == silent.number]
    assert Doing.PLAYING in {status.doing for status in later}
    assert later[-1].starts == 1


def test_workers_killed_from_outside_again_and_again_cost_no_innocent_case(faultless: dict[str, Any]) -> None:
    killed: list[int] = []

    def kill_one(workers: Any) -> None:
        playing = [worker for worker in workers if worker.doing is Doing.PLAYING and worker.pid not in killed]
        if playing and len(killed) < 4:
            killed.append(playing[-1].pid)
            os.kill(killed[-1], signal.SIGKILL)

    executor = RayExecutor(2, shard_s=None, watcher=kill_one)
    assert play(executor, at="", a_case_s=0.1) == faultless
    assert len(killed) == 4
    assert executor.incidents.worker_deaths >= 4
    assert executor.incidents.redone_cases == 8 * executor.incidents.retries
    assert executor.incidents.cases_given_up == 0


def test_two_workers_that_disagree_are_a_hard_stop(tmp_path: Path) -> None:
    with pytest.raises(DeterminismAlarm, match="two workers played them, and the results differ"):
        play(RayExecutor(2, shard_s=None, patience_s=DOUBT_S), once=tmp_path / "dozed", unequal=True, **DOZE)


def test_at_the_deadline_it_stops_within_a_second_or_two_and_keeps_what_is_finished() -> None:
    work = FaultyWork(NETWORK, DEFAULT_POLICY, ReplayOptions(), a_case_s=0.1)
    shards = [tuple(CARDS[start : start + 4]) for start in range(0, len(CARDS), 4)]
    deadline = Deadline()
    finished = []
    for part in RayExecutor(2, shard_s=None).run(work, shards, deadline):
        finished += part.case_ids
        deadline.cancel("out of time")
        begin = time.monotonic()
    assert time.monotonic() - begin < 2
    assert 4 <= len(finished) <= 12


def test_a_network_that_cannot_be_compiled_stops_it_with_a_reason() -> None:
    work = FaultyWork(None, DEFAULT_POLICY, ReplayOptions())  # type: ignore[arg-type]
    with pytest.raises(WorkersCannotStart, match="the network cannot be compiled"):
        list(RayExecutor(2).run(work, [tuple(CARDS[:4])], lambda: False))


def test_workers_with_other_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validation.executors.ray.crew.code_digest", lambda: "another")
    with pytest.raises(WorkersCannotStart, match="give both the same image"):
        play(RayExecutor(2))


def test_a_case_that_goes_in_and_does_not_come_out_is_a_fault_of_the_harness(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Tasks.played

    def lose(tasks: Tasks, task: Task, data: bytes) -> Iterator[Finished]:
        parts = list(played(tasks, task, data))
        return iter(() if CARDS[AT].id in task.case_ids else parts)

    monkeypatch.setattr(Tasks, "played", lose)
    work = Work(NETWORK, DEFAULT_POLICY, ReplayOptions())
    shards = [tuple(CARDS[start : start + 8]) for start in range(0, len(CARDS), 8)]
    with pytest.raises(CasesLost, match="48 cases went in and 40 came out") as caught:
        list(RayExecutor(2, shard_s=None).run(work, shards, lambda: False))
    assert caught.value.exit_code == 3

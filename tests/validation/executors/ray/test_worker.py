"""A worker as the driver sees it, and the crew's accounts, with a Ray that does what it is told."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from model.policy.config import DEFAULT_POLICY
from tests.validation import synthetic
from validation.columns import CRASHED
from validation.executors.incidents import Incidents
from validation.executors.ray.actor import Begun, Played
from validation.executors.ray.crew import Crew
from validation.executors.ray.portions import Portions
from validation.executors.ray.watching import Doing
from validation.executors.ray.worker import FIRST_WAIT_S, LONGEST_WAIT_S, Worker
from validation.executors.tasks import ATTEMPTS, Tasks
from validation.executors.work import Player, Work
from validation.replay import ReplayOptions
from validation.store.digests import code_digest
from validation.store.directory import read_parquet

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 8)
WORK = Work(NETWORK, DEFAULT_POLICY, ReplayOptions())


class RayError(Exception):
    pass


class RayActorError(RayError):
    pass


class ActorDiedError(RayActorError):
    pass


class ActorUnavailableError(RayActorError):
    pass


class Ray:
    """One process that answers what the ``script`` says, the next word for each call of ``play``."""

    exceptions = SimpleNamespace(
        RayError=RayError,
        RayActorError=RayActorError,
        ActorDiedError=ActorDiedError,
        ActorUnavailableError=ActorUnavailableError,
    )

    def __init__(self, script: list[str]) -> None:
        self.script = deque(script)
        self.life = 1
        self.began: list[tuple[str, ...]] = []
        self.player = Player(WORK)

    def put(self, work: Any) -> Any:
        return work

    def remote(self, _: type) -> Any:
        begin = SimpleNamespace(remote=lambda _: lambda: Begun(str(self.life), self.life, "node", code_digest(), ""))
        play = SimpleNamespace(remote=self._play)
        actor = SimpleNamespace(begin=begin, play=play)
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda: actor))

    def _play(self, _: Any, cards: Any) -> Any:
        life = self.life

        def answer() -> Played:
            if life != self.life:
                raise ActorUnavailableError("may or may not have been executed")
            word = self.script.popleft() if self.script else "play"
            self.began.append(tuple(card.id for card in cards))
            if word == "die":
                self.life += 1
                raise ActorUnavailableError("may or may not have been executed")
            if word == "lose":
                raise ActorUnavailableError("the connection was lost")
            return Played(self.player.play(cards), 0.01)

        return answer

    def get(self, reference: Any) -> Any:
        return reference()

    def wait(self, references: list[Any], **_: Any) -> tuple[list[Any], list[Any]]:
        return references, []

    def kill(self, *_: Any, **__: Any) -> None:
        raise AssertionError("nobody is to be killed")


def crew(script: list[str], size: int = 4) -> tuple[Ray, Crew, dict[str, dict[str, Any]]]:
    """The crew after everything is settled, and case id to row."""
    ray = Ray(script)
    shards = [tuple(CARDS[start : start + size]) for start in range(0, len(CARDS), size)]
    portions, tasks = Portions(shards, None, 1), Tasks((), tries_alone=ATTEMPTS)
    made = Crew(ray, WORK, tasks, portions, 1)
    rows: dict[str, dict[str, Any]] = {}
    while portions.n_left or not tasks.are_settled:
        for worker in made.workers:
            worker.next_ping = 0.0
        for part in made.step():
            for row in read_parquet(part.data).to_pylist():
                assert row["case_id"] not in rows
                rows[row["case_id"]] = row
    return ray, made, rows


def test_only_the_shard_that_was_executing_pays() -> None:
    ray, made, rows = crew(["die"])
    assert len(rows) == 8
    assert made.incidents == Incidents(worker_deaths=1, workers_set_aside=1, retries=1, redone_cases=4)
    first, second = tuple(card.id for card in CARDS[:4]), tuple(card.id for card in CARDS[4:])
    assert ray.began == [first, first, second]


def test_after_three_deaths_a_shard_is_halved_to_the_case_and_named() -> None:
    _, made, rows = crew(["die"] * (ATTEMPTS + 2 + ATTEMPTS - 1), size=8)  # 8, 4, 2, then 1 three times
    assert made.incidents.retries == ATTEMPTS + 2 + ATTEMPTS - 1
    assert [case_id for case_id, row in rows.items() if row["outcome"] == CRASHED] == []
    _, made, rows = crew(["die"] * (ATTEMPTS + 2 + ATTEMPTS), size=8)
    assert [case_id for case_id, row in rows.items() if row["outcome"] == CRASHED] == [CARDS[0].id]
    assert len(rows) == 8


def test_a_connection_that_was_lost_is_nobodys_death() -> None:
    _, made, rows = crew(["lose"] * 8, size=1)
    assert {row["outcome"] for row in rows.values()} <= {"answered", "impossible"}
    assert len(rows) == 8
    assert made.incidents.worker_deaths == 0


def test_a_worker_that_does_not_answer_is_asked_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(0, actor=None, work=[])
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr("validation.executors.ray.worker.time", clock)
    waits = []
    for _ in range(8):
        worker.not_there()
        waits.append(worker.next_ping - 100.0)
    assert waits == [FIRST_WAIT_S, 1.0, 2.0, 4.0, *[LONGEST_WAIT_S] * 4]
    assert worker.doing is Doing.STARTING
    assert worker.back(Begun("a", 1, "n", "c", ""))
    assert worker.doing is Doing.IDLE
    assert not worker.back(Begun("a", 1, "n", "c", ""))
    assert worker.back(Begun("b", 2, "n", "c", ""))
    assert (worker.starts, worker.waits_s) == (2, FIRST_WAIT_S)


def test_patience_is_three_times_the_slow_ones_and_doubles() -> None:
    portions = Portions((), None, 1)
    made = Crew(Ray([]), WORK, Tasks([tuple(CARDS)]), portions, 1, patience_s=15.0)
    task = made._tasks.next()
    assert task is not None
    assert made._patience(task) == 4 * 15
    made._took_s.extend([1.0] * 94 + [7.0] * 6)
    assert made._patience(task) == 21
    made._tasks.copy(task)
    assert made._patience(task) == 42
    made._took_s.clear()
    made._took_s.append(2.0)
    assert made._patience(task) == 2 * 15

"""All workers: fed, listened to, doubted, pinged; and what is charged to which shard.

A shard pays for a death only if it was being executed.  Ray says of every call to a worker that went
away that it *may* have been executed; calls are executed in their order, so it was the first one
without an answer.  And it says so of a worker whose connection was merely lost: when that one answers
a ping in its old life, the shard is forgiven.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...store.digests import code_digest
from ..pool import WorkersCannotStart
from ..protocol import Finished
from ..tasks import ATTEMPTS, Task, Tasks
from ..work import Work, crashed, failed
from .actor import Begun, Played, PlayingActor, Raised
from .portions import Portions
from .worker import Call, Worker

POLL_S = 0.1
IN_FLIGHT = 2
"""Shards that a worker has in hand: it never waits for the driver."""
PATIENCE_S = 15.0
MUCH_LONGER = 3
"""Times the 95th percentile of the others: much longer than they took."""
NOBODY_YET = 4
"""Times the patience where there is nothing to compare with."""
HOPELESS = 4
"""Times the patience: a worker that has been silent for so long is ended and started again."""
REMEMBERED = 1000
"""Durations from which that percentile is taken."""
NOBODY_STARTS_S = 600.0
"""So long the cluster may take to give the first worker its place."""


class Crew:
    """Workers on Ray.

    Parameters
    ----------
    ray : the module, connected
    """

    def __init__(
        self, ray: Any, work: Work, tasks: Tasks, portions: Portions, n_workers: int, patience_s: float = PATIENCE_S
    ) -> None:
        self._ray, self._work, self._tasks, self._portions = ray, work, tasks, portions
        self._patience_s = patience_s
        self.incidents = tasks.incidents
        kept = [ray.put(work)]  # as long as there are workers, or one that is started again would not find it
        self._class = ray.remote(PlayingActor).options(num_cpus=1, max_restarts=-1, max_task_retries=0)
        self._code = code_digest()
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)
        self._started = time.monotonic()
        self._stillborn = 0
        self.workers = [Worker(number, self._actor(), kept) for number in range(n_workers)]

    def _actor(self) -> Any:
        return self._class.remote()

    def step(self) -> Iterator[Finished]:
        """Feed, listen for a moment, doubt."""
        self._feed()
        for worker in self.workers:
            worker.ask()
        whose: dict[Any, tuple[Worker, Call | None]] = {w.ping: (w, None) for w in self.workers if w.ping is not None}
        whose |= {call.reference: (worker, call) for worker in self.workers for call in worker.calls}
        if not whose:
            time.sleep(POLL_S)
            return
        for reference in self._ready(list(whose)):
            worker, call = whose[reference]
            if call is None:
                self._hear_ping(worker)
            elif call in worker.calls:  # else it went with another call of the same worker
                yield from self._hear(worker, call)
        self._doubt()

    def end(self) -> None:
        """End every process; what they had in hand is lost."""
        for worker in self.workers:
            with suppress(Exception):  # the cluster may be gone
                self._ray.kill(worker.actor)

    def _ready(self, references: list[Any]) -> list[Any]:
        ready, _ = self._ray.wait(references, num_returns=1, timeout=POLL_S)
        return list(self._ray.wait(references, num_returns=len(references), timeout=0)[0]) if ready else []

    def _feed(self) -> None:
        for depth in range(IN_FLIGHT):
            for worker in self.workers:
                if worker.is_away or worker.is_silent or len(worker.calls) != depth:
                    continue
                task = self._next()
                if task is None:
                    return
                worker.give(task)

    def _next(self) -> Task | None:
        task = self._tasks.next()
        if task is None and (portion := self._portions.next()) is not None:
            self._tasks.add(portion)
            task = self._tasks.next()
        return task

    def _hear(self, worker: Worker, call: Call) -> Iterator[Finished]:
        """A call has an answer, or never will have one."""
        errors = self._ray.exceptions
        try:
            answer: Played | Raised = self._ray.get(call.reference)
        except errors.RayActorError as error:
            yield from self._lost(worker, error)
        except errors.RayError as error:  # its result went with the machine that held it, or never began
            worker.answered(call)
            yield from self._charge(call.task, error)
        else:
            yield from self._settle(worker, call, answer)

    def _settle(self, worker: Worker, call: Call, answer: Played | Raised) -> Iterator[Finished]:
        took_s = time.monotonic() - worker.since
        worker.answered(call)
        if isinstance(answer, Raised):
            why = answer.why
            yield from self._tasks.give_up(call.task, lambda cards: failed(self._work, cards, why))
            return
        self._took_s.append(took_s)
        n_cases = len(call.task.cards)
        self._portions.measured(n_cases, answer.seconds)
        worker.shards_done += 1
        worker.cases_done += n_cases
        yield from self._tasks.played(call.task, answer.data)

    def _lost(self, worker: Worker, error: Exception) -> Iterator[Finished]:
        """A worker went away: what it had in hand goes back, and the shard that it played pays."""
        was_silent = worker.is_silent
        for call in list(worker.calls):  # it may have answered some of them before
            with suppress(self._ray.exceptions.RayError):
                if self._ray.wait([call.reference], timeout=0)[0]:
                    yield from self._settle(worker, call, self._ray.get(call.reference))
        worker.is_missed = worker.starts > 0
        self.incidents.worker_deaths += worker.is_missed
        self.incidents.workers_set_aside += worker.starts > 0
        calls = worker.gone()
        if isinstance(error, self._ray.exceptions.ActorDiedError):
            self._replace(worker, error)
        if was_silent:  # others have it all since then
            return
        for call in reversed(calls[1:]):
            self._tasks.again(call.task)
        if calls:
            worker.suspect = calls[0].task
            yield from self._charge(calls[0].task, error)

    def _charge(self, task: Task, error: Exception) -> Iterator[Finished]:
        words = " ".join(str(error).split())[:200]
        why = f"its worker died {ATTEMPTS} times; out of memory, perhaps ({type(error).__name__}: {words})"
        yield from self._tasks.died(task, lambda cards: crashed(self._work, cards, why))

    def _replace(self, worker: Worker, error: Exception) -> None:
        """Ray will not start it again: another one in its place."""
        self._stillborn = 0 if worker.starts else self._stillborn + 1
        if self._stillborn == ATTEMPTS:
            words = " ".join(str(error).split())[:300]
            raise WorkersCannotStart(f"E-WORKERS  {ATTEMPTS} workers in a row died before they began: {words}")
        worker.actor, worker.begun, worker.ping = self._actor(), None, None

    def _hear_ping(self, worker: Worker) -> None:
        try:
            begun: Begun = self._ray.get(worker.ping)
        except self._ray.exceptions.ActorDiedError as error:
            worker.not_there()
            self._replace(worker, error)
            return
        except self._ray.exceptions.RayError:
            worker.not_there()
            return
        if begun.broken:
            raise WorkersCannotStart(f"E-WORKERS  the network cannot be compiled: {begun.broken}")
        if begun.code != self._code:
            raise WorkersCannotStart(
                f"E-WORKERS-CODE  node {begun.node[:8]}: its workers run other code ({begun.code[:12]}) than this "
                f"({self._code[:12]}), and the results would be nobody's; give both the same image"
            )
        self._stillborn = 0
        if not worker.back(begun):  # it never was away
            self.incidents.worker_deaths -= worker.is_missed
            if worker.suspect is not None:
                self._tasks.forgive(worker.suspect)
        worker.is_missed, worker.suspect = False, None

    def _doubt(self) -> None:
        """Stop counting on workers that have been silent much longer than the others took.

        Their shards go to whoever is free, and the first answer counts.  A silent worker may yet answer;
        it is started again after some more silence, or at once when there is nobody else.
        """
        now = time.monotonic()
        for worker in self.workers:
            if worker.calls and not worker.is_silent and now - worker.since > self._patience(worker.calls[0].task):
                worker.is_silent = True
                self.incidents.workers_set_aside += 1
                first, *others = [call.task for call in worker.calls]
                for task in others:
                    self._tasks.again(task)
                if self._tasks.is_open(first):
                    self._tasks.copy(first)
        is_needed = self._tasks.queue or self._portions.n_left
        nobody = all(worker.is_away or worker.is_silent for worker in self.workers)
        for worker in self.workers:
            if worker.is_silent and is_needed and (nobody or now - worker.since > self._grace(worker.calls[0].task)):
                self._ray.kill(worker.actor, no_restart=False)
                worker.gone()
                self.incidents.worker_deaths += 1
        if not any(worker.starts for worker in self.workers) and now - self._started > NOBODY_STARTS_S:
            raise WorkersCannotStart(
                f"E-WORKERS  no worker has found a place in {NOBODY_STARTS_S / 60:.0f} minutes; has the cluster "
                f"{len(self.workers)} free processors? Try fewer --workers"
            )

    def _grace(self, task: Task) -> float:
        """Seconds after which a silent worker is not expected back."""
        return HOPELESS * self._patience(task)

    def _patience(self, task: Task) -> float:
        """Seconds; twice as long for every copy that was to no avail."""
        if not self._took_s:
            usual = NOBODY_YET * self._patience_s
        else:
            longest_but_few = sorted(self._took_s)[math.ceil(0.95 * len(self._took_s)) - 1]
            usual = max(MUCH_LONGER * longest_but_few, self._patience_s)
        return float(usual * 2 ** self._tasks.copies(task))

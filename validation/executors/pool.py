"""The worker processes of this machine: started, fed, listened to, doubted, replaced, ended."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from statistics import median
from typing import Any

from model.errors import ClinvalError

from .protocol import Finished
from .tasks import ATTEMPTS, Task, Tasks
from .work import Work, crashed, failed
from .worker import BROKEN, FAILED, PLAYED, READY, serve

POLL_S = 0.1
PATIENCE_S = 15.0
"""For so long a worker may be silent before anyone wonders."""
MUCH_LONGER = 3
"""Times the median of the others: much longer than they took."""
NOBODY_YET = 4
"""Times the patience where there is nothing to compare with: no worker has finished anything yet."""
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""The workers are the parallelism; a BLAS with threads of its own would only contend with them."""


class WorkersCannotStart(ClinvalError):
    """Workers die before they play anything."""


class _Worker:
    """A worker process and what it is doing."""

    def __init__(self, context: Any, work: bytes) -> None:
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(work)
        self.task: Task | None = None
        self.since = time.monotonic()
        """When it was given its task, or was started."""
        self.is_ready = False
        self.is_gone = False

    def give(self, task: Task) -> None:
        """A worker that died meanwhile is noticed when its answer does not come."""
        self.task, self.since = task, time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(task.cards)

    def hear(self) -> tuple[str, Any] | None:
        """What it says, if it says something; ``is_gone`` once it never will again."""
        try:
            if self.connection.poll():
                message: tuple[str, Any] = self.connection.recv()
                return message
        except (EOFError, ConnectionResetError, pickle.UnpicklingError):
            self.is_gone = True  # it died, perhaps in the middle of a word
            return None
        self.is_gone = not self.process.is_alive() and not self.connection.poll()
        return None

    def end(self) -> None:
        """For good, and also where it is stopped and hears no signal but the last."""
        self.process.terminate()
        self.process.join(1.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


class Pool:
    """Workers and the silent ones among them, who are still listened to but no longer counted on."""

    def __init__(self, work: Work, tasks: Tasks, n_workers: int, patience_s: float) -> None:
        for variable in ONE_THREAD:
            os.environ.setdefault(variable, "1")
        self._work, self._tasks, self._n_workers, self._patience_s = work, tasks, n_workers, patience_s
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["validation.executors.worker"])
        self._shipped = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        self._stillborn = 0
        self._took_s: list[float] = []
        self._n_slow_starts = 0
        self._silent: list[_Worker] = []
        self._workers: list[_Worker] = []
        for _ in range(n_workers):
            self._start()

    def _start(self) -> None:
        self._workers.append(_Worker(self._context, self._shipped))

    def step(self) -> Iterator[Finished]:
        """Feed, listen for a moment, and replace."""
        for worker in self._workers:
            if worker.is_ready and worker.task is None and (task := self._tasks.next()) is not None:
                worker.give(task)
        everyone = [*self._workers, *self._silent]
        wait([handle for worker in everyone for handle in (worker.connection, worker.process.sentinel)], POLL_S)
        for worker in everyone:
            message = worker.hear()
            if message is not None:
                self._stillborn = 0
                yield from self._settle(worker, message)
            elif worker.is_gone:
                yield from self._bury(worker)
        self._doubt()

    def end(self) -> None:
        """End every process, the silent ones too."""
        for worker in (*self._workers, *self._silent):
            worker.end()

    def _settle(self, worker: _Worker, message: tuple[str, Any]) -> Iterator[Finished]:
        """Act on what a worker said of its task."""
        kind, content = message
        if worker in self._silent:  # it only slept
            self._silent.remove(worker)
            self._workers.append(worker)
        if kind == READY:
            worker.is_ready = True
            return
        if kind == BROKEN:
            raise WorkersCannotStart(f"E-WORKERS  the network cannot be compiled: {content}")
        task, worker.task = worker.task, None
        assert task is not None, "a worker answers only what it was given"
        self._took_s.append(time.monotonic() - worker.since)
        if kind == PLAYED:
            yield from self._tasks.played(task, content)
        elif kind == FAILED:
            yield from self._tasks.give_up(task, lambda cards: failed(self._work, cards, content))

    def _bury(self, worker: _Worker) -> Iterator[Finished]:
        """Replace a dead worker, and put its task back or give it up."""
        self._tasks.incidents.worker_deaths += 1
        worker.process.join(1.0)
        worker.end()
        code = worker.process.exitcode
        if worker in self._silent:  # it was replaced, and its task given away, when it fell silent
            self._silent.remove(worker)
            return
        self._stillborn = 0 if worker.is_ready else self._stillborn + 1
        if self._stillborn == ATTEMPTS:
            raise WorkersCannotStart(
                f"E-WORKERS  {ATTEMPTS} workers in a row died before they played anything (exit code {code}); "
                f"is there memory for {self._n_workers}? Try --workers 1"
            )
        self._workers.remove(worker)
        self._start()
        if worker.task is not None:
            why = f"its worker died {ATTEMPTS} times (exit code {code}); out of memory, perhaps"
            yield from self._tasks.died(worker.task, lambda cards: crashed(self._work, cards, why))

    def _doubt(self) -> None:
        """Stop counting on workers that have been silent much longer than the others took.

        A stopped process, a dead disk, a machine that swaps: the process is alive and will not answer.
        While other workers get on with what is left there is no hurry; after that its task goes to
        whoever is free, or to a new worker, and the first answer counts.
        """
        now = time.monotonic()
        late = [worker for worker in self._workers if now - worker.since > self._patience(worker)]
        if self._tasks.queue and len(late) < len(self._workers):
            return
        for worker in late:
            self._workers.remove(worker)
            self._silent.append(worker)
            self._tasks.incidents.workers_set_aside += 1
            if worker.task is not None:
                self._tasks.copy(worker.task)
            else:
                self._n_slow_starts += 1
            if not any(other.is_ready and other.task is None for other in self._workers):
                self._start()

    def _patience(self, worker: _Worker) -> float:
        """Seconds; twice as long for every time that it was to no avail, so that what is merely slow
        does not fill the machine with copies of itself."""
        if not worker.is_ready:
            # Nobody misses one that has not started yet where there is nothing to give it.
            return float("inf") if not self._tasks.queue else NOBODY_YET * self._patience_s * 2**self._n_slow_starts
        if worker.task is None or not self._tasks.is_open(worker.task):
            return float("inf")
        usual = max(MUCH_LONGER * median(self._took_s), self._patience_s) if self._took_s else 0.0
        return float((usual or NOBODY_YET * self._patience_s) * 2 ** self._tasks.copies(worker.task))

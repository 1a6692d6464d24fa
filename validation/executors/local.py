"""Processes on this machine, the default: nothing to install, nothing to wait for.

One worker plays in this very process.  More are forked from a server that has imported everything and
run nothing (``forkserver``): as safe as a fresh interpreter, and started in milliseconds.
"""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from cases.card import Card
from model.errors import ClinvalError

from ..replay import Interrupted
from .protocol import Finished, Shard
from .work import Work, crashed, failed
from .worker import BROKEN, FAILED, PLAYED, READY, serve

ATTEMPTS = 3
"""Tries of a shard before it is halved."""
POLL_S = 0.1
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""The workers are the parallelism; a BLAS with threads of its own would only contend with them."""


class WorkersCannotStart(ClinvalError):
    """Workers die before they play anything."""


@dataclass(frozen=True, slots=True)
class _Task:
    cards: tuple[Card, ...]
    attempts: int = 0

    def halves(self, attempts: int) -> list[_Task]:
        middle = len(self.cards) // 2
        return [_Task(self.cards[:middle], attempts), _Task(self.cards[middle:], attempts)]


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
        self.task: _Task | None = None
        self.is_ready = False
        self.is_gone = False

    def give(self, task: _Task) -> None:
        """A worker that died meanwhile is noticed when its answer does not come."""
        self.task = task
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
        self.process.terminate()
        self.process.join(1.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


class LocalExecutor:
    """An :class:`~validation.executors.protocol.Executor` on this machine."""

    name = "local"

    def __init__(self, workers: int | None = None) -> None:
        self.workers = len(os.sched_getaffinity(0)) if workers is None else workers
        self.deaths = 0

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        tasks = deque(_Task(shard) for shard in shards)
        if self.workers == 1:
            yield from _run_here(work, tasks, should_stop)
        elif tasks:
            yield from self._run_in_processes(work, tasks, should_stop)

    def _run_in_processes(self, work: Work, tasks: deque[_Task], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        for variable in ONE_THREAD:
            os.environ.setdefault(variable, "1")
        context = get_context("forkserver")
        context.set_forkserver_preload(["validation.executors.worker"])
        shipped = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        pool = [_Worker(context, shipped) for _ in range(min(self.workers, len(tasks)))]
        stillborn = 0
        try:
            while (tasks or any(worker.task for worker in pool)) and not should_stop():
                for worker in pool:
                    if tasks and worker.is_ready and worker.task is None:
                        worker.give(tasks.popleft())
                wait([handle for worker in pool for handle in (worker.connection, worker.process.sentinel)], POLL_S)
                for place, worker in enumerate(pool):
                    message = worker.hear()
                    if message is not None:
                        stillborn = 0
                        yield from _settle(work, worker, message, tasks)
                    elif worker.is_gone:
                        self.deaths += 1
                        stillborn = 0 if worker.is_ready else stillborn + 1
                        if stillborn == ATTEMPTS:
                            raise WorkersCannotStart(
                                f"E-WORKERS  {ATTEMPTS} workers in a row died before they played anything "
                                f"(exit code {worker.process.exitcode}); is there memory for {self.workers}? "
                                "Try --workers 1"
                            )
                        yield from _bury(work, worker, tasks)
                        pool[place] = _Worker(context, shipped)
        finally:
            for worker in pool:
                worker.end()


def _settle(work: Work, worker: _Worker, message: tuple[str, Any], tasks: deque[_Task]) -> Iterator[Finished]:
    """Act on what a worker said of its task."""
    kind, content = message
    if kind == READY:
        worker.is_ready = True
        return
    if kind == BROKEN:
        raise WorkersCannotStart(f"E-WORKERS  the network cannot be compiled: {content}")
    task, worker.task = worker.task, None
    assert task is not None, "a worker answers only what it was given"
    if kind == PLAYED:
        yield Finished(_ids(task), content)
    elif kind == FAILED:
        yield from _give_up(task, lambda cards: failed(work, cards, content), tasks)


def _bury(work: Work, worker: _Worker, tasks: deque[_Task]) -> Iterator[Finished]:
    """Put a dead worker's task back, or give it up."""
    worker.process.join(1.0)
    worker.end()
    task = worker.task
    if task is None:
        return
    if task.attempts + 1 < ATTEMPTS:
        tasks.appendleft(_Task(task.cards, task.attempts + 1))
        return
    why = f"its worker died {ATTEMPTS} times (exit code {worker.process.exitcode}); out of memory, perhaps"
    yield from _give_up(task, lambda cards: crashed(work, cards, why), tasks)


def _give_up(task: _Task, record: Callable[[Sequence[Card]], bytes], tasks: deque[_Task]) -> Iterator[Finished]:
    """Halve a task that cannot be played, until the case at fault is alone: that one is recorded."""
    if len(task.cards) > 1:
        # Each half has one try: whichever holds the case at fault will be halved again.
        tasks.extendleft(reversed(task.halves(ATTEMPTS - 1)))
    else:
        yield Finished(_ids(task), record(task.cards))


def _run_here(work: Work, tasks: deque[_Task], should_stop: Callable[[], bool]) -> Iterator[Finished]:
    player = None
    while tasks and not should_stop():
        task = tasks.popleft()
        player = player or work.player()
        try:
            data = player.play(task.cards, should_stop)
        except Interrupted:
            return
        except Exception as error:  # whatever a case does, it must not take the others with it
            why = f"{type(error).__name__}: {error}"
            yield from _give_up(task, lambda cards, why=why: failed(work, cards, why), tasks)  # type: ignore[misc]
        else:
            yield Finished(_ids(task), data)


def _ids(task: _Task) -> tuple[str, ...]:
    return tuple(card.id for card in task.cards)

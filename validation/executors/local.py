"""Processes on this machine, the default: nothing to install, nothing to wait for.

One worker plays in this very process.  More are forked from a server that has imported everything and
run nothing (``forkserver``): as safe as a fresh interpreter, and started in milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from ..replay import Interrupted
from .incidents import Incidents
from .pool import PATIENCE_S, Pool, WorkersCannotStart
from .protocol import Finished, Shard
from .tasks import Tasks
from .work import Work, failed

__all__ = ["LocalExecutor", "WorkersCannotStart"]


class LocalExecutor:
    """An :class:`~validation.executors.protocol.Executor` on this machine."""

    name = "local"

    def __init__(self, workers: int | None = None, patience_s: float = PATIENCE_S) -> None:
        self.workers = len(os.sched_getaffinity(0)) if workers is None else workers
        self.patience_s = patience_s
        """For so long a worker may be silent before its shard is given to another."""
        self.incidents = Incidents()

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        tasks = Tasks(shards, incidents=self.incidents)
        if self.workers == 1:
            yield from _run_here(work, tasks, should_stop)
        elif shards:
            yield from self._run_in_processes(work, tasks, min(self.workers, len(shards)), should_stop)

    def _run_in_processes(
        self, work: Work, tasks: Tasks, n_workers: int, should_stop: Callable[[], bool]
    ) -> Iterator[Finished]:
        pool = Pool(work, tasks, n_workers, self.patience_s)
        try:
            while not tasks.are_settled and not should_stop():
                yield from pool.step()
        finally:
            pool.end()


def _run_here(work: Work, tasks: Tasks, should_stop: Callable[[], bool]) -> Iterator[Finished]:
    player = None
    while not should_stop() and (task := tasks.next()) is not None:
        player = player or work.player()
        try:
            data = player.play(task.cards, should_stop)
        except Interrupted:
            return
        except Exception as error:  # whatever a case does, it must not take the others with it
            why = f"{type(error).__name__}: {error}"
            yield from tasks.give_up(task, lambda cards, why=why: failed(work, cards, why))  # type: ignore[misc]
        else:
            yield from tasks.played(task, data)

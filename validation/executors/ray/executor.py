"""The Ray executor: an :class:`~validation.executors.protocol.Executor` on this machine or any cluster."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from model.errors import ClinvalError

from ..incidents import Incidents
from ..protocol import Finished, Shard
from ..tasks import ATTEMPTS, Tasks
from ..work import Work
from .cluster import LOCAL, cpus, joined, library
from .crew import PATIENCE_S, Crew
from .metrics import Figures
from .portions import Portions
from .watching import Watcher

SHARD_S = 3.0
"""Seconds of work in a shard: so long that the way there and back is nothing, so short that a death or
a deadline loses little."""
EVERY_S = 0.5
"""Between two reports to whoever watches."""


class CasesLost(ClinvalError):
    """Not every case came back exactly once: a fault of this harness."""


class RayExecutor:
    """Plays shards on Ray.

    Parameters
    ----------
    workers : actors of one processor each; by default as many as there are processors
    address : ``local``, ``auto`` or ``host:port`` (:func:`~.cluster.joined`)
    shard_s : seconds of work that a worker is given at once; None: shards as the runner drew them
    patience_s : for so long at least a worker may be silent before its shard is given to another
    watcher : is told twice a second what each worker is doing
    """

    name = "ray"

    def __init__(
        self,
        workers: int | None = None,
        address: str = LOCAL,
        *,
        shard_s: float | None = SHARD_S,
        patience_s: float = PATIENCE_S,
        watcher: Watcher | None = None,
    ) -> None:
        library(address)  # without it nothing else is worth beginning
        self._workers = workers
        self.address, self.shard_s, self.patience_s, self.watcher = address, shard_s, patience_s, watcher
        self.incidents = Incidents()

    @property
    def workers(self) -> int:
        """Actors; where nobody chose, asked of the cluster once."""
        if self._workers is None:
            self._workers = len(os.sched_getaffinity(0)) if self.address == LOCAL else cpus(self.address)
        return self._workers

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        """See :meth:`validation.executors.protocol.Executor.run`.

        Raises
        ------
        NoCluster
            There is no Ray at the address.
        WorkersCannotStart
            Workers die before they begin, or run other code than this.
        """
        if not shards or should_stop():
            return
        given = Counter(card.id for shard in shards for card in shard)
        came: Counter[str] = Counter()
        with joined(self.address, self.workers) as ray:
            portions = Portions(shards, self.shard_s, self.workers)
            # On a cluster machines come and go: a case must kill three workers alone before it is blamed.
            tasks = Tasks((), tries_alone=ATTEMPTS, incidents=self.incidents)
            figures = Figures(sum(given.values()), should_stop)
            crew = Crew(ray, work, tasks, portions, self.workers, self.patience_s)
            last = 0.0
            try:
                while (portions.n_left or not tasks.are_settled) and not should_stop():
                    for finished in crew.step():
                        came.update(finished.case_ids)
                        yield finished
                    if time.monotonic() - last >= EVERY_S:
                        last = time.monotonic()
                        self._report(crew, figures, came.total())
            finally:
                self._report(crew, figures, came.total())
                crew.end()
            if not should_stop() and came != given:
                raise CasesLost(
                    f"E-CASES  {given.total()} cases went in and {came.total()} came out; what is committed is kept; "
                    "report it"
                )

    def _report(self, crew: Crew, figures: Figures, n_done: int) -> None:
        figures.set(n_done, self.incidents)
        if self.watcher is not None:
            self.watcher([worker.status() for worker in crew.workers])

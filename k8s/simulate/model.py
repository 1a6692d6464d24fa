"""The fan-out as a discrete-event simulation: machines come and go, shards are handed out, the driver commits.

Each core is a server with a queue of one shard (two in flight).  Machines appear at log-normal times, are
taken away and crash at exponential ones; a shard that was being played is handed out again.  Stragglers get
a copy.  The driver commits one shard after the other: with many workers it is what holds the others up.
A core meets its machine's faults by itself: in the mean as many shards are lost as if its neighbours met them too.
Times are seconds since sending; chance is seeded, an independent stream for each use.
"""

from __future__ import annotations

import heapq
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..sizes import Machine, Prices

TABLE = Path(__file__).with_name("constants.toml")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Table):
    """By trying; see ``constants.toml``."""

    case_s: float
    worker_start_s: float
    driver_shard_s: float
    shard_work_s: float
    efficiency: float
    restart_s: float
    straggler_patience_s: float


class Assumed(_Table):
    """Of clouds in general."""

    machine_s: float
    machine_spread: float
    head_s: float
    spot_losses_per_hour: float
    crashes_per_hour: float
    straggler_share: float
    straggler_factor: float
    seed: int


class Constants(_Table):
    """All of them."""

    measured: Measured
    assumed: Assumed


@cache
def load_constants() -> Constants:
    """``constants.toml`` beside this file."""
    return Constants.model_validate(tomllib.loads(TABLE.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one simulated run."""

    workers: int
    """Machines."""
    cores: int
    n_cases: int
    n_done: int
    """Within the budget."""
    first_result_s: float
    """Infinite where there was none."""
    end_s: float
    """The last commit, or the end of the budget."""
    redone_share: float
    """Of the work, that was played more than once."""
    driver_busy: float
    """Share of the driver's time, from its first commit on."""
    cost: float
    """In the currency of ``sizes.toml``: machines from when they are there to the end."""

    @property
    def is_whole(self) -> bool:
        """Whether every case has a result: otherwise the verdict is INCOMPLETE."""
        return self.n_done == self.n_cases


def simulate(
    n_cases: int,
    n_workers: int,
    worker: Machine,
    head: Machine,
    prices: Prices,
    budget_s: float = 1200.0,
    constants: Constants | None = None,
) -> Outcome:
    """One run of ``n_cases`` on ``n_workers`` machines.

    Work is dealt in shards of ``shard_work_s``; the tail is not cut finer, so that the end is pessimistic.
    """
    known = constants or load_constants()
    run = _Run(n_cases, n_workers, worker.cpu, known)
    run.play(budget_s)
    end_s = run.last_commit_s if run.n_done == n_cases else budget_s
    hours = float(np.maximum(end_s - run.up_s, 0.0).sum()) / 3600
    cost = hours * prices.spot.of(worker) + end_s / 3600 * prices.on_demand.of(head)
    since = max(end_s - run.first_result_s, 1e-9)
    return Outcome(
        n_workers, n_workers * worker.cpu, n_cases, run.n_done, run.first_result_s, end_s,
        run.redone_s / max(run.played_s, 1e-9), min(1.0, run.driver_s / since), cost,
    )  # fmt: skip


class _Run:
    """The state of one simulated run."""

    def __init__(self, n_cases: int, n_machines: int, cores: int, known: Constants) -> None:
        self.known, self.cores = known, cores
        streams = np.random.SeedSequence(known.assumed.seed).spawn(3)
        self.arrivals, self.faults, self.stragglers = (np.random.default_rng(stream) for stream in streams)
        spread = self.arrivals.lognormal(np.log(known.assumed.machine_s), known.assumed.machine_spread, n_machines)
        self.up_s = np.sort(spread)
        self.driver_up_s = known.assumed.machine_s + known.assumed.head_s
        self.shards = self._cut(n_cases)
        self.n_done, self.first_result_s, self.last_commit_s = 0, float("inf"), 0.0
        self.driver_free_s, self.driver_s = 0.0, 0.0
        self.played_s, self.redone_s = 0.0, 0.0

    def _cut(self, n_cases: int) -> np.ndarray:
        """(shards,) int64: cases of each."""
        size = max(1, round(self.known.measured.shard_work_s / self.known.measured.case_s))
        whole, rest = divmod(n_cases, size)
        return np.array([size] * whole + [rest] * (rest > 0), dtype=np.int64)

    def play(self, budget_s: float) -> None:
        """Everything up to the end of the budget.

        The heap holds (when a core is free, its number); a core that is free takes the next shard, and the
        shard's end, its loss or its copy follow at once, so that there is one event a shard.
        """
        measured, assumed = self.known.measured, self.known.assumed
        ready = np.maximum(self.up_s, self.driver_up_s) + measured.worker_start_s
        free = [(float(t), core) for core, t in enumerate(np.repeat(ready, self.cores))]
        heapq.heapify(free)
        fault_rate = (assumed.spot_losses_per_hour + assumed.crashes_per_hour) / 3600
        lost_for_good = assumed.spot_losses_per_hour / max(
            assumed.spot_losses_per_hour + assumed.crashes_per_hour, 1e-12
        )
        patience_s = max(3 * measured.shard_work_s, measured.straggler_patience_s)
        waiting = list(range(len(self.shards)))[::-1]
        commits: list[tuple[float, int]] = []
        while waiting and free:
            now, core = heapq.heappop(free)
            if now >= budget_s:
                break
            shard = waiting.pop()
            work_s = float(self.shards[shard]) * measured.case_s / measured.efficiency
            if self.stragglers.random() < assumed.straggler_share:
                # A copy is handed out past the patience: whichever ends first counts, both cost.
                slow_s = work_s * assumed.straggler_factor
                took_s = min(slow_s, patience_s + work_s)
                self.played_s += slow_s
                self.redone_s += slow_s if took_s < slow_s else 0.0
                heapq.heappush(free, (now + slow_s, core))
                heapq.heappush(commits, (now + took_s, shard))
                continue
            fault_s = float(self.faults.exponential(1 / fault_rate)) if fault_rate > 0 else float("inf")
            if fault_s < work_s:
                self.played_s += fault_s
                self.redone_s += fault_s
                away_s = assumed.machine_s if self.faults.random() < lost_for_good else measured.restart_s
                heapq.heappush(free, (now + fault_s + away_s + measured.worker_start_s, core))
                waiting.append(shard)
                continue
            self.played_s += work_s
            heapq.heappush(free, (now + work_s, core))
            heapq.heappush(commits, (now + work_s, shard))
        self._commit(commits, budget_s)

    def _commit(self, ends: list[tuple[float, int]], budget_s: float) -> None:
        """The driver takes shards as they end, one after the other."""
        while ends:
            end_s, shard = heapq.heappop(ends)
            self.driver_free_s = max(self.driver_free_s, end_s) + self.known.measured.driver_shard_s
            if self.driver_free_s > budget_s:
                return
            self.driver_s += self.known.measured.driver_shard_s
            self.n_done += int(self.shards[shard])
            self.first_result_s = min(self.first_result_s, self.driver_free_s)
            self.last_commit_s = self.driver_free_s

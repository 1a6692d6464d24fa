"""``python -m validation.bench.ray_overhead``: what Ray costs beside the processes of this machine.

Start-up, the time until the first shard is back, throughput with one and two workers against the local
executor on the same shards, and the cost of a shard over that of its cases.  A benchmark, not a test.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from cases.card import Card
from model.policy.config import DEFAULT_POLICY

from ..executors import Executor, Work
from ..executors.local import LocalExecutor
from ..executors.ray import RayExecutor
from ..executors.ray.cluster import LOCAL, joined
from ..replay import DEFAULT_OPTIONS
from .synthetic import cards, network, patients
from .timing import duration

N_CONDITIONS, N_FINDINGS, N_CASES = 300, 1000, 400
SHARD = 25
"""Cases: the largest round number at which two workers have eight shards each."""
REPEATS = 2


@dataclass(frozen=True)
class Played:
    """One executor's times, in seconds."""

    whole_s: float
    first_s: float
    """Until the first shard is back, from the call: workers are started and the network is compiled by then."""

    @property
    def cases_a_second(self) -> float:
        """After that, when nothing is left but to play."""
        return (N_CASES - SHARD) / (self.whole_s - self.first_s)


def play(executor: Executor, work: Work, given: list[Card], size: int = SHARD) -> Played:
    """Play ``given`` in shards of ``size``."""
    shards = [tuple(given[start : start + size]) for start in range(0, len(given), size)]
    begin = time.perf_counter()
    first_s = 0.0
    for _ in executor.run(work, shards, lambda: False):
        first_s = first_s or time.perf_counter() - begin
    return Played(time.perf_counter() - begin, first_s)


def best(make: Callable[[], Executor], work: Work, given: list[Card]) -> Played:
    """The fastest of some repeats: the machine's other work only ever adds."""
    return min((play(make(), work, given) for _ in range(REPEATS)), key=lambda played: played.whole_s)


def a_shard_s(work: Work, given: list[Card]) -> float:
    """What a shard costs on its way to a worker and back: the same few cases in many shards and in few.

    Playing cases one by one costs more by itself, so as much is taken off as it costs without any way.
    """
    few = given[:100]

    def extra_s(make: Callable[[], Executor]) -> float:
        many, one = (play(make(), work, few, size).whole_s for size in (1, len(few)))
        return (many - one) / (len(few) - 1)

    return median(extra_s(lambda: RayExecutor(1, shard_s=None)) - extra_s(lambda: LocalExecutor(1)) for _ in range(3))


def main() -> int:
    """Print everything."""
    out = Console(width=120 if not sys.stdout.isatty() else None)
    net = network(N_CONDITIONS, N_FINDINGS)
    given = cards(net, *patients(net, N_CASES, at_least=8, at_most=10))
    work = Work(net, DEFAULT_POLICY, DEFAULT_OPTIONS)
    out.print(f"{N_CASES:,} cases, {N_CONDITIONS} conditions × {N_FINDINGS:,} findings; {os.cpu_count()} processors\n")
    local = {n: best(lambda n=n: LocalExecutor(n), work, given) for n in (1, 2)}  # type: ignore[misc]
    begin = time.perf_counter()
    with joined(LOCAL, 2):
        start_s = time.perf_counter() - begin
        ray = {n: best(lambda n=n: RayExecutor(n, shard_s=None), work, given) for n in (1, 2)}  # type: ignore[misc]
        sized = best(lambda: RayExecutor(2), work, given)
        overhead_s = a_shard_s(work, given)
    table = Table(title=f"Shards of {SHARD} cases", title_justify="left")
    for heading in ("", "whole", "first shard after", "then cases a second", "of the local executor"):
        table.add_column(heading, justify="right" if heading else "left")
    rows = [(f"local, {n} workers", local[n], local[n]) for n in (1, 2)]
    rows += [(f"Ray, {n} workers", ray[n], local[n]) for n in (1, 2)] + [("Ray, 2, sized by time", sized, local[2])]
    for name, found, beside in rows:
        share = found.cases_a_second / beside.cases_a_second
        table.add_row(
            name, duration(found.whole_s), duration(found.first_s), f"{found.cases_a_second:,.0f}", f"{share:.0%}"
        )
    out.print(table)
    out.print(f"  Ray starts in {duration(start_s)}; a shard costs {duration(overhead_s)} on its way.")
    out.print(f"  Two workers of Ray are {ray[2].cases_a_second / ray[1].cases_a_second:.2f} times one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

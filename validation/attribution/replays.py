"""The same cases replayed with many variants of a candidate, each variant compiled once a batch.

Nothing is estimated: what a variant does with a case is what ``clinval run`` would have recorded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import Any

from cases.card import Card
from model.errors import ClinvalError
from model.inference.compile import compile_network
from model.inference.protocol import BoolArray
from model.interview import Interview

from ..columns import FAILED, table_of, table_of_lost
from ..comparison.changes import TOP
from ..executors.pool import ONE_THREAD
from ..planning import Candidate
from ..replay import Interrupted, ReplayOptions, replay
from ..results import Row
from .parts import Key
from .variant import Between

Coalition = frozenset[int]
"""Edits, by their index, that are applied together to the base."""
Wanted = tuple[int, Coalition]
"""A case, by its index, under a coalition."""

SMALL = 300
"""Replays that are done here before processes would have started."""
AT_ONCE = 32
"""Cases of one task of a process: a fraction of a second, between two looks at whether to stop."""
POLL_S = 0.1
READ = (
    "case_id",
    "outcome",
    "rank",
    "rank_right",
    "p_expected",
    "must_not_miss",
    "rank_must_not_miss",
    "triage_least",
    "triage_advice",
    "must_ask",
    "n_questions",
    "differential",
)
"""What of a case's results says how it came out."""


@dataclass(frozen=True)
class Bench:
    """All that replaying a variant needs; what a worker process is given once."""

    base: Candidate
    candidate: Candidate
    keys: tuple[tuple[Key, ...], ...]
    """The parts of each edit."""
    cards: tuple[Card, ...]
    options: ReplayOptions

    def play(
        self, coalition: Coalition, cases: Sequence[int], between: Between, should_stop: Callable[[], bool]
    ) -> list[Row]:
        """The results of ``cases`` with the base and the edits of ``coalition``, in their order.

        Raises
        ------
        Interrupted
            As soon as ``should_stop()`` says so.
        """
        variant = between.variant(frozenset(key for edit in coalition for key in self.keys[edit]))
        cards = [self.cards[case] for case in cases]
        network = variant.network
        if network.conditions and network.findings:
            interview = Interview(compile_network(network), variant.policy)
            table = table_of(replay(interview, cards, self.options, should_stop), cards, network, self.options)
        else:  # a candidate that shares nothing with its base passes through an empty network
            most = variant.policy.stopping.max_questions
            table = table_of_lost(cards, self.options, FAILED, "an empty network", network=network, most_questions=most)
        rows: list[Row] = table.select(list(READ)).to_pylist()
        return [{**row, "differential": row["differential"][:TOP]} for row in rows]


class Replays:
    """Plays what is asked for and not known yet; a context manager that ends its processes.

    Parameters
    ----------
    relevant : (cases, edits) False where an edit cannot change a case: it is never played there
    workers : processes; as many as there are processors if left out, none where there is little to do
    """

    def __init__(
        self, bench: Bench, relevant: BoolArray, should_stop: Callable[[], bool], workers: int | None = None
    ) -> None:
        self._bench = bench
        self._between = Between(bench.base, bench.candidate)
        self._relevant = [frozenset(i for i, counts in enumerate(row) if counts) for row in relevant.tolist()]
        self._should_stop = should_stop
        self._workers = len(os.sched_getaffinity(0)) if workers is None else workers
        self._rows: dict[Wanted, Row] = {}
        self._pool: ProcessPoolExecutor | None = None
        self.n_played = 0
        """Replays so far, a case under a variant each."""

    def __enter__(self) -> Replays:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def relevant(self, case: int) -> Coalition:
        """The edits that can change the case."""
        return self._relevant[case]

    def row(self, case: int, coalition: Coalition) -> Row:
        """The results of a case that was fetched."""
        return self._rows[case, coalition & self._relevant[case]]

    def p_expected(self, case: int, coalition: Coalition) -> float:
        """P(expected condition) at the end of its interview."""
        return float(self.row(case, coalition)["p_expected"])

    def fetch(self, wanted: Iterable[Wanted]) -> None:
        """Play all that is wanted and not known.

        Raises
        ------
        Interrupted
            It was time to stop; what was played until then is kept.
        """
        batches: dict[Coalition, list[int]] = {}
        for case, coalition in dict.fromkeys((case, edits & self._relevant[case]) for case, edits in wanted):
            if (case, coalition) not in self._rows:
                batches.setdefault(coalition, []).append(case)
        n_wanted = sum(map(len, batches.values()))
        if self._workers > 1 and len(batches) > 1 and (self._pool is not None or n_wanted > SMALL):
            self._fetch_in_processes(batches)
        else:
            for coalition, cases in batches.items():
                if self._should_stop():
                    raise Interrupted
                self._keep(coalition, cases, self._bench.play(coalition, cases, self._between, self._should_stop))

    def _fetch_in_processes(self, batches: dict[Coalition, list[int]]) -> None:
        if self._pool is None:
            for variable in ONE_THREAD:
                os.environ.setdefault(variable, "1")
            context = get_context("forkserver")
            context.set_forkserver_preload([__name__])
            self._pool = ProcessPoolExecutor(self._workers, context, _begin, (self._bench,))
        try:
            doing: dict[Future[list[Row]], tuple[Coalition, list[int]]] = {}
            for coalition, cases in batches.items():
                for start in range(0, len(cases), AT_ONCE):
                    part = cases[start : start + AT_ONCE]
                    doing[self._pool.submit(_play, coalition, part)] = (coalition, part)
            while doing:
                done, _ = wait(doing, POLL_S, FIRST_COMPLETED)
                for future in done:
                    coalition, cases = doing.pop(future)
                    self._keep(coalition, cases, future.result())
                if doing and self._should_stop():
                    for future in doing:
                        future.cancel()
                    raise Interrupted
        except BrokenProcessPool:
            raise ClinvalError(
                "E-WORKERS  a process of the attribution died; is there memory for "
                f"{self._workers} of them? Try again with one worker"
            ) from None

    def _keep(self, coalition: Coalition, cases: Sequence[int], rows: Sequence[Row]) -> None:
        self.n_played += len(cases)
        for case, row in zip(cases, rows, strict=True):
            self._rows[case, coalition] = row


_OF_PROCESS: list[Any] = []
"""In a worker process: the bench and what is between its candidates."""


def _begin(bench: Bench) -> None:
    _OF_PROCESS[:] = [bench, Between(bench.base, bench.candidate)]


def _play(coalition: Coalition, cases: Sequence[int]) -> list[Row]:
    bench, between = _OF_PROCESS
    rows: list[Row] = bench.play(coalition, cases, between, lambda: False)
    return rows

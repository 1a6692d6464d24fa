"""What a worker needs, once, and what it then does with every shard."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from cases.card import Card
from model.inference.compile import compile_network
from model.interview import Interview
from model.network.network import Network
from model.policy.config import Policy

from ..columns import CRASHED, FAILED, table_of, table_of_lost
from ..replay import ReplayOptions, replay
from ..store.directory import parquet_bytes

FIRST = 4
"""Cases in a worker's first batch, when nobody knows what a case costs."""
LONGEST_S = 1.0
"""Between two looks at whether to stop."""


@dataclass(frozen=True)
class Work:
    """The candidate and the options; the same for every shard of a run."""

    network: Network
    policy: Policy
    options: ReplayOptions

    def player(self) -> Player:
        """Compile the network: once a worker."""
        return Player(self)


class Player:
    """A compiled :class:`Work`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._interview = Interview(compile_network(work.network), work.policy)
        self._at_once = FIRST
        """Cases that are played in one lock-step batch."""

    def play(self, cards: Sequence[Card], should_stop: Callable[[], bool] = lambda: False) -> bytes:
        """The Parquet file of a played shard; the same to the byte however many were played at once.

        ``should_stop`` is asked once a question of each batch, and batches are cut so that, going by the
        last one, a second passes between two askings at most, whatever the cases cost.

        Raises
        ------
        Interrupted
            As soon as ``should_stop()`` says so.
        """
        tables: list[pa.Table] = []
        start = 0
        while start < len(cards) or not tables:
            watch = _Watch(should_stop)
            batch = cards[start : start + self._at_once]
            result = replay(self._interview, batch, self._work.options, watch)
            tables.append(table_of(result, batch, self._work.network, self._work.options))
            start += len(batch)
            self._at_once = max(1, int(len(batch) * LONGEST_S / watch.longest_s()))
        return parquet_bytes(pa.concat_tables(tables).combine_chunks())


class _Watch:
    """Passes the question on, and notes the longest time between two askings."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self._last = time.monotonic()
        self._longest_s = 1e-6

    def __call__(self) -> bool:
        now = time.monotonic()
        self._longest_s, self._last = max(self._longest_s, now - self._last), now
        return self._should_stop()

    def longest_s(self) -> float:
        """Until now, in seconds; more than zero."""
        return max(self._longest_s, time.monotonic() - self._last)


def crashed(work: Work, cards: Sequence[Card], why: str) -> bytes:
    """The Parquet file of cases whose workers died."""
    return _lost(work, cards, CRASHED, why)


def failed(work: Work, cards: Sequence[Card], why: str) -> bytes:
    """The Parquet file of cases whose replay raised."""
    return _lost(work, cards, FAILED, why)


def _lost(work: Work, cards: Sequence[Card], outcome: str, why: str) -> bytes:
    most = work.policy.stopping.max_questions
    table = table_of_lost(cards, work.options, outcome, why, network=work.network, most_questions=most)
    return parquet_bytes(table)

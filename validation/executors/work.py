"""What a worker needs, once, and what it then does with every shard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cases.card import Card
from model.inference.compile import compile_network
from model.interview import Interview
from model.network.network import Network
from model.policy.config import Policy

from ..columns import CRASHED, FAILED, table_of, table_of_lost
from ..replay import ReplayOptions, replay
from ..store.directory import parquet_bytes


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

    def play(self, cards: Sequence[Card], should_stop: Callable[[], bool] = lambda: False) -> bytes:
        """The Parquet file of a played shard."""
        result = replay(self._interview, cards, self._work.options, should_stop)
        return parquet_bytes(table_of(result, cards, self._work.network, self._work.options))


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

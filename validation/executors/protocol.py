"""What every executor offers, whether it runs on this machine or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cases.card import Card

from .incidents import Incidents
from .work import Work

Shard = tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A shard, or a part of one, that was played (or given up, case by case)."""

    case_ids: tuple[str, ...]
    data: bytes
    """The Parquet file of its results."""


class Executor(Protocol):
    """Plays shards in any order; every case comes back exactly once, unless it is told to stop."""

    name: str
    incidents: Incidents
    """What went wrong and was mended, so far."""

    @property
    def workers(self) -> int:
        """Processes that play at the same time."""
        ...

    def run(self, work: Work, shards: Sequence[Shard], should_stop: Callable[[], bool]) -> Iterator[Finished]:
        """Play ``shards``, yielding results as they come; returns early, in good order and within a
        second or two, once ``should_stop()``: what was not yielded by then was not played.

        A shard whose worker dies is tried again, three times in all, then halved until the case that
        kills is alone: that one is given up as ``crashed``.  A shard that raises is halved at once; the
        case that raises is given up as ``failed``.  A shard whose worker is alive and silent for much
        longer than the others took is given to another; the first answer counts, and a second has to be
        equal to the byte.
        """
        ...

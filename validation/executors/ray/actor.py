"""What runs on the cluster: one process, one compiled model, one shard after the other."""

from __future__ import annotations

import os
import time
from typing import Any, NamedTuple
from uuid import uuid4

from cases.card import Card

from ...store.digests import code_digest
from ..work import Player, Work


class Begun(NamedTuple):
    """A worker's first word, and its answer to every ping."""

    life: str
    """Another one after each start of its process: whoever says the same has not died."""
    pid: int
    node: str
    code: str
    """Digest of the code that it runs."""
    broken: str
    """Why the network cannot be compiled; empty where it can."""


class Played(NamedTuple):
    """A shard's Parquet file."""

    data: bytes
    seconds: float
    """Of work, without the way there and back."""


class Raised(NamedTuple):
    """A shard that raised; the driver finds the case at fault."""

    why: str


class PlayingActor:
    """Made into a Ray actor by the driver; calls are answered in their order, one at a time.

    It is made of nothing, and told with every call where the work is (``work``: a list of one reference,
    which the driver keeps): whatever life of it a call reaches can do what it is asked.
    """

    def __init__(self) -> None:
        self._player: Player | None = None
        self._life = uuid4().hex

    def begin(self, work: list[Any]) -> Begun:
        """Compile the model, unless that was done."""
        import ray

        broken = ""
        try:
            self._compiled(work)
        except ray.exceptions.RayError:
            raise  # the work could not be fetched: nothing of the network's
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
        node = str(ray.get_runtime_context().get_node_id())
        return Begun(self._life, os.getpid(), node, code_digest(), broken)

    def play(self, work: list[Any], cards: tuple[Card, ...]) -> Played | Raised:
        """The Parquet file of these cases, in this order."""
        player = self._compiled(work)
        begin = time.monotonic()
        try:
            data = player.play(cards)
        except Exception as error:  # reported, so that the case at fault can be found and named
            return Raised(f"{type(error).__name__}: {error}")
        return Played(data, time.monotonic() - begin)

    def _compiled(self, work: list[Any]) -> Player:
        if self._player is None:
            import ray

            fetched: Work = ray.get(work[0])
            self._player = fetched.player()
        return self._player

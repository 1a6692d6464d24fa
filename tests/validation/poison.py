"""Work that kills, raises or dawdles at a chosen case: for the executor's tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases.card import Card
from validation.executors.work import Player, Work


@dataclass(frozen=True)
class PoisonWork(Work):
    """At case ``at`` the worker kills itself (``kill``), stops (``stop``), sleeps (``doze``)
    or raises (``raise``); ``once``: the first time only."""

    at: str = ""
    how: str = "kill"
    once: Path | None = None
    doze_s: float = 1.0

    def player(self) -> PoisonedPlayer:
        return PoisonedPlayer(self)


class PoisonedPlayer(Player):
    def __init__(self, work: PoisonWork) -> None:
        super().__init__(work)
        self._poison = work

    def play(self, cards: Sequence[Card], should_stop: Callable[[], bool] = lambda: False) -> bytes:
        poison = self._poison
        if any(card.id == poison.at for card in cards) and not (poison.once and poison.once.exists()):
            if poison.once:
                poison.once.touch()
            if poison.how == "raise":
                raise ValueError("this case is poison")
            if poison.how == "doze":
                time.sleep(poison.doze_s)
            else:
                os.kill(os.getpid(), signal.SIGSTOP if poison.how == "stop" else signal.SIGKILL)
        return super().play(cards, should_stop)

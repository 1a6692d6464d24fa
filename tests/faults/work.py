"""Work that takes its time and meets with accidents, for the faults' tests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cases.card import Card
from tests.validation.poison import PoisonedPlayer, PoisonWork


@dataclass(frozen=True)
class FaultyWork(PoisonWork):
    """Poison (see there) at a pace of ``a_case_s``; ``unequal``: every process plays differently."""

    a_case_s: float = 0.0
    unequal: bool = False

    def player(self) -> FaultyPlayer:
        return FaultyPlayer(self)


class FaultyPlayer(PoisonedPlayer):
    def __init__(self, work: FaultyWork) -> None:
        super().__init__(work)
        self._faulty = work

    def play(self, cards: Sequence[Card], should_stop: Callable[[], bool] = lambda: False) -> bytes:
        time.sleep(self._faulty.a_case_s * len(cards))
        data = super().play(cards, should_stop)
        return data + str(os.getpid()).encode() if self._faulty.unequal else data

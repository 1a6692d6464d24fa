"""How many cases a worker is given at once: seconds of work, not numbers of cases."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from cases.card import Card

from ..protocol import Shard

FIRST = 16
"""Cases in a portion while nobody knows what a case costs."""
LARGEST = 2048
"""More are never lost at once, however fast they are."""
GROWTH = 4
"""A portion is at most so many times the largest that was measured: one quick case proves little."""
SHARE = 0.5
"""Of an equal share of what is left, towards the end: so that the workers end together."""


class Portions:
    """Cuts what is to be played as it goes, in the order in which it came; no result depends on it.

    Parameters
    ----------
    shards : what the runner drew: every beginning is a fair sample, and stays one
    seconds : of work in a portion; None: the shards as they came
    n_workers : who share the work
    """

    def __init__(self, shards: Iterable[Shard], seconds: float | None, n_workers: int) -> None:
        self._seconds, self._n_workers = seconds, n_workers
        self._shards = deque(shards)
        self._cards: deque[Card] = deque()
        if seconds is not None:
            self._cards.extend(card for shard in self._shards for card in shard)
            self._shards.clear()
        self._measured_s = 0.0
        self._measured_cases = 0
        self._largest = 0

    @property
    def n_left(self) -> int:
        """Cases that were not handed out yet."""
        return len(self._cards) + sum(len(shard) for shard in self._shards)

    def measured(self, n_cases: int, seconds: float) -> None:
        """So many cases took so long, without the way there and back."""
        # Half the weight goes to what is new: cases become dearer or cheaper, compilation is over.
        self._measured_s = 0.5 * self._measured_s + seconds
        self._measured_cases = self._measured_cases // 2 + n_cases
        self._largest = max(self._largest, n_cases)

    @property
    def size(self) -> int:
        """Cases in the next portion."""
        if not self._measured_cases or self._seconds is None:
            return FIRST
        a_case_s = max(self._measured_s / self._measured_cases, 1e-7)
        wanted = min(int(self._seconds / a_case_s), GROWTH * self._largest, LARGEST)
        fair = int(SHARE * len(self._cards) / self._n_workers)
        # Towards the end portions shrink, but not below what is hardly worth the way.
        return max(1, min(wanted, max(fair, min(FIRST, wanted))))

    def next(self) -> Shard | None:
        """The next portion, None where there is none."""
        if self._shards:
            return self._shards.popleft()
        if not self._cards:
            return None
        return tuple(self._cards.popleft() for _ in range(min(self.size, len(self._cards))))

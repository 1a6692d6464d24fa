"""Token buckets in this process's memory: enough against a script that runs wild, or guesses.

Several processes count separately, and a restart forgets: the limit of a deployment is the number of
processes times the setting.  Behind a reverse proxy, its own limits come first.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from ..settings import Rate

MOST_BUCKETS = 20_000
"""Callers that are remembered; the longest unseen one is forgotten first."""


class Buckets:
    """One bucket a caller, all of one rate."""

    def __init__(self, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Caller to tokens left, and when they were counted."""
        self._lock = Lock()

    def take(self, caller: str) -> int:
        """Take one token; the whole seconds to wait where there is none, 0 where there was one."""
        if self.rate.per_second <= 0:
            return 0
        with self._lock:
            now = self._now()
            level, at = self._levels.pop(caller, (float(self.rate.burst), now))
            level = min(float(self.rate.burst), level + (now - at) * self.rate.per_second)
            is_free = level >= 1.0
            self._levels[caller] = (level - 1.0 if is_free else level, now)
            while len(self._levels) > MOST_BUCKETS:
                self._levels.popitem(last=False)
        return 0 if is_free else max(1, math.ceil((1.0 - level) / self.rate.per_second))

"""One actor as the driver sees it: its calls in flight, its deaths, its silences."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ..tasks import Task
from .actor import Begun
from .watching import Doing, WorkerStatus

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
"""Between two pings of a worker that cannot be reached: doubled each time, up to a limit."""


@dataclass
class Call:
    """A shard that was handed over."""

    reference: Any
    task: Task


@dataclass(eq=False)
class Worker:
    """``calls`` are answered in their order, so the first of them is the one that is executing."""

    number: int
    actor: Any
    work: list[Any]
    """A list of one reference to the work."""
    calls: deque[Call] = field(default_factory=deque)
    ping: Any = None
    """The reference of a ping without an answer yet."""
    begun: Begun | None = None
    """What it said of itself last; None until it has started."""
    is_away = True
    """Gets nothing until it answers a ping; so does one that has not started."""
    is_silent = False
    is_missed = False
    """It went away, and was counted among the dead."""
    suspect: Task | None = None
    """What it was playing when it went away."""
    starts: int = 0
    cases_done: int = 0
    shards_done: int = 0
    since: float = field(default_factory=time.monotonic)
    """When it began what it is doing."""
    next_ping: float = 0.0
    waits_s: float = FIRST_WAIT_S

    def give(self, task: Task) -> None:
        if not self.calls:
            self.since = time.monotonic()
        self.calls.append(Call(self.actor.play.remote(self.work, task.cards), task))

    def answered(self, call: Call) -> None:
        """The call is over, and the next one is being executed from now on."""
        self.calls.remove(call)
        self.since = time.monotonic()
        self.is_silent = False

    def ask(self) -> None:
        """Ping it, if it is time to."""
        if self.is_away and self.ping is None and time.monotonic() >= self.next_ping:
            self.ping = self.actor.begin.remote(self.work)

    def not_there(self) -> None:
        """The ping failed: ask again, later than the last time."""
        self.ping = None
        self.next_ping = time.monotonic() + self.waits_s
        self.waits_s = min(2 * self.waits_s, LONGEST_WAIT_S)

    def back(self, begun: Begun) -> bool:
        """It answered a ping; whether its process is another one than before."""
        is_new = self.begun is None or self.begun.life != begun.life
        self.starts += is_new
        self.ping, self.begun, self.is_away, self.is_silent = None, begun, False, False
        self.next_ping, self.waits_s, self.since = 0.0, FIRST_WAIT_S, time.monotonic()
        return is_new

    def gone(self) -> list[Call]:
        """It cannot be reached; what it had in hand, the executing call first."""
        calls = list(self.calls)
        self.calls.clear()
        self.is_away, self.is_silent, self.since = True, False, time.monotonic()
        return calls

    @property
    def doing(self) -> Doing:
        if self.is_away:
            return Doing.AWAY if self.starts else Doing.STARTING
        if self.is_silent:
            return Doing.SILENT
        return Doing.PLAYING if self.calls else Doing.IDLE

    def status(self) -> WorkerStatus:
        node, pid = (self.begun.node[:8], self.begun.pid) if self.begun else ("", 0)
        in_hand = sum(len(call.task.cards) for call in self.calls)
        for_s = time.monotonic() - self.since
        return WorkerStatus(
            self.number, node, pid, self.doing, for_s, in_hand, self.cases_done, self.shards_done, self.starts
        )

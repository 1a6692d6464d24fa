"""When to stop: a budget on the monotonic clock, a signal, or never."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INCOMPLETE = 4
"""What the shell is told of a run that is not whole."""
OUT_OF_TIME, INTERRUPTED, TERMINATED = "out of time", "interrupted", "terminated"


class Deadline:
    """Call it to know whether to stop; ``reason`` says why."""

    def __init__(self, budget_s: float | None = None) -> None:
        self.budget_s = budget_s
        self._end = None if budget_s is None else time.monotonic() + budget_s
        self.reason = ""

    def __call__(self) -> bool:
        if not self.reason and self._end is not None and time.monotonic() >= self._end:
            self.reason = OUT_OF_TIME
        return bool(self.reason)

    @property
    def left_s(self) -> float | None:
        """Seconds until the budget is used up, at least zero; None where there is no budget."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def part(self, budget_s: float) -> Deadline:
        """One within this one: it comes with it, and after ``budget_s`` at the latest."""
        return _Part(self, budget_s)

    def cancel(self, reason: str) -> None:
        """Stop as soon as may be; the first reason stays."""
        self.reason = self.reason or reason


class _Part(Deadline):
    """A deadline within a longer one."""

    def __init__(self, whole: Deadline, budget_s: float) -> None:
        super().__init__(budget_s if whole.left_s is None else min(budget_s, whole.left_s))
        self._whole = whole

    def __call__(self) -> bool:
        if not self.reason and self._whole():
            self.reason = self._whole.reason
        return super().__call__()


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Within, SIGTERM ends the program at once as incomplete (4), not by the signal itself (143).

    For the time before there is anything to end in good order, and after: a scheduler that evicts a job
    while it still reads its cases must not be told something else than one that does so a moment later.
    """

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        print("terminated; what was finished is kept, and the same command goes on", file=sys.stderr)
        raise SystemExit(INCOMPLETE)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stopped_by_signals(deadline: Deadline) -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM end the run in good order; a second Ctrl-C ends it at once."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        if deadline.reason == INTERRUPTED:
            signal.default_int_handler(number, frame)
        deadline.cancel(INTERRUPTED)

    def terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        deadline.cancel(TERMINATED)

    before = signal.signal(signal.SIGINT, interrupt), signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])

"""Progress on stderr, with the time left: a bar where someone watches, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 10.0
"""Seconds between two lines where nobody watches."""


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function to call with (done, total)."""
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(what: str) -> Callable[[int, int], None]:
    started = last = time.monotonic()
    first: int | None = None

    def report(done: int, total: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = done if first is None else first
        if now - last < EVERY_S or done == total:
            return
        last = now
        rate = (done - first) / (now - started)
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 else ""
        print(f"{what}: {done} of {total}{left}", file=sys.stderr, flush=True)

    return report

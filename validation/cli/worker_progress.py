"""What every worker of a cluster is doing, live on stderr: a table where someone watches, else lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..executors.ray.watching import Doing, Watcher, WorkerStatus
from .progress import EVERY_S, shown_progress

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ROWS = 24
"""Workers in the table: those in trouble first, then the others by number."""
HEADINGS = ("worker", "node", "pid", "doing", "for", "cases in hand", "cases done", "shards done", "deaths")
_STYLE = {Doing.AWAY: "bold red", Doing.SILENT: "bold yellow", Doing.STARTING: "cyan", Doing.IDLE: "dim"}
_TROUBLE = (Doing.AWAY, Doing.SILENT)


@contextmanager
def shown_workers(what: str) -> Iterator[tuple[Callable[[int, int], None], Watcher]]:
    """A function to call with (done, total), and one to call with the state of all workers."""
    if not sys.stderr.isatty():
        with shown_progress(what) as progress:
            yield progress, _Lines()
        return
    from rich.console import Console
    from rich.live import Live

    table = _Table(what)
    with Live(console=Console(stderr=True), transient=True, refresh_per_second=4, get_renderable=table.draw):
        yield table.progress, table.watch


class _Lines:
    """A line now and then, and one whenever a worker goes away."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._in_trouble: set[int] = set()

    def __call__(self, workers: Sequence[WorkerStatus]) -> None:
        now_in_trouble = {worker.number for worker in workers if worker.doing in _TROUBLE}
        for worker in workers:
            if worker.number in now_in_trouble - self._in_trouble:
                print(f"worker {worker.number} on {worker.node or '?'}: {worker.doing}", file=sys.stderr, flush=True)
        self._in_trouble = now_in_trouble
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            print(_tally(workers), file=sys.stderr, flush=True)


class _Table:
    """Draws what it was told last."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._first: int | None = None
        self._done = self._total = 0
        self._workers: Sequence[WorkerStatus] = ()

    def progress(self, done: int, total: int) -> None:
        self._first = done if self._first is None else self._first
        self._done, self._total = done, total

    def watch(self, workers: Sequence[WorkerStatus]) -> None:
        self._workers = workers

    def draw(self) -> Any:
        from rich.table import Table

        seconds = time.monotonic() - self._started
        rate = (self._done - (self._first or 0)) / seconds if seconds > 0 else 0.0
        left = f", {(self._total - self._done) / rate:.0f} s left" if rate > 0 else ""
        title = f"{self._what}: {self._done:,} of {self._total:,} ({rate:,.0f} a second{left})"
        table = Table(title=title, title_justify="left", caption=_tally(self._workers), caption_justify="left")
        for heading in HEADINGS:
            table.add_column(heading, justify="left" if heading in ("node", "doing") else "right")
        for worker in _first(self._workers):
            table.add_row(
                str(worker.number),
                worker.node,
                str(worker.pid or ""),
                worker.doing,
                f"{worker.for_s:.1f} s",
                f"{worker.cases_in_hand:,}",
                f"{worker.cases_done:,}",
                f"{worker.shards_done:,}",
                str(max(0, worker.starts - 1)),
                style=_STYLE.get(worker.doing, ""),
            )
        return table


def _first(workers: Sequence[WorkerStatus]) -> list[WorkerStatus]:
    """Those that fit on a screen."""
    return sorted(workers, key=lambda worker: (worker.doing not in _TROUBLE, worker.number))[:MOST_ROWS]


def _tally(workers: Sequence[WorkerStatus]) -> str:
    """``8 workers: 7 playing, 1 away``."""
    numbers = [(doing, sum(worker.doing is doing for worker in workers)) for doing in Doing]
    return f"{len(workers)} workers: " + ", ".join(f"{n} {doing}" for doing, n in numbers if n)

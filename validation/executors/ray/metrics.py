"""The driver's figures for Prometheus, through Ray's own exporter (``ray_clinval_…`` there)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from ...deadline import Deadline

if TYPE_CHECKING:
    from .crew import Crew

HELP = {
    "clinval_cases_total": "Cases that this job was given.",
    "clinval_cases_done": "Cases with a committed result.",
    "clinval_shards_late": "Shards that took so long that another worker was given a copy.",
    "clinval_retries": "Shards that were being executed when their worker went away.",
    "clinval_worker_deaths": "Workers that died and were started again.",
    "clinval_seconds_to_budget": "Seconds until the job stops by itself; only where it has a budget.",
}


class Figures:
    """Gauges, all of them: they say what is so now, and a driver that starts again starts at zero."""

    def __init__(self, n_cases: int, should_stop: Callable[[], bool]) -> None:
        gauge = import_module("ray.util.metrics").Gauge
        self._deadline = should_stop if isinstance(should_stop, Deadline) else None
        self._gauges = {name: gauge(name, description=text) for name, text in HELP.items()}
        self._gauges["clinval_cases_total"].set(n_cases)

    def set(self, n_done: int, crew: Crew) -> None:
        """Say what is so now."""
        values = {
            "clinval_cases_done": n_done,
            "clinval_shards_late": crew.late,
            "clinval_retries": crew.retries,
            "clinval_worker_deaths": crew.deaths,
        }
        for name, value in values.items():
            self._gauges[name].set(value)
        left_s = None if self._deadline is None else self._deadline.left_s
        if left_s is not None:
            self._gauges["clinval_seconds_to_budget"].set(left_s)

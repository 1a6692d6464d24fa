"""The driver's figures for Prometheus, through Ray's own exporter (``ray_clinval_…`` there)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ...deadline import Deadline
from ..incidents import Incidents

HELP = {
    "clinval_cases_total": "Cases that this job was given.",
    "clinval_cases_done": "Cases that were played: their results are committed, or on their way.",
    "clinval_worker_deaths": "Workers that died and were started again.",
    "clinval_workers_set_aside": "Times that a worker was no longer counted on: out of reach, or silent for too long.",
    "clinval_retries": "Shards that were being executed when their worker went away.",
    "clinval_shards_late": "Shards that took so long that another worker was given a copy.",
    "clinval_shards_halved": "Shards that could not be played, halved on the way to the case at fault.",
    "clinval_cases_given_up": "Cases at fault: their workers died of them, or they raised.",
    "clinval_redone_cases": "Cases that were played, or begun, more than once.",
    "clinval_seconds_to_budget": "Seconds until the job stops by itself; only where it has a budget.",
}


class Figures:
    """Gauges, all of them: they say what is so now, and a driver that starts again starts at zero."""

    def __init__(self, n_cases: int, should_stop: Callable[[], bool]) -> None:
        gauge = import_module("ray.util.metrics").Gauge
        self._deadline = should_stop if isinstance(should_stop, Deadline) else None
        self._gauges = {name: gauge(name, description=text) for name, text in HELP.items()}
        self._gauges["clinval_cases_total"].set(n_cases)

    def set(self, n_done: int, incidents: Incidents) -> None:
        """Say what is so now; an incident has the name here that it has in the run's record."""
        for name, value in {"cases_done": n_done, **incidents.to_dict()}.items():
            self._gauges[f"clinval_{name}"].set(value)
        left_s = None if self._deadline is None else self._deadline.left_s
        if left_s is not None:
            self._gauges["clinval_seconds_to_budget"].set(left_s)

"""The driver's figures for Prometheus."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from validation.deadline import Deadline
from validation.executors.ray import metrics
from validation.executors.ray.metrics import HELP, Figures

CREW: Any = SimpleNamespace(late=3, retries=2, deaths=1)


@pytest.fixture
def gauges(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Name to value, of those that were set."""
    values: dict[str, float] = {}

    class Gauge:
        def __init__(self, name: str, description: str) -> None:
            assert description
            self.name = name

        def set(self, value: float) -> None:
            values[self.name] = value

    monkeypatch.setattr(metrics, "import_module", lambda _: SimpleNamespace(Gauge=Gauge))
    return values


def test_it_says_what_is_so_now(gauges: dict[str, float]) -> None:
    figures = Figures(40, lambda: False)
    figures.set(7, CREW)
    assert gauges == {
        "clinval_cases_total": 40,
        "clinval_cases_done": 7,
        "clinval_shards_late": 3,
        "clinval_retries": 2,
        "clinval_worker_deaths": 1,
    }
    figures.set(8, CREW)
    assert gauges["clinval_cases_done"] == 8


def test_the_time_to_the_budget_is_there_only_where_there_is_one(gauges: dict[str, float]) -> None:
    Figures(1, Deadline()).set(0, CREW)
    assert "clinval_seconds_to_budget" not in gauges
    Figures(1, Deadline(1200.0)).set(0, CREW)
    assert 1190 < gauges["clinval_seconds_to_budget"] <= 1200
    Figures(1, Deadline(0.0)).set(0, CREW)
    assert gauges["clinval_seconds_to_budget"] == 0
    assert gauges.keys() == HELP.keys()

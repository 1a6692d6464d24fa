"""The driver's figures for Prometheus."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from validation.deadline import Deadline
from validation.executors.incidents import WORDS, Incidents, in_words
from validation.executors.ray import metrics
from validation.executors.ray.metrics import HELP, Figures

INCIDENTS = Incidents(worker_deaths=1, workers_set_aside=4, retries=2, shards_late=3)


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
    figures.set(7, INCIDENTS)
    assert gauges == {
        "clinval_cases_total": 40,
        "clinval_cases_done": 7,
        "clinval_worker_deaths": 1,
        "clinval_workers_set_aside": 4,
        "clinval_retries": 2,
        "clinval_shards_late": 3,
        "clinval_shards_halved": 0,
        "clinval_cases_given_up": 0,
        "clinval_redone_cases": 0,
    }
    figures.set(8, INCIDENTS)
    assert gauges["clinval_cases_done"] == 8


def test_the_time_to_the_budget_is_there_only_where_there_is_one(gauges: dict[str, float]) -> None:
    Figures(1, Deadline()).set(0, Incidents())
    assert "clinval_seconds_to_budget" not in gauges
    Figures(1, Deadline(1200.0)).set(0, Incidents())
    assert 1190 < gauges["clinval_seconds_to_budget"] <= 1200
    Figures(1, Deadline(0.0)).set(0, Incidents())
    assert gauges["clinval_seconds_to_budget"] == 0
    assert gauges.keys() == HELP.keys()


def test_what_goes_wrong_has_one_name_in_the_record_and_in_prometheus_and_words_for_people() -> None:
    of_the_job = {"clinval_cases_total", "clinval_cases_done", "clinval_seconds_to_budget"}
    assert HELP.keys() - of_the_job == {f"clinval_{name}" for name in Incidents().to_dict()}
    assert WORDS.keys() >= Incidents().to_dict().keys()
    assert in_words({"worker_deaths": 1, "retries": 0, "resumed_cases": 1200}) == (
        "1 worker died, 1,200 cases kept from before"
    )

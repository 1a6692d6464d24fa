"""The accuracy that was promised on data that nobody here wrote; skipped where it is absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cases.importers import import_ddxplus, import_goal
from model.network.importers import import_ddxplus as import_ddxplus_network
from model.policy.config import load_policy
from tests.corpora import corpus
from validation import crossvalidate, run
from validation.crossvalidation import POLICY
from validation.executors.local import LocalExecutor
from validation.metrics.estimate import Estimate

ROOT = Path(__file__).resolve().parents[2]


def test_ddxplus(tmp_path: Path) -> None:
    folder = corpus("ddxplus")
    policy = load_policy(ROOT / "model/policies/ddxplus.toml")
    network = import_ddxplus_network(folder)
    cases = import_ddxplus(folder / "patients.csv")
    done = run(network, cases, policy=policy, executor=LocalExecutor(1), runs=tmp_path)
    frame = done.to_pandas()
    assert len(frame) == 659
    assert (frame["rank"] == 1).mean() >= 0.985
    assert frame["n_questions"].mean() <= 6.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "calibration"),
    [("mz10", {10: 0.61, 20: 0.64}, 0.07), ("dxy", {10: 0.80}, 0.07)],
)
def test_real_consultations(name: str, least: dict[int, float], calibration: float) -> None:
    found = crossvalidate(import_goal(corpus(name)).cards, questions=tuple(least), unlisted="not_mentioned")
    for scores in found.scores:
        assert isinstance(scores.top_1, Estimate)
        assert scores.top_1.value >= least[scores.questions]
        assert isinstance(scores.calibration_error, float)
        assert scores.calibration_error <= calibration


@pytest.mark.slow
def test_symcat_sd90() -> None:
    cards = import_goal(corpus("symcat_sd90")).cards
    policy = replace(POLICY, stopping=replace(POLICY.stopping, posterior_threshold=0.95, min_gain=0.03))
    (scores,) = crossvalidate(cards, questions=(30,), unlisted="absent", policy=policy).scores
    assert isinstance(scores.top_1, Estimate)
    assert scores.top_1.value >= 0.80
    assert scores.mean_asked <= 12

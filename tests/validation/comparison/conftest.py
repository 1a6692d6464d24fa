"""Two models of one network, an edit apart, and their runs on the same cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from model.network.network import ClinicalNetwork
from model.network.vocabulary import Link
from model.policy.config import Policy, PolicyConfig, StoppingConfig
from tests.validation import synthetic
from validation.comparison import Diff, compare
from validation.planning import Candidate
from validation.results import Run
from validation.runner import run

NETWORK = synthetic.network(12, 20, seed=5)
CARDS = list({card.content_hash: card for card in synthetic.cards(NETWORK, 90, seed=5)}.values())[:60]
"""No two of them alike, which a run would refuse."""
POLICY = Policy(PolicyConfig(present_weight=0.1, red_flag_min_probability=0.05), StoppingConfig(0.9, 1e-3, 2, 8))


def edited(network: ClinicalNetwork, condition: str, links: Mapping[str, float]) -> ClinicalNetwork:
    """The network with some P(finding | condition) changed."""
    conditions = tuple(
        replace(entry, links={**entry.links, **{name: Link((1 - p, p)) for name, p in links.items()}})
        if entry.id == condition
        else entry
        for entry in network.conditions
    )
    return replace(network, conditions=conditions)


HURT = edited(edited(NETWORK, "c03", dict.fromkeys(NETWORK.conditions[3].links, 0.06)), "c07", {"f01": 0.9, "f02": 0.9})
BASE, CANDIDATE = Candidate(NETWORK, POLICY), Candidate(HURT, POLICY)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(BASE, CARDS, runs=tmp_path_factory.mktemp("comparison") / "runs", workers=1)


@pytest.fixture(scope="session")
def candidate(base: Run) -> Run:
    return run(CANDIDATE, CARDS, runs=base.path.parent, workers=1)


@pytest.fixture(scope="session")
def diff(base: Run, candidate: Run) -> Diff:
    return compare(base, candidate)


@pytest.fixture
def runs(base: Run) -> Path:
    """The directory of both runs."""
    return base.path.parent

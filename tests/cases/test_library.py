"""The case sets that the project ships."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cases.checks import check_cases
from cases.checks.possible import possible_under
from cases.folds import fold_of
from cases.readers import load_cases
from model.network import load_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["starter", "primary_care"])
def test_every_case_passes_every_check(name: str) -> None:
    network = load_network(ROOT / "model/networks" / name)
    case_set = load_cases(ROOT / "cases/corpora" / name)
    report = check_cases(case_set, network, is_possible=possible_under(network), strict=True)
    assert not [str(problem) for problem in report.problems if problem.code.startswith("E-")]
    assert not case_set.quarantined
    assert {card.expected.condition for card in case_set.cards} == set(network.condition_index)
    for card in case_set.cards:
        assert card.kind == "doctor"
        assert card.licence == "Apache-2.0"
        assert card.review_state == "draft", f"{card.id}: nobody has reviewed it"
        assert card.initial_findings, card.id
        assert card.complaint, card.id
        assert card.expected.triage is not None, card.id


def test_the_library_has_three_cases_a_condition_and_a_holdout_that_follows_from_the_id() -> None:
    cards = load_cases(ROOT / "cases/corpora/primary_care").cards
    assert len(cards) >= 900
    assert min(Counter(card.expected.condition for card in cards).values()) >= 3
    for card in cards:
        assert card.split == ("holdout" if fold_of(card, 5) == 0 else "reference"), card.id
    assert 0.15 < sum(card.split == "holdout" for card in cards) / len(cards) < 0.25

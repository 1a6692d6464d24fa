"""The card: shorthands, bounds, and the hash of what matters."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases import Card, CaseSet, MustAsk, replayed_content
from cases.folds import fold_of
from cases.writers import to_record, to_toml
from model.network import Triage
from tests.cases.strategies import CARDS

Vary = Callable[..., dict[str, Any]]

# Changes that no replay and no score can see.
UNSEEN: list[dict[str, Any]] = [
    {"id": "other"}, {"version": 2}, {"author": "KL"}, {"reviewer": "KL"}, {"review_state": "draft"}, {"source": "x"},
    {"licence": "x"}, {"split": "test"}, {"kind": "simulated"}, {"specialty": "surgery"}, {"family": "x"},
    {"complaint": "Ow."}, {"notes": "x"}, {"opinions": [{"doctor": "KL", "condition": "colitis"}]},
    {"overrides": {"E-AGE-LIMIT": "why"}}, {"patient": {"age": 276, "age_unit": "months"}},
]  # fmt: skip
# Changes that some replay or score can see.
SEEN: list[dict[str, Any]] = [
    {"unlisted": "unknown"}, {"patient": {"age": 24}}, {"patient": {"age": None}}, {"patient": {"sex": "male"}},
    {"patient": {"pregnant": False}}, {"findings": {"fever": "present"}}, {"findings": {"fever": None}},
    {"findings": {"nausea": {"state": "present", "initial": True}}},
    {"findings": {"nausea": {"state": "present", "pertinent": True}}},
    {"findings": {"vomiting": "absent"}}, {"risk_factors": {"smoking": "present"}},
    {"expected": {"condition": "colitis"}}, {"expected": {"acceptable": ["colitis"]}},
    {"expected": {"must_not_miss": []}}, {"expected": {"impossible": ["colitis"]}},
    {"expected": {"triage": ["routine", "emergency"]}}, {"expected": {"must_ask": ["rlq_pain"]}},
    {"expected": {"differential": [["appendicitis", 1.0]]}},
]  # fmt: skip


def _hash(record: dict[str, Any]) -> str:
    return Card.model_validate(record).content_hash


def test_the_hash_is_what_it_was(card: Card) -> None:
    # Run stores and ratchets are keyed by it: a change of scheme must be a decision.
    assert card.content_hash == "cca866ce0c3ae4a41da936bbc7d307f03380914d50581e904cfd206511cb19f5"


@pytest.mark.parametrize("changes", UNSEEN, ids=str)
def test_the_hash_ignores_what_no_replay_sees(changes: dict[str, Any], vary: Vary) -> None:
    assert _hash(vary(**changes)) == _hash(vary())


def test_the_hash_tells_all_else_apart(vary: Vary) -> None:
    hashes = [_hash(vary(**changes)) for changes in [{}, *SEEN]]
    assert len(set(hashes)) == len(hashes)


@given(card=CARDS, seed=st.integers(0, 999))
def test_the_hash_ignores_key_order(card: Card, seed: int) -> None:
    shuffled = _shuffled(to_record(card), random.Random(seed))
    assert Card.model_validate(shuffled).content_hash == card.content_hash


@given(card=CARDS)
def test_the_replayed_content_is_plain_and_finite(card: Card) -> None:
    json.dumps(replayed_content(card), allow_nan=False)


def test_the_digest_of_a_set_ignores_order_and_ids(vary: Vary) -> None:
    one, other = Card.model_validate(vary()), Card.model_validate(vary(id="b", patient={"age": 60}))
    renamed = other.model_copy(update={"id": "z"})
    assert CaseSet((one, other)).digest == CaseSet((renamed, one), name="x").digest
    assert CaseSet((one, other)).digest != CaseSet((one,)).digest
    assert CaseSet((one, one)).digest != CaseSet((one,)).digest


def test_shorthands_mean_the_long_form(vary: Vary) -> None:
    card = Card.model_validate(vary(expected={"triage": "urgent", "must_ask": ["fever"]}))
    assert card.expected.triage == ("urgent", "urgent")
    assert card.expected.triage_range == (Triage.URGENT, Triage.URGENT)
    assert card.expected.must_ask == (MustAsk(finding="fever"),)
    assert card.findings["diarrhoea"].pertinent  # A negative that somebody wrote down.
    assert not card.findings["nausea"].pertinent
    assert card.initial_findings == ("rlq_pain",)
    assert card.findings_in_state("unsure") == ("fever",)


@pytest.mark.parametrize(
    ("age", "unit", "years"), [(6, "months", 0.5), (52, "weeks", 0.9966), (23, "years", 23.0), (0, "days", 0.0)]
)
def test_ages_have_units(age: float, unit: str, years: float, vary: Vary) -> None:
    card = Card.model_validate(vary(patient={"age": age, "age_unit": unit}))
    assert card.patient.age_years == pytest.approx(years, abs=1e-4)


def test_a_card_cannot_be_changed(card: Card) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        card.author = "KL"  # type: ignore[misc]


def test_the_file_of_a_card_reads_as_a_doctor_would_write_it(card: Card) -> None:
    assert to_toml(card) == (
        'id = "appendicitis-001"\n'
        'author = "JD"\n'
        'review_state = "accepted"\n'
        'licence = "Apache-2.0"\n'
        'unlisted = "absent"\n'
        'complaint = "My belly has hurt since last night."\n'
        "\n[patient]\nage = 23\n"
        'sex = "female"\n'
        '\n[findings]\nrlq_pain = { state = "present", initial = true }\n'
        'nausea = "present"\n'
        'diarrhoea = "absent"\n'
        'fever = "unsure"\n'
        '\n[risk_factors]\nsmoking = "absent"\n'
        '\n[expected]\ncondition = "appendicitis"\n'
        'must_not_miss = ["appendicitis"]\n'
        'triage = ["urgent", "emergency"]\n'
        '\n[[expected.must_ask]]\nfinding = "rlq_pain"\nby = 10\n'
    )


def test_folds_are_even_and_depend_on_nothing_but_the_card(vary: Vary) -> None:
    cards = [Card.model_validate(vary(id=f"case-{number}")) for number in range(2000)]
    folds = [fold_of(card, 5) for card in cards]
    assert all(340 <= folds.count(fold) <= 460 for fold in range(5))
    assert [fold_of(card, 5) for card in reversed(cards)] == folds[::-1]
    assert fold_of(Card.model_validate(vary(author="KL", id="case-7")), 5) == folds[7]
    assert fold_of(Card.model_validate(vary(id="again", family="case-7")), 5) == folds[7]


def _shuffled(value: Any, random_: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        random_.shuffle(items)
        return {name: _shuffled(item, random_) for name, item in items}
    return [_shuffled(item, random_) for item in value] if isinstance(value, list) else value

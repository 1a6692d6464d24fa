"""``-k``: what each expression selects, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Card, CaseSet
from cases.selection import compile_expression
from model.errors import InputError
from model.network import ClinicalNetwork

Vary = Callable[..., dict[str, Any]]


@pytest.fixture
def case_set(vary: Vary) -> CaseSet:
    """Three cases: a woman of 23, a boy of 8 months, and one of whom nothing is known."""
    records = [
        vary(),
        vary(id="gastro-014", author="K L", specialty="paediatrics", split="holdout", kind="simulated",
             patient={"age": 8, "age_unit": "months", "sex": "male"},
             expected={"condition": "gastroenteritis", "triage": None}),
        vary(id="Gastro-015", patient=None, risk_factors={"smoking": "present"},
             expected={"condition": "gastroenteritis", "acceptable": ["appendicitis"]}),
    ]  # fmt: skip
    return CaseSet(tuple(Card.model_validate(record) for record in records))


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("appendicitis", "a"),
        ("APPENDI", "a"),
        ("gastro", "bc"),
        ("gastro-014", "b"),
        ("'gastro-014'", "b"),
        ("not gastro", "a"),
        ("not not gastro", "bc"),
        ("gastro and not paediatrics", "c"),
        ("appendicitis-001 or gastro-014", "ab"),
        ("appendicitis or gastro and holdout", "a"),
        ("(appendicitis or gastro) and 01", "abc"),
        ("split == holdout", "b"),
        ("split != holdout", "ac"),
        ('author == "K L"', "b"),
        ("author=='K L'", "b"),
        ("age < 16", "b"),
        ("age<=23 and age>=0.5", "ab"),
        ("age == 23", "a"),
        ("not age < 200", "c"),
        ("sex == female or sex == male", "ab"),
        ("condition == gastroenteritis", "bc"),
        ("acceptable == appendicitis", "c"),
        ("triage == emergency", "ac"),
        ("present == nausea and initial == rlq_pain", "abc"),
        ("absent == diarrhoea and unsure == fever", "abc"),
        ("risk_factor == smoking", "c"),
        ("kind == simulated", "b"),
        ("version > 0", "abc"),
        ("specialty == paediatrics", "b"),
    ],
)
def test_what_is_selected(expression: str, ids: str, case_set: CaseSet) -> None:
    letters = {"appendicitis-001": "a", "gastro-014": "b", "Gastro-015": "c"}
    assert "".join(letters[card.id] for card in case_set.select(expression)) == ids


def test_the_network_lends_its_specialties(case_set: CaseSet, network: ClinicalNetwork) -> None:
    assert [card.id for card in case_set.select("specialty == surgery", network)] == ["appendicitis-001"]
    assert [card.id for card in case_set.select("general", network)] == ["Gastro-015"]


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("", "the end"),
        ("and", "'and'"),
        ("a and", "the end"),
        ("(a", "not closed"),
        ("a)", "')' after the end"),
        ("a b", "'b' after the end"),
        ("splt == train", "did you mean split"),
        ("split ==", "nothing to compare"),
        ("split < train", "split == or split !="),
        ("age == young", "expected a number"),
        ("'open", '"\'open"'),
        ("(" * 60 + "a" + ")" * 60, "50 parentheses"),
        ("__import__('os')", "'(' after the end"),
        ("nothing-like-it", "no match among 3 cases"),
    ],
)
def test_what_is_no_expression(expression: str, part: str, case_set: CaseSet) -> None:
    with pytest.raises(InputError) as caught:
        case_set.select(expression)
    assert part in str(caught.value)


def test_a_thousand_ids_are_no_problem(case_set: CaseSet) -> None:
    assert len(case_set.select(" or ".join(f"nobody-{number}" for number in range(5000)) + " or gastro")) == 2


@given(text=st.text(alphabet="ab()=<>!'\" andornot", max_size=30))
def test_any_text_is_an_expression_or_an_input_error(text: str) -> None:
    card = Card.model_validate({"id": "ab", "author": "JD", "expected": {"condition": "x"}})
    try:
        predicate = compile_expression(text)
    except InputError:
        return
    assert predicate(card) in (True, False)

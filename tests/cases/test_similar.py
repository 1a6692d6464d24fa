"""The cases most like one, and the verbs that show them or write the template."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from cases import Card, CaseSet
from cases.checks import check_cases
from cases.cli import app
from cases.similar import Relation, side_by_side, similar_cases
from cases.writers import save_cases
from model.errors import InputError
from model.network import ClinicalNetwork, save_network

Vary = Callable[..., dict[str, Any]]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def library(vary: Vary) -> list[Card]:
    """One case, and one of every relation to it."""
    other = {"condition": "gastroenteritis", "must_not_miss": []}
    records = [
        vary(),
        vary(id="alike", complaint="", findings={"rlq_pain": None, "flank_pain": "present"}, expected=other),
        vary(id="conflict", complaint="", expected=other),
        vary(id="duplicate", complaint="", notes="again"),
        vary(id="near", complaint="", patient={"age": 24}),
        vary(id="other", complaint="", findings=None, risk_factors=None),
    ]
    return [Card.model_validate(record) for record in records]


def test_relations_are_those_of_the_checks(library: list[Card], network: ClinicalNetwork) -> None:
    found = similar_cases(library[0], library, network, limit=None)
    assert [(one.card.id, one.relation) for one in found] == [
        ("conflict", Relation.CONFLICT),
        ("duplicate", Relation.DUPLICATE),
        ("near", Relation.NEAR_DUPLICATE),
        ("alike", Relation.ALIKE),
    ]
    codes = {problem.code for problem in check_cases(CaseSet(tuple(library)), network).problems}
    assert {"W-CONFLICT", "E-DUPLICATE", "W-NEAR-DUPLICATE"} <= codes
    assert found[3].jaccard == pytest.approx(4 / 6)
    assert len(similar_cases(library[0], library, network, limit=2)) == 2


@given(answers=st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1), min_size=2, max_size=12))
def test_the_likest_come_first_and_nothing_without_a_common_answer(answers: list[set[str]]) -> None:
    cards = [
        Card.model_validate(
            {
                "id": f"c{number}",
                "author": "x",
                "findings": dict.fromkeys(sorted(names), "present"),
                "expected": {"condition": f"d{number}", "acceptable": [f"d{other}" for other in range(12)]},
            }
        )
        for number, names in enumerate(answers)
    ]
    found = similar_cases(cards[0], cards, limit=None)
    expected = [len(answers[0] & names) / len(answers[0] | names) for names in answers[1:]]
    assert sorted((one.jaccard for one in found), reverse=True) == [one.jaccard for one in found]
    assert sorted(one.jaccard for one in found) == sorted(value for value in expected if value)


def test_two_cards_side_by_side(library: list[Card], network: ClinicalNetwork) -> None:
    lines = {line.label: line for line in side_by_side(library[0], library[1], network)}
    assert (lines["Pain in the right lower abdomen"].left, lines["Flank pain"].right) == (
        "present (volunteered)",
        "present",
    )
    assert lines["Flank pain"].differs
    assert not lines["Nausea"].differs
    assert (lines["expected"].left, lines["expected"].right) == ("Acute appendicitis", "Gastroenteritis")
    assert lines["patient"].left == "23 years, female"
    assert "impossible" not in lines  # what neither card says is left out


def test_the_verb(library: list[Card], network: ClinicalNetwork, tmp_path: Path) -> None:
    save_cases(library, tmp_path / "cases.jsonl")
    save_cases(library[:1], tmp_path / "new.csv")
    save_network(network, tmp_path / "model")
    looking = ["--cases", tmp_path / "cases.jsonl", "--model", tmp_path / "model"]
    plain = _run("similar", "appendicitis-001", *looking, "--format", "plain")
    assert plain.exit_code == 0, plain.output
    assert [line.split("  ")[1:3] for line in plain.output.splitlines()] == [
        ["conflict", "conflict"],
        ["duplicate", "duplicate"],
        ["near duplicate", "near"],
    ]
    rich = _run("similar", tmp_path / "new.csv", *looking, "-n", "1").output
    assert "conflict: findings 100%" in rich
    assert "≠" in rich
    (record,) = json.loads(_run("similar", "other", *looking, "--format", "json").output)
    assert record == {"case": "other", "similar": []}
    unknown = _run("similar", "conflict-1", *looking)
    assert isinstance(unknown.exception, InputError)
    assert "did you mean conflict" in str(unknown.exception)


@pytest.mark.parametrize("name", ["cases.xlsx", "cases.csv"])
def test_the_template_is_written_once(name: str, network: ClinicalNetwork, tmp_path: Path) -> None:
    save_network(network, tmp_path / "model")
    out = tmp_path / name
    done = _run("template", "--model", tmp_path / "model", "-o", out)
    assert (done.exit_code, out.exists()) == (0, True)
    assert f"clinval cases check {out}" in done.output
    assert isinstance(_run("template", "--model", tmp_path / "model", "-o", out).exception, InputError)
    assert isinstance(_run("template", "--model", tmp_path / "model", "-o", tmp_path / "x.ods").exception, InputError)

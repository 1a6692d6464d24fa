"""What a change takes out of the case set cannot take a never-event with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cases.card import Card
from tests.validation.gate.planted import OTHER, QUICK, TODAY, WRONG, base_run, diff_of, found, verdict
from validation.comparison import Event
from validation.gate import Waiver, Withdrawn, exit_code
from validation.gate.verdict import Status
from validation.gate.withdrawn import asks_less

LOST = {"rank_must_not_miss": 4}
DANGEROUS = next(
    name
    for name, row in base_run().rows.items()
    if len(row["must_not_miss"]) == 1 and row["rank_must_not_miss"] == 1 and row["rank_right"] == 1
)
CARD = base_run().cards[DANGEROUS]


def changed(card: Card, **expected: Any) -> Card:
    """The card with something else expected."""
    return card.model_copy(update={"expected": card.expected.model_copy(update=expected)})


def test_a_case_that_breaks_and_is_edited_at_once_blocks_all_the_same() -> None:
    """The candidate's own case set holds nothing of it: there the two models agree in every case."""
    diff, as_it_was = diff_of({}), diff_of({DANGEROUS: {**LOST, **WRONG}})
    assert not found(verdict(diff), "G1", Status.FAIL)
    judged = verdict(diff, withdrawn=Withdrawn((CARD,), as_it_was))
    (finding,) = found(judged, "G1", Status.FAIL)
    assert finding.cases == (DANGEROUS,)
    assert "now no. 4" in finding.details[0]
    assert "pull request of their own" in finding.next_step
    assert not found(judged, "G1", Status.PASS)
    assert exit_code(judged) == 1
    assert "1 never-event in cases edited or taken out → GATE FAILED" in judged.line
    (broken,) = (one for one in found(judged, "G0", Status.FLAG) if one.title.startswith("broken"))
    assert broken.cases == (DANGEROUS,)


def test_a_reviewer_can_accept_it_for_the_case_as_it_was() -> None:
    plan = base_run().manifest.plan
    waiver = Waiver(
        DANGEROUS, CARD.content_hash, Event.MUST_NOT_MISS_LOST, OTHER, plan.policy.digest, "A. Smith", "agreed", TODAY
    )
    withdrawn = Withdrawn((CARD,), diff_of({DANGEROUS: LOST}))
    judged = verdict(diff_of({}), replace(QUICK, waivers=(waiver,)), withdrawn=withdrawn)
    assert not found(judged, "G1", Status.FAIL)
    (finding,) = found(judged, "G1", Status.FLAG)
    assert "waived by A. Smith" in finding.details[0]
    assert not found(judged, "G1", Status.NOTE)  # the waiver is not idle


def test_cases_of_a_condition_that_was_removed_on_purpose_may_go_with_it() -> None:
    withdrawn = Withdrawn((CARD,), diff_of({DANGEROUS: {**LOST, **WRONG}}))
    rules = replace(QUICK, integrity=replace(QUICK.integrity, removed_conditions=(CARD.expected.condition,)))
    judged = verdict(diff_of({}), rules, withdrawn=withdrawn)
    assert not found(judged, "G1", Status.FAIL)
    assert not [one for one in found(judged, "G0", Status.FLAG) if one.title.startswith("broken")]


def test_an_edit_of_cases_alone_is_told_and_blocks_nothing() -> None:
    gone = CARD.model_copy(update={"id": "gone"})
    easier = changed(CARD, must_not_miss=("nothing-of-this-card", *CARD.expected.must_not_miss))
    judged = verdict(diff_of({}), withdrawn=Withdrawn((gone, easier)))
    assert judged.status is Status.PASS
    out, less = found(judged, "G0", Status.FLAG)
    assert out.cases == ("gone",)
    assert less.details == (f"{DANGEROUS}: nothing-of-this-card may be missed",)


MUST_ASK = [{"finding": "fever", "by": 5}, {"finding": "rash"}]
BASE = Card.model_validate(
    {
        "id": "one", "author": "A", "source": "s", "licence": "MIT", "complaint": "c", "unlisted": "absent",
        "patient": {"age": 4, "sex": "female"}, "findings": {"cough": "present"},
        "expected": {
            "condition": "flu", "acceptable": ["cold"], "must_not_miss": ["sepsis"], "triage": ["urgent", "emergency"],
            "must_ask": MUST_ASK,
        },
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({}, []),
        ({"condition": "cold"}, ["expects cold, before flu"]),
        ({"acceptable": ["cold", "croup"]}, ["accepts croup too"]),
        ({"acceptable": []}, []),  # stricter
        ({"must_not_miss": []}, ["sepsis may be missed"]),
        ({"must_not_miss": ["sepsis", "meningitis"]}, []),
        ({"must_ask": MUST_ASK[:1]}, ["rash need not be asked"]),
        ({"must_ask": [{"finding": "fever", "by": 9}, MUST_ASK[1]]},
         ["fever may be asked until question 9, before until question 5"]),
        ({"must_ask": [{"finding": "fever"}, MUST_ASK[1]]},
         ["fever may be asked at any time, before until question 5"]),
        ({"must_ask": [{"finding": "fever", "by": 3}, {"finding": "rash", "by": 3}]}, []),
        ({"triage": ["routine", "emergency"]}, ["advice of routine is urgent enough, before urgent"]),
        ({"triage": None}, ["any advice is urgent enough, before urgent"]),
        ({"triage": "emergency"}, []),
    ],
)  # fmt: skip
def test_in_which_way_a_case_asks_less(edit: dict[str, Any], words: list[str]) -> None:
    record = BASE.model_dump()
    now = Card.model_validate({**record, "expected": {**record["expected"], **edit}})
    assert list(asks_less(BASE, now)) == words

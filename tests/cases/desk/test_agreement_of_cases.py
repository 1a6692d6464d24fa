"""Which opinion is set beside which answer: what was written in the knowledge of the other does not count."""

from __future__ import annotations

from typing import Any

import pytest

from cases.desk import Desk
from cases.desk.shapes import CaseState, CaseView

from .conftest import Doctors, accept, agree, disagree


def _figures(desk: Desk, doctors: Doctors) -> tuple[int, float | None, int]:
    found = desk.reviews.agreement(doctors.ada)
    return found.condition.n, found.condition.value, found.n_opinions


@pytest.fixture
def gastroenteritis(case_record: dict[str, Any]) -> dict[str, Any]:
    """The case with the answer that a reviewer gave who disagreed."""
    return {**case_record, "expected": {"condition": "gastroenteritis", "triage": ["routine", "routine"]}}


def test_a_reviewers_own_answer_makes_nobody_agree(
    desk: Desk, doctors: Doctors, submitted: CaseView, gastroenteritis: dict[str, Any]
) -> None:
    """Ben disagrees, writes his answer into the case, and Anna gives in: they had disagreed."""
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "it is the other", record=gastroenteritis)
    assert desk.reviews.decide(doctors.anna, submitted.id, 2, "accept").case.state is CaseState.ACCEPTED
    assert _figures(desk, doctors) == (1, 0.0, 1)
    [case] = desk.reviews.agreement(doctors.ben).cases
    assert (case.card.expected.condition, case.n_agree, case.n_agree_condition) == ("appendicitis", 0, 0)


def test_nor_does_an_authors_change_of_mind(
    desk: Desk, doctors: Doctors, submitted: CaseView, gastroenteritis: dict[str, Any]
) -> None:
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "no")
    disagree(desk, doctors.cleo, submitted.id)
    desk.reviews.decide(doctors.cleo, submitted.id, 1, "reject", "no")
    assert _figures(desk, doctors) == (1, 0.0, 2)
    desk.drafts.save(doctors.anna, submitted.id, gastroenteritis, 1, why="they are right")
    assert _figures(desk, doctors) == (1, 0.0, 2), "a case that is being mended is still counted"
    desk.drafts.submit(doctors.anna, submitted.id, 2, no_identifiers=True, reason="so asked")
    assert _figures(desk, doctors) == (0, None, 0), "its first review runs again"
    desk.reviews.decide(doctors.ben, submitted.id, 2, "accept")
    assert _figures(desk, doctors) == (1, 0.0, 2)


def test_an_edit_of_what_was_accepted_takes_nothing_out(
    desk: Desk, doctors: Doctors, submitted: CaseView, gastroenteritis: dict[str, Any]
) -> None:
    accept(desk, submitted, doctors.ben)
    edited = desk.drafts.save(doctors.anna, submitted.id, {**gastroenteritis, "complaint": "Another."}, 1, why="new")
    assert _figures(desk, doctors) == (1, 1.0, 1)
    desk.drafts.submit(doctors.anna, submitted.id, edited.number, no_identifiers=True, reason="so asked")
    found = desk.reviews.agreement(doctors.cleo)
    assert (found.condition.n, found.cases) == (1, ()), "counted, and not shown to who may review the new version"
    accept(desk, edited, doctors.cleo)
    assert _figures(desk, doctors) == (1, 1.0, 1), "who could read the first answer is not asked for a second figure"


def test_a_withdrawn_disagreement_stays_counted(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "no")
    disagree(desk, doctors.cleo, submitted.id)
    desk.reviews.decide(doctors.cleo, submitted.id, 1, "reject", "no")
    desk.drafts.withdraw(doctors.anna, submitted.id, "never mind")
    assert _figures(desk, doctors) == (1, 0.0, 2)


def test_a_third_on_the_same_evidence_counts_and_on_other_evidence_does_not(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    changed = {**case_record, "complaint": "Everything hurts."}
    desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "said otherwise", record=changed)
    desk.reviews.decide(doctors.anna, submitted.id, 2, "reject", "it was not")
    disagree(desk, doctors.cleo, submitted.id, 2)
    desk.reviews.decide(doctors.cleo, submitted.id, 2, "reject", "neither")
    assert _figures(desk, doctors) == (1, 1.0, 1)

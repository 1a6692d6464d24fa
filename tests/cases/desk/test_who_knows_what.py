"""Blind stays blind: by no page, list, history, second try or later version does an answer come out too early."""

from __future__ import annotations

from typing import Any

import pytest

from cases.desk import Conflict, Desk, NotAllowed, NotFound, Role
from cases.desk.shapes import CaseState, CaseView, Stage

from .conftest import Doctors, accept, agree, disagree

SAID_BY_BEN = "gastroenteritis, surely"


def _edited_after_acceptance(desk: Desk, doctors: Doctors, case: CaseView, record: dict[str, Any]) -> CaseView:
    """Ben has accepted the case; now another answer of it is in review."""
    accept(desk, case, doctors.ben)
    record["expected"] = {"condition": "gastroenteritis", "triage": "routine"}
    saved = desk.drafts.save(doctors.anna, case.id, record, case.number, why="a change of mind")
    return desk.drafts.submit(doctors.anna, case.id, saved.number, no_identifiers=True, reason="so asked")


def test_who_reviewed_an_earlier_version_is_blind_to_the_next(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    case = _edited_after_acceptance(desk, doctors, submitted, case_record)
    for reviewer in (doctors.ben, doctors.cleo):
        for read in (desk.reviews.review, desk.drafts.get, desk.drafts.versions, desk.trail.of_case):
            with pytest.raises(NotFound):
                read(reviewer, case.id)
        assert "condition" not in str(desk.reviews.case_for_review(reviewer, case.id))
    review = desk.reviews.give_opinion(doctors.ben, case.id, case.number, condition="appendicitis", triage="urgent")
    assert review.case.record["expected"]["condition"] == "gastroenteritis"


def test_an_answer_that_everybody_could_read_leaves_nobody_blind(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    """Cleo had no part in the first version; but once it was accepted, it was in the list for all to read."""
    case = _edited_after_acceptance(desk, doctors, submitted, case_record)
    review = desk.reviews.give_opinion(doctors.cleo, case.id, case.number, condition="appendicitis", triage="urgent")
    assert [(one.by_name, one.blind) for one in review.opinions] == [("Ben", True), ("Cleo", False)]


def test_the_same_request_again_opens_no_later_version(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    said: dict[str, Any] = {"condition": "gastroenteritis", "triage": "routine", "key": "once"}
    desk.reviews.give_opinion(doctors.cleo, submitted.id, 1, **said)
    case = _edited_after_acceptance(desk, doctors, submitted, case_record)
    with pytest.raises(NotFound):
        desk.reviews.give_opinion(doctors.cleo, submitted.id, 1, **said)
    assert case.state is CaseState.IN_REVIEW


def test_the_history_tells_an_author_nothing_of_a_running_review(
    desk: Desk, doctors: Doctors, submitted: CaseView
) -> None:
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", SAID_BY_BEN)
    trail = desk.trail.of_case(doctors.anna, submitted.id)
    assert [one.what for one in trail] == ["create", "statement", "submit", "opinion", "reject"]
    assert SAID_BY_BEN not in str(trail)
    assert "opinion" not in trail[3].details, "a hash over so few possible answers is as good as the answer"
    assert SAID_BY_BEN in str(desk.trail.of_case(doctors.ben, submitted.id))


def test_nor_does_taking_the_case_back(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    """An author who could look, then write just that, would always agree."""
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", SAID_BY_BEN)
    desk.drafts.recall(doctors.anna, submitted.id, "let me see")
    review = desk.reviews.review(doctors.anna, submitted.id)
    assert (review.opinions, review.decisions) == ((), ())
    assert SAID_BY_BEN not in str(desk.trail.of_case(doctors.anna, submitted.id))


def test_what_ended_a_review_is_told_for_good(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    """Rejected, mended, handed in again: the author may read the first round, not the second."""
    agree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "say since when")
    case_record["complaint"] = "My belly has hurt since yesterday at noon."
    desk.drafts.save(doctors.anna, submitted.id, case_record, 1, why="since when")
    desk.drafts.submit(doctors.anna, submitted.id, 2, no_identifiers=True, reason="so asked")
    disagree(desk, doctors.cleo, submitted.id, 2)
    desk.reviews.decide(doctors.cleo, submitted.id, 2, "reject", SAID_BY_BEN)
    review = desk.reviews.review(doctors.anna, submitted.id)
    assert [one.by_name for one in review.opinions] == ["Ben"]
    assert [one.reason for one in review.decisions] == ["say since when"]
    told = str(desk.trail.of_case(doctors.anna, submitted.id))
    assert "say since when" in told
    assert SAID_BY_BEN not in told


def test_an_edit_tells_its_author_why(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    edited = {**case_record, "unlisted": "unknown"}
    desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "not everything is listed", record=edited)
    review = desk.reviews.review(doctors.anna, submitted.id)
    assert review.case.stage is Stage.APPROVAL
    assert [one.by_name for one in review.opinions] == ["Ben"]
    assert [one.reason for one in review.decisions] == ["not everything is listed"]


def test_a_rejected_case_is_counted_and_not_shown(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    """It may be handed in again, to a reviewer who had better not know its answer."""
    agree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "say since when")
    for reader, shown in ((doctors.cleo, 0), (doctors.ben, 1), (doctors.ada, 1)):
        found = desk.reviews.agreement(reader)
        assert (found.condition.n, len(found.cases)) == (1, shown)


def test_who_began_a_case_does_not_sign_it_off_for_its_next_owner(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """Catalogue 105: one word of another owner's makes it nobody else's text."""
    case = desk.drafts.create(doctors.ben, case_record)
    desk.drafts.hand_over(doctors.ada, case.id, doctors.anna.id, "Ben has no time")
    saved = desk.drafts.save(doctors.anna, case.id, {**case_record, "unlisted": "unknown"}, 1, why="not all is listed")
    desk.drafts.submit(doctors.anna, case.id, saved.number, no_identifiers=True, reason="so asked")
    assert desk.queue.waiting(doctors.ben) == []
    with pytest.raises(NotAllowed, match="their own"):
        desk.reviews.give_opinion(doctors.ben, case.id, 2, condition="appendicitis", triage="urgent")
    accept(desk, saved, doctors.cleo)
    [card] = desk.publishing.cards(doctors.ada)
    assert (card.author, card.reviewer) == ("Ben", "Cleo")


def test_handing_over_does_not_rewrite_what_was_signed_off(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    accept(desk, submitted, doctors.ben)
    before = desk.publishing.cards(doctors.ada)
    for heir in (doctors.ben, doctors.cleo):
        desk.drafts.hand_over(doctors.ada, submitted.id, heir.id, "Anna has left")
        assert desk.publishing.cards(doctors.ada) == before
    assert desk.trail.check(doctors.ada) == []


def test_no_decision_without_an_opinion_on_this_version(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    case = _edited_after_acceptance(desk, doctors, submitted, case_record)
    assert doctors.ben.has(Role.REVIEWER)
    with pytest.raises(Conflict, match="your own diagnosis and triage first"):
        desk.reviews.decide(doctors.ben, case.id, case.number, "accept")

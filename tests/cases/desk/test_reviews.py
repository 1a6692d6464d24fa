"""Review and sign-off: blind first, never one's own, a third where two disagree."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from cases.desk import Conflict, Desk, NotAllowed, NotFound
from cases.desk.shapes import CaseState, CaseView, Stage
from model.errors import InputError

from .conftest import Doctors, Ticking, accept, agree, disagree


def _as_text(value: Any) -> str:
    return json.dumps(asdict(value), default=str)


def test_a_blind_reviewer_learns_nothing_of_the_answer(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """Every field that could tell it is filled with the answer's name; none of what is shown has it."""
    answer = "gastroenteritis"
    case_record |= {
        "expected": {
            "condition": answer, "acceptable": ["appendicitis"], "must_ask": ["fever"], "triage": "routine",
        },
        "source": f"{answer} clinic", "specialty": answer, "family": answer, "notes": f"clearly {answer}",
        "opinions": [{"doctor": "X", "condition": answer}], "overrides": {"E-X": answer}, "author": f"Dr {answer}",
    }  # fmt: skip
    case = desk.drafts.create(doctors.anna, case_record, card_id=f"{answer}-1", why=answer)
    desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True)
    [item] = desk.queue.waiting(doctors.ben)
    blind = desk.reviews.case_for_review(doctors.ben, case.id)
    for shown in (item, blind):
        assert answer not in _as_text(shown)
        assert "appendicitis" not in _as_text(shown)
    assert blind.evidence["complaint"] == case_record["complaint"]
    assert list(blind.evidence["findings"]) == list(case_record["findings"])
    assert "pertinent" not in _as_text(blind)
    for hidden in (
        lambda: desk.drafts.get(doctors.ben, case.id),
        lambda: desk.drafts.get(doctors.ben, case.id, 1),
        lambda: desk.drafts.versions(doctors.ben, case.id),
        lambda: desk.reviews.review(doctors.ben, case.id),
        lambda: desk.trail.of_case(doctors.ben, case.id),
    ):
        with pytest.raises(NotFound):
            hidden()


def test_errors_of_a_blind_reviewer_tell_nothing_either(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    with pytest.raises(Conflict, match="your own diagnosis and triage first") as caught:
        desk.reviews.decide(doctors.ben, submitted.id, 1, "accept")
    assert caught.value.current is None
    with pytest.raises(Conflict) as caught:
        desk.reviews.give_opinion(doctors.ben, submitted.id, 7, condition="x", triage="urgent")
    assert caught.value.current is None


def test_an_opinion_shows_the_answer(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    review = desk.reviews.give_opinion(
        doctors.ben, submitted.id, 1, condition="inflamed appendix", triage="urgent",
        differential=["Gastroenteritis", "something else", "inflamed appendix"], comment=" clear ", certainty=80,
    )  # fmt: skip
    assert review.case.card is not None
    assert review.case.card.expected.condition == "appendicitis"
    [opinion] = review.opinions
    assert (opinion.condition, opinion.differential) == ("appendicitis", ("gastroenteritis", "something else"))
    assert (opinion.comment, opinion.certainty, opinion.blind, opinion.agrees) == ("clear", 80, True, True)
    assert review.may_decide


@pytest.mark.parametrize("field", ["condition", "differential", "comment"])
@pytest.mark.parametrize("text", ["jane@example.org", "12/03/1980", "0170 1234567", "MRN AB12345", "078-05-1120"])
def test_86_an_opinion_names_no_patient(
    desk: Desk, doctors: Doctors, submitted: CaseView, field: str, text: str
) -> None:
    said: dict[str, Any] = {"condition": "appendicitis", field: [text] if field == "differential" else text}
    with pytest.raises(InputError, match="E-IDENTIFIER") as caught:
        desk.reviews.give_opinion(doctors.ben, submitted.id, 1, triage="urgent", **said)
    assert {one.where for one in caught.value.problems} == {f"opinion › {field}"}
    assert text not in str(caught.value)
    agree(desk, doctors.ben, submitted.id)  # Nothing was kept: an opinion can still be given.


def test_an_opinion_is_for_good(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    agree(desk, doctors.ben, submitted.id)
    with pytest.raises(Conflict, match="have given your opinion"):
        disagree(desk, doctors.ben, submitted.id)


BAD_OPINIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no condition": ({"condition": " "}, "E-BLANK"),
    "no such level": ({"triage": "soon"}, "E-TRIAGE.*self_care"),
    "certainty": ({"certainty": 101}, "E-CERTAINTY"),
    "NUL": ({"comment": "a\x00"}, "E-NUL"),
}


@pytest.mark.parametrize("name", BAD_OPINIONS)
def test_bad_opinions_are_refused(name: str, desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    change, expected = BAD_OPINIONS[name]
    with pytest.raises(InputError, match=expected):
        desk.reviews.give_opinion(
            doctors.ben, submitted.id, 1, **{"condition": "appendicitis", "triage": "urgent", **change}
        )
    with pytest.raises(NotFound):
        desk.reviews.review(doctors.ben, submitted.id)


def test_two_who_agree_sign_off(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    agree(desk, doctors.ben, submitted.id)
    review = desk.reviews.decide(doctors.ben, submitted.id, 1, "accept")
    assert review.case.state is CaseState.ACCEPTED
    assert not review.may_decide
    [card] = desk.publishing.cards(doctors.anna)
    assert (card.author, card.reviewer, card.review_state) == ("Anna", "Ben", "accepted")
    assert [(one.doctor, one.condition, one.triage) for one in card.opinions] == [("Ben", "appendicitis", "urgent")]


@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_two_who_disagree_need_a_third(verdict: str, desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    disagree(desk, doctors.ben, submitted.id)
    review = desk.reviews.decide(doctors.ben, submitted.id, 1, verdict, "it could be either")
    assert (review.case.state, review.case.stage) == (CaseState.IN_REVIEW, Stage.THIRD)
    assert desk.queue.waiting(doctors.ben) == []
    with pytest.raises(NotAllowed, match="decided on this version already"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "accept", "on second thoughts")
    agree(desk, doctors.cleo, submitted.id)
    seen = desk.reviews.review(doctors.cleo, submitted.id)
    assert [one.by_name for one in seen.opinions] == ["Ben", "Cleo"]
    assert [one.reason for one in seen.decisions] == ["it could be either"]
    assert desk.reviews.decide(doctors.cleo, submitted.id, 1, "accept").case.state is CaseState.ACCEPTED
    [card] = desk.publishing.cards(doctors.ada)
    assert [one.doctor for one in card.opinions] == ["Ben", "Cleo"]
    assert card.reviewer == "Cleo"


def test_triage_counts_as_disagreement_too(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    desk.reviews.give_opinion(doctors.ben, submitted.id, 1, condition="appendicitis", triage="self_care")
    with pytest.raises(InputError, match=r"E-BLANK.*reason"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "accept")
    assert desk.reviews.decide(doctors.ben, submitted.id, 1, "accept", "both will do").case.stage is Stage.THIRD


def test_a_third_who_rejects_ends_it(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "no")
    disagree(desk, doctors.cleo, submitted.id)
    review = desk.reviews.decide(doctors.cleo, submitted.id, 1, "reject", "no, indeed")
    assert review.case.state is CaseState.REJECTED
    assert [one.reason for one in desk.reviews.review(doctors.anna, submitted.id).decisions] == ["no", "no, indeed"]


def test_a_rejected_case_is_mended_and_submitted_again(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "say since when")
    case_record["complaint"] = "My belly has hurt since yesterday at noon."
    saved = desk.drafts.save(doctors.anna, submitted.id, case_record, 1, why="Ben asked since when")
    desk.drafts.submit(doctors.anna, submitted.id, saved.number, no_identifiers=True)
    # Ben's opinion stands; he is not blind any more, and decides at once.
    [item] = desk.queue.waiting(doctors.ben)
    assert item.has_opinion
    assert desk.reviews.decide(doctors.ben, submitted.id, 2, "accept").case.state is CaseState.ACCEPTED
    [card] = desk.publishing.cards(doctors.ada)
    assert [one.comment for one in card.opinions] == ["[on an earlier text, with other evidence]"]


def test_a_reject_needs_a_reason(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    agree(desk, doctors.ben, submitted.id)
    with pytest.raises(InputError, match=r"E-BLANK.*reason"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "  ")


def test_nobody_approves_their_own(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    """Catalogue 105: as owner, by name on the card, as editor."""
    own = desk.drafts.create(doctors.ben, case_record)
    desk.drafts.submit(doctors.ben, own.id, 1, no_identifiers=True)
    named = desk.drafts.create(doctors.anna, {**case_record, "author": "BEN", "unlisted": "unknown"})
    desk.drafts.submit(doctors.anna, named.id, 1, no_identifiers=True)
    assert desk.queue.waiting(doctors.ben) == []
    for case in (own, named):
        for act in (
            lambda case=case: desk.reviews.case_for_review(doctors.ben, case.id),
            lambda case=case: agree(desk, doctors.ben, case.id),
            lambda case=case: desk.reviews.decide(doctors.ben, case.id, 1, "accept"),
            lambda case=case: desk.queue.take(doctors.ben, case.id),
            lambda case=case: desk.queue.assign(doctors.ada, case.id, doctors.ben.id, "he has time"),
        ):
            with pytest.raises(NotAllowed, match="their own"):
                act()


def test_an_edit_goes_back_to_the_author(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    edited = copy.deepcopy(case_record)
    edited["findings"]["fever"] = "present"
    review = desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "they have a fever", record=edited)
    assert (review.case.state, review.case.stage, review.case.number) == (CaseState.IN_REVIEW, Stage.APPROVAL, 2)
    with pytest.raises(NotAllowed, match="their own text"):
        desk.reviews.decide(doctors.ben, submitted.id, 2, "accept")
    [item] = desk.queue.waiting(doctors.anna)
    assert (item.id, item.stage, item.mine) == (submitted.id, Stage.APPROVAL, True)
    assert desk.reviews.review(doctors.anna, submitted.id).may_decide
    assert desk.reviews.decide(doctors.anna, submitted.id, 2, "accept").case.state is CaseState.ACCEPTED
    [card] = desk.publishing.cards(doctors.ada)
    assert card.findings["fever"].state == "present"
    assert (card.author, card.reviewer) == ("Anna", "Ben")


def test_an_edit_that_the_author_refuses_goes_to_a_third(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    edited = {**case_record, "unlisted": "unknown"}
    desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "not everything is listed", record=edited)
    review = desk.reviews.decide(doctors.anna, submitted.id, 2, "reject", "it is")
    assert review.case.stage is Stage.THIRD
    assert desk.queue.waiting(doctors.anna) == desk.queue.waiting(doctors.ben) == []
    agree(desk, doctors.cleo, submitted.id, 2)
    assert desk.reviews.decide(doctors.cleo, submitted.id, 2, "accept").case.state is CaseState.ACCEPTED


def test_an_edit_must_be_one_and_complete(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    with pytest.raises(InputError, match="E-UNCHANGED"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "?", record=case_record)
    with pytest.raises(InputError, match="E-NO-DIAGNOSIS"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "edit", "?", record={"complaint": "x"})
    review = desk.reviews.review(doctors.ben, submitted.id)
    assert (review.case.number, review.decisions) == (1, ())


def test_an_author_cannot_write_what_the_reviewers_think(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    disagree(desk, doctors.ben, submitted.id)
    desk.reviews.decide(doctors.ben, submitted.id, 1, "reject", "gastroenteritis, surely")
    seen = desk.reviews.review(doctors.anna, submitted.id)
    assert (seen.opinions, seen.decisions, seen.may_decide) == ((), (), False)


def test_a_decision_on_an_old_version_is_a_conflict(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    agree(desk, doctors.ben, submitted.id)
    desk.drafts.recall(doctors.anna, submitted.id, "a slip")
    desk.drafts.save(doctors.anna, submitted.id, {**case_record, "unlisted": "unknown"}, 1, why="so asked")
    desk.drafts.submit(doctors.anna, submitted.id, 2, no_identifiers=True)
    with pytest.raises(Conflict, match="version 1 was open, 2 is current"):
        desk.reviews.decide(doctors.ben, submitted.id, 1, "accept")


def test_a_double_click_decides_once(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    """Catalogue 100."""
    for _ in range(2):
        desk.reviews.give_opinion(doctors.ben, submitted.id, 1, condition="appendicitis", triage="urgent", key="o")
    for _ in range(2):
        review = desk.reviews.decide(doctors.ben, submitted.id, 1, "accept", key="d")
    assert len(review.opinions) == len(review.decisions) == 1


def test_only_reviewers_review(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    """Catalogue 97."""
    with pytest.raises(NotAllowed, match="role reviewer"):
        desk.reviews.case_for_review(doctors.ada, submitted.id)
    assert desk.queue.waiting(doctors.ada) == []


def test_an_opinion_after_the_answer_was_known_is_not_blind(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    accept(desk, submitted, doctors.ben)
    edited = desk.drafts.save(
        doctors.anna, submitted.id, {**case_record, "unlisted": "unknown"}, 1, why="not all was asked"
    )
    desk.drafts.submit(doctors.anna, submitted.id, edited.number, no_identifiers=True)
    accept(desk, edited, doctors.ben)
    opinions = desk.reviews.review(doctors.ben, submitted.id).opinions
    assert [(one.number, one.blind, one.agrees) for one in opinions] == [(1, True, None), (2, False, True)]
    [card] = desk.publishing.cards(doctors.ada)
    assert [one.comment for one in card.opinions] == [
        "[on version 1]", "[not blind: an answer of this case could be read before]",
    ]  # fmt: skip


def test_the_queue_is_oldest_first_and_taken_cases_are_left_alone(
    desk: Desk, doctors: Doctors, submitted: CaseView, other_record: dict[str, Any]
) -> None:
    second = desk.drafts.create(doctors.anna, other_record)
    desk.drafts.submit(doctors.anna, second.id, 1, no_identifiers=True)
    assert [one.id for one in desk.queue.waiting(doctors.ben)] == [submitted.id, second.id]
    desk.queue.take(doctors.ben, submitted.id)
    desk.queue.take(doctors.ben, second.id)
    assert desk.queue.waiting(doctors.cleo) == []
    with pytest.raises(Conflict, match="another reviewer has taken"):
        agree(desk, doctors.cleo, submitted.id)
    desk.queue.give_back(doctors.ben, submitted.id)
    assert [one.id for one in desk.queue.waiting(doctors.cleo)] == [submitted.id]
    with pytest.raises(Conflict):
        desk.queue.give_back(doctors.cleo, second.id)
    assert [(one.id, one.mine) for one in desk.queue.waiting(doctors.ben)] == [(second.id, True), (submitted.id, False)]
    clock = desk.store.clock
    assert isinstance(clock, Ticking)
    clock.now += timedelta(days=8)
    assert len(desk.queue.waiting(doctors.cleo)) == 2


def test_an_administrator_assigns(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    with pytest.raises(NotAllowed):
        desk.queue.assign(doctors.ben, submitted.id, doctors.ben.id, "me")
    with pytest.raises(NotAllowed, match="nobody of this id"):
        desk.queue.assign(doctors.ada, submitted.id, "nobody", "why not")
    desk.queue.assign(doctors.ada, submitted.id, doctors.cleo.id, "an abdominal surgeon")
    assert desk.queue.waiting(doctors.ben) == []
    assert [one.mine for one in desk.queue.waiting(doctors.cleo)] == [True]


def test_agreement_over_the_set(
    desk: Desk, doctors: Doctors, submitted: CaseView, other_record: dict[str, Any]
) -> None:
    accept(desk, submitted, doctors.ben)
    second = desk.drafts.create(doctors.anna, other_record)
    desk.drafts.submit(doctors.anna, second.id, 1, no_identifiers=True)
    desk.reviews.give_opinion(doctors.ben, second.id, 1, condition="appendicitis", triage="routine")
    in_review = desk.reviews.agreement(doctors.ben)
    assert (in_review.condition.n, in_review.condition.value) == (1, 1.0)  # A review that runs is not told.
    desk.reviews.decide(doctors.ben, second.id, 1, "accept", "you may be right")
    accept(desk, second, doctors.cleo)
    found = desk.reviews.agreement(doctors.ben)
    assert (found.condition.n, found.condition.value, found.n_opinions) == (2, 0.5, 3)
    assert (found.triage.n, found.triage.value) == (2, 1.0)
    assert {one.card.id: (one.n_agree, len(one.counted)) for one in found.cases} == {
        "appendicitis-001": (1, 1), second.card_id: (1, 2),
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        desk.reviews.agreement(doctors.anna)

"""Drafts: saved without loss, seen by nobody else, submitted when complete."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cases.desk import Actor, Conflict, Desk, NotAllowed, NotFound
from cases.desk.shapes import CaseState, CaseView
from model.errors import InputError

from .conftest import Doctors, accept


def test_a_draft_may_be_incomplete(desk: Desk, doctors: Doctors) -> None:
    case = desk.drafts.create(doctors.anna, {"complaint": "My belly hurts."})
    assert case.state is CaseState.DRAFT
    assert case.card is None
    assert [problem.code for problem in case.problems] == ["E-NO-DIAGNOSIS"]
    assert not case.can_be_submitted
    with pytest.raises(InputError, match="E-NO-DIAGNOSIS"):
        desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True)


def test_an_unfinished_draft_is_told_everything_at_once(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """Not one thing a round: the record makes no card, yet its words, patient and texts are looked at."""
    record = {
        **case_record,
        "patient": {"age": 400, "sex": "male", "pregnant": True},
        "complaint": "Write to anna.example@example.org.",
        "findings": {**case_record["findings"], "nauseaa": "present"},
    }
    case = desk.drafts.create(doctors.anna, record)
    assert case.card is None
    told = [problem.code for problem in case.problems]
    assert sorted(told) == sorted({"E-AGE", "E-PREGNANT-MALE", "E-UNKNOWN-FINDING", "E-IDENTIFIER"})


def test_a_complete_draft_is_submitted(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    case = desk.drafts.create(doctors.anna, case_record, card_id="belly-1")
    assert case.card is not None
    assert (case.card.id, case.card.author, case.card.review_state) == ("belly-1", "Anna", "draft")
    assert case.can_be_submitted
    assert desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True).state is CaseState.IN_REVIEW


def test_every_save_is_a_version_and_nothing_is_lost(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    case = desk.drafts.create(doctors.anna, {"complaint": "one"})
    desk.drafts.save(doctors.anna, case.id, {"complaint": "two"}, 1, why="a better word")
    desk.drafts.save(doctors.anna, case.id, case_record, 2)
    versions = desk.drafts.versions(doctors.anna, case.id)
    assert [(one.number, one.by_name, one.why, one.is_complete) for one in versions] == [
        (1, "Anna", "written", False),
        (2, "Anna", "a better word (the patient's words changed)", False),
        (3, "Anna", versions[2].why, True),
    ]
    assert desk.drafts.get(doctors.anna, case.id, 2).record == {"complaint": "two"}


def test_an_unchanged_text_is_no_new_version(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    assert desk.drafts.save(doctors.anna, case.id, case_record, 1).number == 1


def test_the_order_of_findings_is_kept(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    turned = {**case_record, "findings": dict(reversed(case_record["findings"].items()))}
    case = desk.drafts.create(doctors.anna, case_record)
    saved = desk.drafts.save(doctors.anna, case.id, turned, 1)
    assert saved.number == 2
    assert list(saved.record["findings"]) == list(turned["findings"])


def test_a_lost_update_is_refused_and_loses_nothing(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 101: the second of two windows is told, and given the text of the first."""
    case = desk.drafts.create(doctors.anna, {"complaint": "one"})
    desk.drafts.save(doctors.anna, case.id, {"complaint": "from the first window"}, 1)
    with pytest.raises(Conflict, match="version 1 was open, 2 is current") as caught:
        desk.drafts.save(doctors.anna, case.id, {"complaint": "from the second window"}, 1)
    assert caught.value.current.record == {"complaint": "from the first window"}
    assert caught.value.current.number == 2


def test_a_double_submit_happens_once(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 100, for every method that makes something."""
    first = desk.drafts.create(doctors.anna, {"complaint": "one"}, key="k1")
    assert desk.drafts.create(doctors.anna, {"complaint": "one"}, key="k1") == first
    saved = desk.drafts.save(doctors.anna, first.id, {"complaint": "two"}, 1, key="k2")
    assert desk.drafts.save(doctors.anna, first.id, {"complaint": "two"}, 1, key="k2") == saved
    assert len(desk.drafts.mine(doctors.anna)) == 1
    assert len(desk.drafts.versions(doctors.anna, first.id)) == 2


def test_a_key_belongs_to_one_request_and_one_person(desk: Desk, doctors: Doctors) -> None:
    desk.drafts.create(doctors.anna, {"complaint": "one"}, key="k")
    with pytest.raises(InputError, match="E-IDEMPOTENCY-KEY"):
        desk.drafts.create(doctors.anna, {"complaint": "two"}, key="k")
    assert desk.drafts.create(doctors.ben, {"complaint": "two"}, key="k").owner == doctors.ben.id


def test_a_refused_request_does_not_use_up_its_key(desk: Desk, doctors: Doctors) -> None:
    desk.drafts.create(doctors.anna, card_id="taken")
    with pytest.raises(InputError, match="E-KNOWN-ID"):
        desk.drafts.create(doctors.anna, card_id="taken", key="k")
    assert desk.drafts.create(doctors.anna, card_id="free", key="k").card_id == "free"


ON_ANOTHERS: dict[str, Callable[[Desk, Actor, str], object]] = {
    "get": lambda desk, who, case: desk.drafts.get(who, case),
    "save": lambda desk, who, case: desk.drafts.save(who, case, {}, 1),
    "submit": lambda desk, who, case: desk.drafts.submit(who, case, 1, no_identifiers=True),
    "recall": lambda desk, who, case: desk.drafts.recall(who, case, "why"),
    "withdraw": lambda desk, who, case: desk.drafts.withdraw(who, case, "why"),
    "versions": lambda desk, who, case: desk.drafts.versions(who, case),
    "review": lambda desk, who, case: desk.reviews.review(who, case),
    "case_for_review": lambda desk, who, case: desk.reviews.case_for_review(who, case),
    "take": lambda desk, who, case: desk.queue.take(who, case),
    "opinion": lambda desk, who, case: desk.reviews.give_opinion(who, case, 1, condition="x", triage="urgent"),
    "decide": lambda desk, who, case: desk.reviews.decide(who, case, 1, "reject", "why"),
    "fix": lambda desk, who, case: desk.answers.fix(who, case, 1),
    "history": lambda desk, who, case: desk.trail.of_case(who, case),
}


@pytest.mark.parametrize("verb", ON_ANOTHERS)
def test_someone_elses_draft_looks_like_none(
    verb: str, desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """Catalogue 98: the same answer as for a case that does not exist."""
    case = desk.drafts.create(doctors.anna, case_record)
    said = []
    for case_id in (case.id, "0" * 32):
        with pytest.raises(NotFound) as caught:
            ON_ANOTHERS[verb](desk, doctors.ben, case_id)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_only_clinicians_write(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 97."""
    with pytest.raises(NotAllowed, match="role clinician"):
        desk.drafts.create(doctors.ada, {})


BAD_RECORDS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"complaints": "x"}, "E-UNKNOWN-FIELD.*did you mean complaint"),
    "NUL (52)": ({"complaint": "a\x00b"}, "E-NUL"),
    "half a character (66)": ({"complaint": "\ud800"}, "E-ENCODING"),
    "too large (53)": ({"complaint": "x" * 300_000}, "E-TOO-LONG"),
    "not a number (63)": ({"patient": {"age": float("nan")}}, "E-JSON"),
    "no JSON": ({"complaint": object()}, "E-JSON"),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_bad_records_are_refused(name: str, desk: Desk, doctors: Doctors) -> None:
    record, expected = BAD_RECORDS[name]
    with pytest.raises(InputError, match=expected):
        desk.drafts.create(doctors.anna, record)
    assert desk.drafts.mine(doctors.anna) == []


@pytest.mark.parametrize("card_id", ["", "  ", "a/b", "../x", "a\nb", "x" * 200, "x (withdrawn y)"])
def test_bad_card_ids_are_refused(card_id: str, desk: Desk, doctors: Doctors) -> None:
    with pytest.raises(InputError, match="E-CARD-ID"):
        desk.drafts.create(doctors.anna, {}, card_id=card_id)


def test_problems_block_until_answered_with_a_reason(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    """Catalogue 74 and 86: overridable, with a reason."""
    case_record["complaint"] = "Ring me at 020 7946 0018, my belly hurts."
    case = desk.drafts.create(doctors.anna, case_record)
    with pytest.raises(InputError, match="E-IDENTIFIER") as caught:
        desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True)
    assert "7946" not in str(caught.value)
    case_record["overrides"] = {"E-IDENTIFIER": "a number reserved for drama"}
    saved = desk.drafts.save(doctors.anna, case.id, case_record, 1)
    assert desk.drafts.submit(doctors.anna, case.id, saved.number, no_identifiers=True).state is CaseState.IN_REVIEW


def test_unknown_words_block_and_synonyms_do_not(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    """Catalogue 69."""
    case_record["findings"] = {"feeling sick": "present", "naussea": "absent"}
    case = desk.drafts.create(doctors.anna, case_record)
    [problem] = [one for one in case.problems if one.code == "E-UNKNOWN-FINDING"]
    assert "nausea" in problem.suggestions


def test_many_are_submitted_together_or_not_at_all(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any], other_record: dict[str, Any]
) -> None:
    good = desk.drafts.create(doctors.anna, case_record)
    bad = desk.drafts.create(doctors.anna, {"complaint": "?"})
    with pytest.raises(InputError):
        desk.drafts.submit_many(doctors.anna, [(good.id, 1), (bad.id, 1)], no_identifiers=True)
    assert desk.drafts.get(doctors.anna, good.id).state is CaseState.DRAFT
    mended = desk.drafts.save(doctors.anna, bad.id, other_record, 1)
    done = desk.drafts.submit_many(doctors.anna, [(good.id, 1), (bad.id, mended.number)], no_identifiers=True)
    assert [one.state for one in done] == [CaseState.IN_REVIEW, CaseState.IN_REVIEW]


def test_the_same_content_twice_is_told(desk: Desk, doctors: Doctors, case_record: dict[str, Any]) -> None:
    """Catalogue 81; somebody else's draft is not given away by it."""
    desk.drafts.create(doctors.anna, case_record, card_id="first")
    again = desk.drafts.create(doctors.anna, case_record)
    assert "E-DUPLICATE" in [one.code for one in again.problems]
    bens = desk.drafts.create(doctors.ben, case_record)
    assert "E-DUPLICATE" not in [one.code for one in bens.problems if "first" in one.found]


def test_recall_and_withdraw(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    with pytest.raises(Conflict, match="in review"):
        desk.drafts.save(doctors.anna, submitted.id, {}, 1)
    assert desk.drafts.recall(doctors.anna, submitted.id, "a slip").state is CaseState.DRAFT
    assert desk.queue.waiting(doctors.ben) == []
    assert desk.drafts.withdraw(doctors.anna, submitted.id, "not mine").state is CaseState.WITHDRAWN
    assert desk.drafts.create(doctors.anna, {}, card_id="appendicitis-001").card_id == "appendicitis-001"
    with pytest.raises(Conflict):
        desk.drafts.recall(doctors.anna, submitted.id, "back again")


def test_a_signed_off_case_changes_as_a_new_version_only(
    desk: Desk, doctors: Doctors, submitted: CaseView, case_record: dict[str, Any]
) -> None:
    """Catalogue 89: the accepted text stays what is published until the new one is accepted."""
    accept(desk, submitted, doctors.ben)
    changed = copy.deepcopy(case_record)
    changed["findings"]["nausea"] = "absent"
    edited = desk.drafts.save(doctors.anna, submitted.id, changed, 1)
    assert (edited.state, edited.card_version, edited.accepted_number) == (CaseState.DRAFT, 2, 1)
    assert [card.version for card in desk.publishing.cards(doctors.ada)] == [1]
    assert desk.drafts.get(doctors.cleo, submitted.id).number == 1
    desk.drafts.submit(doctors.anna, submitted.id, edited.number, no_identifiers=True, reason="it was mild")
    accept(desk, edited, doctors.cleo)
    [card] = desk.publishing.cards(doctors.ada)
    assert (card.version, card.findings["nausea"].state, card.reviewer) == (2, "absent", "Cleo")
    with pytest.raises(Conflict):
        desk.drafts.withdraw(doctors.anna, submitted.id, "no longer")


def test_handing_over(desk: Desk, doctors: Doctors, submitted: CaseView) -> None:
    with pytest.raises(NotAllowed):
        desk.drafts.hand_over(doctors.ben, submitted.id, doctors.ben.id, "mine now")
    with pytest.raises(NotFound):
        desk.drafts.hand_over(doctors.ada, submitted.id, "nobody", "gone")
    desk.drafts.hand_over(doctors.ada, submitted.id, doctors.cleo.id, "Anna has left")
    assert [one.id for one in desk.drafts.mine(doctors.cleo)] == [submitted.id]
    assert desk.queue.waiting(doctors.cleo) == []


def test_two_people_of_one_name_are_told_apart(desk: Desk, doctors: Doctors) -> None:
    other = desk.people.sign_in("issuer|anna2", "Anna", ["clinician"])
    assert (doctors.anna.name, other.name) == ("Anna", "Anna (2)")
    assert desk.people.sign_in("issuer|anna2", "Anna", ["clinician"]) == other

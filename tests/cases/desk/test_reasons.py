"""Every change says who, when and why: whatever the verb, in the trail and in the database's own rules."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.desk import Actor, Desk
from cases.desk.audit import entries_of
from cases.desk.handing_in import STATEMENT
from cases.desk.shapes import AuditEntry, CaseState, UploadView
from model.errors import InputError

from .conftest import Doctors, OpenDesk, accept, agree
from .test_publish import new_repository

READ_ONLY = {
    "People": {"names", "all"},
    "Uploads": {"get", "mine", "content", "receiving"},
    "UploadRows": {"rows", "repeats", "annotated"},
    "Drafts": {"get", "mine", "accepted", "versions", "changes"},
    "Answers": {"may_preview"},
    "Queue": {"waiting"},
    "Reviews": {"case_for_review", "review", "agreement"},
    "Publishing": {"cards", "past"},
    "Trail": {"of_case", "named", "all", "check", "end"},
    "Administration": {"counts", "owned"},
}
"""Methods of the services that leave nothing in the trail."""
VERBS = {
    "People": {"sign_in": {"sign in"}},
    "Uploads": {"receive": {"receive"}, "erase": {"erase"}},
    "UploadRows": {
        "check": {"check"}, "confirm": {"confirm"}, "fix": {"fix"}, "edit": {"edit cell"}, "override": {"override"},
        "drop": {"drop"}, "take": {"take"},
    },
    "Drafts": {
        "create": {"create"}, "save": {"save", "statement", "statement taken back"}, "submit": {"submit"},
        "submit_many": {"submit"}, "recall": {"recall"}, "withdraw": {"withdraw"}, "hand_over": {"hand over"},
    },
    "Answers": {"fix": {"fix answer"}},
    "Queue": {"take": {"take"}, "assign": {"assign"}, "give_back": {"give back"}},
    "Reviews": {"give_opinion": {"opinion"}, "decide": {"accept", "edit", "reject"}},
    "Publishing": {"publish": {"publish"}},
    "Trail": {},
    "Administration": {},
}  # fmt: skip
"""The other methods, and the words of the trail that they leave."""


def test_every_verb_of_the_desk_is_known_here(desk: Desk) -> None:
    """A new method has to be added above, and to what is done below."""
    services = [one for one in vars(desk).values() if type(one).__module__.startswith("cases.desk.")]
    found = {
        type(one).__name__: {name for name, _ in inspect.getmembers(one, inspect.ismethod) if name[0] != "_"}
        for one in services
        if type(one).__name__ != "Store"
    }
    assert found == {name: READ_ONLY[name] | VERBS[name].keys() for name in VERBS}


def misspelt(desk: Desk, who: Actor, n: int) -> UploadView:
    """An upload of cases that all have one word wrong."""
    rows = [f"c{age},{age},female,nausae;fever,appendicitis,urgent,emergency" for age in range(20, 20 + n)]
    data = "\n".join(["id,age,sex,present,expected,triage_least,triage_most", *rows]).encode()
    sent = desk.uploads.receive(who, "cases.csv", [data], no_identifiers=True)
    return desk.rows.check(who, sent.id)


def everything(desk: Desk, doctors: Doctors, record: dict[str, Any], repository: Path) -> list[AuditEntry]:
    """Every verb once at least; the trail that it leaves."""
    anna, ben, cleo, ada = doctors.anna, doctors.ben, doctors.cleo, doctors.ada
    upload = misspelt(desk, anna, 4)
    upload, _ = desk.rows.fix(anna, upload.id, upload.revision, 0, 0, 0)
    upload, _ = desk.rows.fix(anna, upload.id, upload.revision, 1, 0, 0, everywhere=True)
    upload, _ = desk.rows.edit(anna, upload.id, upload.revision, 0, "age", "24")
    upload, _ = desk.rows.override(anna, upload.id, upload.revision, 1, "E-AGE-LIMIT", "seen so")
    upload = desk.rows.confirm(anna, upload.id, upload.revision, out_of_scope=["gout of the ear"])
    upload = desk.rows.drop(anna, upload.id, upload.revision, [2], "one too many")
    n_ready = sum(n for state, n in upload.rows.items() if state == "ready")
    desk.rows.take(anna, upload.id, upload.revision, n_ready)
    desk.uploads.erase(anna, upload.id, "it names her")

    case = desk.drafts.create(anna, record)
    case = desk.drafts.save(anna, case.id, {**record, "unlisted": "unknown"}, case.number, no_identifiers=True)
    case = desk.drafts.save(anna, case.id, record, case.number, no_identifiers=False)
    desk.answers.fix(anna, case.id, case.number)
    desk.drafts.submit(anna, case.id, case.number, no_identifiers=True, reason="back to what it was")
    desk.queue.take(ben, case.id)
    desk.queue.give_back(ben, case.id)
    desk.queue.assign(ada, case.id, ben.id, "he knows bellies")
    agree(desk, ben, case.id, case.number)
    edited = copy.deepcopy(record) | {"complaint": "It hurts on the right."}
    review = desk.reviews.decide(ben, case.id, case.number, "edit", "shorter", record=edited)
    desk.reviews.decide(anna, case.id, review.case.number, "accept")
    desk.publishing.publish(ada, repository, "cases/one")
    other = desk.drafts.create(anna, {**record, "unlisted": "not_mentioned"})
    desk.drafts.submit(anna, other.id, other.number, no_identifiers=True)
    desk.drafts.recall(anna, other.id, "a slip")
    desk.drafts.submit_many(anna, [(other.id, other.number)], no_identifiers=True)
    agree(desk, cleo, other.id, other.number)
    desk.reviews.decide(cleo, other.id, other.number, "reject", "not told apart")
    desk.drafts.hand_over(ada, other.id, ben.id, "she has left")
    desk.drafts.withdraw(ben, other.id, "of no use")
    with desk.store.read() as session:
        return entries_of(session)


def test_every_entry_of_every_verb_has_a_who_a_when_and_a_why(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any], tmp_path: Path
) -> None:
    trail = everything(desk, doctors, case_record, new_repository(tmp_path / "repository"))
    wanted = set().union(*(words for verbs in VERBS.values() for words in verbs.values()))
    assert {one.what for one in trail} == wanted, "every verb was tried"
    people = desk.people.names()
    for one in trail:
        assert one.who in people
        assert one.at.tzinfo is not None
        assert one.why.strip(), one
    assert desk.trail.check(doctors.ada) == []


def test_no_entry_without_a_reason_can_be_written(desk: Desk, doctors: Doctors) -> None:
    for why in ("", " \n"):
        with pytest.raises(ValueError, match="without a reason: save case:1"), desk.store.write(doctors.anna) as work:
            work.record("save", "case:1", why)


def test_the_database_itself_refuses_an_entry_without_a_reason(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """Also for whoever writes past the desk."""
    case = desk.drafts.create(doctors.anna, case_record)
    entry = "INSERT INTO audit SELECT max(seq) + 1, max(at), :who, 'save', 'case:1', :why, '{}', 'x' FROM audit"
    with pytest.raises(DBAPIError, match="audit says why"), desk.store.engine.begin() as connection:
        connection.execute(text(entry), {"who": doctors.anna.id, "why": " "})
    columns = 'case_id, {number}, card_version, "by", at, {why}, record, record_sha256, content_hash, evidence_sha256'
    names, values = columns.format(number="number", why="why"), columns.format(number="number + 1", why="''")
    version = f"INSERT INTO case_version ({names}) SELECT {values} FROM case_version"
    with pytest.raises(DBAPIError, match="case_version says why"), desk.store.engine.begin() as connection:
        connection.execute(text(version))
    assert desk.drafts.get(doctors.anna, case.id).number == 1


def last(desk: Desk, doctors: Doctors, case_id: str) -> AuditEntry:
    """The last entry about a case."""
    return desk.trail.of_case(doctors.anna, case_id)[-1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"patient": {"age": 32, "sex": "female"}}, "age 23 → 32"),
        ({"complaint": "Dr Miller knows me."}, "the patient's words changed"),
        ({"findings": {}}, "took out Pain in the right lower abdomen"),
        ({"expected": {"condition": "gastroenteritis"}}, "expected condition Acute appendicitis → Gastroenteritis"),
        ({"expected": {}}, "expected condition Acute appendicitis → none"),
        ({"patient": {"age": "Miller", "sex": "female"}}, "age 23 → of another form"),
        ({"findings": {"Miller": "present"}}, "added a finding that the model lacks: present"),
        ({"unlisted": "unknown"}, "what is not listed is not known"),
        ({"notes": "Miller"}, "the notes written"),
        ({"patient": [], "findings": [1], "expected": "x", "risk_factors": 3}, "age taken out"),
        ({"patient": {"age": 10**400}}, "age 23 → of another form"),
    ],
)
def test_a_save_says_what_was_changed_and_nothing_that_was_typed(
    changes: dict[str, Any], told: str, desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    desk.drafts.save(doctors.anna, case.id, case_record | changes, 1)
    entry = last(desk, doctors, case.id)
    assert told in entry.why
    assert "Miller" not in entry.why, "the trail is for ever"
    assert desk.drafts.get(doctors.anna, case.id).why == entry.why


def test_findings_are_told_by_the_names_of_the_network(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    findings = {**case_record["findings"], "fever": "present", "flank_pain": {"state": "present", "initial": True}}
    findings["diarrhoea"] = "unsure"
    desk.drafts.save(doctors.anna, case.id, case_record | {"findings": findings}, 1)
    why = last(desk, doctors, case.id).why
    assert "Diarrhoea absent → unsure" in why
    assert "added Flank pain: present" in why
    desk.drafts.save(doctors.anna, case.id, case_record | {"findings": dict(reversed(findings.items()))}, 2)
    assert last(desk, doctors, case.id).why == "nothing but the order or the spelling"


@pytest.mark.parametrize("after", ["accepted", "rejected", "preview"])
def test_a_change_after_the_fact_needs_a_reason_in_words_to_be_handed_in(
    after: str, desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    if after == "preview":
        desk.answers.fix(doctors.anna, case.id, 1)
    else:
        case = desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True)
        if after == "accepted":
            accept(desk, case, doctors.ben)
        else:
            agree(desk, doctors.ben, case.id)
            desk.reviews.decide(doctors.ben, case.id, 1, "reject", "say since when")
    saved = desk.drafts.save(doctors.anna, case.id, case_record | {"notes": "1"}, 1, no_identifiers=True)
    assert saved.changed_after == after
    assert last(desk, doctors, case.id).what == "statement"
    saved = desk.drafts.save(doctors.anna, case.id, case_record | {"notes": "12"}, saved.number)
    with pytest.raises(InputError, match="E-CHANGE-REASON"):
        desk.drafts.submit(doctors.anna, case.id, saved.number)
    saved = desk.drafts.save(doctors.anna, case.id, saved.record, saved.number, reason="the date was mi")
    again = desk.drafts.save(doctors.anna, case.id, case_record, saved.number, reason="the date was missing")
    assert again.change_reason == "the date was missing"
    again = desk.drafts.save(doctors.anna, case.id, saved.record, again.number)
    assert again.change_reason == "the date was missing", "autosaves of other fields keep it"
    done = desk.drafts.submit(doctors.anna, case.id, again.number)
    entry = last(desk, doctors, case.id)
    assert (entry.what, entry.why, entry.details["after"]) == ("submit", "the date was missing", after)
    case = desk.drafts.get(doctors.anna, case.id)
    assert (done.state, case.changed_after, case.change_reason, case.stated) == (CaseState.IN_REVIEW, "", "", False)


def test_a_change_that_says_why_itself_needs_no_more_words(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    desk.answers.fix(doctors.anna, case.id, 1)
    findings = {**case_record["findings"], "flank_pain": "absent"}
    saved = desk.drafts.save(doctors.anna, case.id, case_record | {"findings": findings}, 1, why="the model asked")
    assert last(desk, doctors, case.id).why == "the model asked (added Flank pain: absent)"
    assert desk.drafts.submit(doctors.anna, case.id, saved.number, no_identifiers=True).state is CaseState.IN_REVIEW


def test_nothing_is_handed_in_without_the_statement(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any], other_record: dict[str, Any]
) -> None:
    one = desk.drafts.create(doctors.anna, case_record)
    two = desk.drafts.create(doctors.anna, other_record)
    with pytest.raises(InputError, match="E-STATEMENT") as refused:
        desk.drafts.submit_many(doctors.anna, [(one.id, 1), (two.id, 1)])
    assert len(refused.value.problems) == 2
    one = desk.drafts.save(doctors.anna, one.id, case_record, 1, no_identifiers=True)
    assert one.stated
    assert last(desk, doctors, one.id).why == STATEMENT
    with pytest.raises(InputError, match="E-STATEMENT"):
        desk.drafts.submit_many(doctors.anna, [(one.id, 1), (two.id, 1)])
    one = desk.drafts.save(doctors.anna, one.id, case_record, 1, no_identifiers=False)
    assert not one.stated
    done = desk.drafts.submit_many(doctors.anna, [(one.id, 1), (two.id, 1)], no_identifiers=True)
    assert [case.state for case in done] == [CaseState.IN_REVIEW] * 2
    desk.drafts.recall(doctors.anna, one.id, "a slip")
    with pytest.raises(InputError, match="E-STATEMENT"):
        desk.drafts.submit(doctors.anna, one.id, 1)


def test_the_statement_of_another_owner_is_not_the_new_ones(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    case = desk.drafts.create(doctors.anna, case_record)
    desk.drafts.save(doctors.anna, case.id, case_record, 1, no_identifiers=True)
    desk.drafts.hand_over(doctors.ada, case.id, doctors.ben.id, "Anna has left")
    with pytest.raises(InputError, match="E-STATEMENT"):
        desk.drafts.submit(doctors.ben, case.id, 1)


def test_answers_to_requests_are_forgotten_after_thirty_days(
    migrated: str, open_desk: OpenDesk, case_record: dict[str, Any]
) -> None:
    from datetime import timedelta

    from .conftest import Ticking, sign_in

    clock = Ticking()
    desk = open_desk(migrated, clock=clock)
    anna = sign_in(desk).anna
    first = desk.drafts.create(anna, case_record, key="one")
    clock.now += timedelta(days=29)
    assert desk.drafts.create(anna, case_record, key="one").id == first.id
    desk.drafts.create(anna, {}, key="two")
    clock.now += timedelta(days=2)
    desk.drafts.create(anna, {}, key="three")
    with desk.store.read() as session:
        keys = session.connection().execute(text("SELECT key FROM idempotency ORDER BY key")).scalars().all()
    assert keys == ["three", "two"]

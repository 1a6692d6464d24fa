"""The trail: whole as long as nobody goes behind the desk's back, and telling where somebody did."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cases.cli import app
from cases.desk import Desk, NotAllowed, NotFound
from cases.desk.audit import entries_of, replayed_states, stored_states
from cases.desk.shapes import CaseView
from model.errors import InputError

from .conftest import Doctors, accept

TAMPERED = {
    "an entry's reason": ("UPDATE audit SET why = 'harmless' WHERE what = 'submit'", "E-TRAIL-HASH"),
    "an entry's time": ("UPDATE audit SET at = '2001-01-01 00:00:00' WHERE what = 'submit'", "E-TRAIL-HASH"),
    "who": ("UPDATE audit SET who = 'issuer|cleo' WHERE what = 'accept'", "E-TRAIL-HASH"),
    "an entry taken out": ("DELETE FROM audit WHERE what = 'opinion'", "E-TRAIL-GAP"),
    "the end cut off": ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "E-TRAIL-END"),
    "a version's text": ("UPDATE case_version SET record = '{}'", "E-TRAIL-VERSION"),
    "a version taken out": ("DELETE FROM case_version", "E-TRAIL-VERSION"),
    "a case's state": ("UPDATE \"case\" SET state = 'rejected'", "E-TRAIL-STATES"),
    "an upload's bytes": ("UPDATE upload_content SET data = substr(data, 2)", "E-UPLOAD-BYTES"),
    "an opinion": ("UPDATE opinion SET \"condition\" = 'x'", "E-TRAIL-OPINION"),
    "a decision": ("UPDATE decision SET kind = 'reject'", "E-TRAIL-DECISION"),
    "a decision taken out": ("DELETE FROM decision", "E-TRAIL-DECISION"),
    "whose a case is": ("UPDATE \"case\" SET owner = 'issuer|cleo'", "E-TRAIL-STANDING"),
    "what a case waits for": ("UPDATE \"case\" SET stage = 'third'", "E-TRAIL-STANDING"),
    "two cases' states swapped": (
        "UPDATE \"case\" SET state = CASE state WHEN 'draft' THEN 'accepted' ELSE 'draft' END",
        "E-TRAIL-STANDING",
    ),
    "a draft given out as accepted": (
        "UPDATE \"case\" SET accepted_number = number WHERE state = 'draft'",
        "E-TRAIL-STANDING",
    ),
    "an acceptance taken back": ('UPDATE "case" SET accepted_number = NULL', "E-TRAIL-STANDING"),
    "the current text": ('UPDATE "case" SET number = 7', "E-TRAIL-STANDING"),
    "who wrote a text": ("UPDATE case_version SET by = 'issuer|cleo'", "E-TRAIL-STANDING"),
    "when a text was written": ("UPDATE case_version SET at = '2001-01-01 00:00:00'", "E-TRAIL-STANDING"),
    "an opinion made blind": ("UPDATE opinion SET blind = NOT blind", "E-TRAIL-STANDING"),
    "an agreement": ("UPDATE decision SET agreed = NOT agreed", "E-TRAIL-STANDING"),
    "whose an upload is": ("UPDATE upload SET owner = 'issuer|cleo'", "E-TRAIL-STANDING"),
    "an upload's bytes, and their hash": (
        "UPDATE upload SET sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';"
        "UPDATE upload_content SET data = substr(data, 1, 0)",
        "E-TRAIL-STANDING",
    ),
    "a case taken out": (
        'DELETE FROM case_version; DELETE FROM "case"',
        "E-TRAIL-STANDING",
    ),
    "a doctor's name": ("UPDATE person SET name = 'Professor' WHERE id = 'issuer|ben'", "E-TRAIL-STANDING"),
}


@pytest.fixture
def busy(desk: Desk, doctors: Doctors, submitted: CaseView) -> Desk:
    """A desk on which something has happened."""
    desk.uploads.receive(doctors.anna, "x.csv", [b"id\n1\n"], no_identifiers=True)
    accept(desk, submitted, doctors.ben)
    desk.drafts.create(doctors.anna, {"complaint": "Not yet."})
    return desk


def test_the_trail_of_an_honest_desk_is_whole(busy: Desk, doctors: Doctors) -> None:
    assert busy.trail.check(doctors.ada) == []
    with busy.store.read() as session:
        entries = entries_of(session)
        assert (
            replayed_states(entries)
            == stored_states(session)
            == {
                "case accepted": 1,
                "case draft": 1,
                "upload received": 1,
            }
        )
    assert [one.seq for one in entries] == list(range(1, len(entries) + 1))
    assert not any("belly" in str(one.details) for one in entries)


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found(name: str, busy: Desk, doctors: Doctors, migrated: str) -> None:
    statement, code = TAMPERED[name]
    with busy.store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("PRAGMA writable_schema = OFF")
            triggers = (
                connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            )
            for trigger in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        if statement.startswith("DELETE FROM case_version"):
            for table in ("opinion", "decision"):
                connection.execute(text(f"DELETE FROM {table}"))
        for one in statement.split(";"):
            connection.execute(text(one))
    assert code in [problem.code for problem in busy.trail.check(doctors.ada)]
    result = CliRunner().invoke(app, ["database", "check", "--database", migrated, "--format", "plain"])
    assert result.exit_code == 2
    assert code in result.output


def test_a_trail_that_was_written_anew_is_found_by_its_end_that_was_noted(
    busy: Desk, doctors: Doctors, migrated: str
) -> None:
    """Who may write to the database can chain everything anew; the note of an administrator is out of reach."""

    def check(*options: str) -> tuple[int, str]:
        arguments = ["database", "check", "--database", migrated, "--format", "plain", *options]
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.output

    code, said = check()
    found = re.search(r"end (\d+:[0-9a-f]{64})", said)
    assert code == 0
    assert found, said
    busy.drafts.create(doctors.anna, {"complaint": "Later."})
    assert check("--noted", found[1])[0] == 0, "it has only grown"
    code, said = check("--noted", found[1].replace(":", ":0")[:-1])
    assert (code, "E-TRAIL-NOTED" in said) == (2, True)
    with pytest.raises(InputError, match="E-NOTED"):
        busy.trail.check(doctors.ada, "soon")
    assert "E-TRAIL-NOTED" in check("--noted", "999" + found[1])[1]


def test_who_reads_the_trail(busy: Desk, doctors: Doctors, submitted: CaseView) -> None:
    assert [one.what for one in busy.trail.of_case(doctors.anna, submitted.id)] == [
        "create", "statement", "submit", "opinion", "accept",
    ]  # fmt: skip
    for call in (busy.trail.all, busy.trail.check):
        with pytest.raises(NotAllowed, match="administrator"):
            call(doctors.anna)
    with pytest.raises(NotFound):
        busy.trail.of_case(doctors.anna, "0" * 32)

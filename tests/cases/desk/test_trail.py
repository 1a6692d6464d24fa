"""The trail: whole as long as nobody goes behind the desk's back, and telling where somebody did."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cases.cli import app
from cases.desk import Desk, NotAllowed, NotFound
from cases.desk.audit import entries_of, replayed_states, stored_states
from cases.desk.shapes import CaseView

from .conftest import Doctors, accept

TAMPERED = {
    "an entry's reason": ("UPDATE audit SET why = 'harmless' WHERE what = 'submit'", "E-TRAIL-HASH"),
    "an entry's time": ("UPDATE audit SET at = '2001-01-01 00:00:00' WHERE what = 'submit'", "E-TRAIL-HASH"),
    "who": ("UPDATE audit SET who = 'issuer|cleo' WHERE what = 'accept'", "E-TRAIL-HASH"),
    "an entry taken out": ("DELETE FROM audit WHERE what = 'opinion'", "E-TRAIL-GAP"),
    "the end cut off": ("DELETE FROM audit WHERE what = 'accept'", "E-TRAIL-END"),
    "a version's text": ("UPDATE case_version SET record = '{}'", "E-TRAIL-VERSION"),
    "a version taken out": ("DELETE FROM case_version", "E-TRAIL-VERSION"),
    "a case's state": ("UPDATE \"case\" SET state = 'rejected'", "E-TRAIL-STATES"),
    "an upload's bytes": ("UPDATE upload_content SET data = substr(data, 2)", "E-UPLOAD-BYTES"),
    "an opinion": ("UPDATE opinion SET \"condition\" = 'x'", "E-TRAIL-OPINION"),
    "a decision": ("UPDATE decision SET kind = 'reject'", "E-TRAIL-DECISION"),
    "a decision taken out": ("DELETE FROM decision", "E-TRAIL-DECISION"),
}


@pytest.fixture
def busy(desk: Desk, doctors: Doctors, submitted: CaseView) -> Desk:
    """A desk on which something has happened."""
    desk.uploads.receive(doctors.anna, "x.csv", [b"id\n1\n"], no_identifiers=True)
    accept(desk, submitted, doctors.ben)
    return desk


def test_the_trail_of_an_honest_desk_is_whole(busy: Desk, doctors: Doctors) -> None:
    assert busy.trail.check(doctors.ada) == []
    with busy.store.read() as session:
        entries = entries_of(session)
        assert replayed_states(entries) == stored_states(session) == {"case accepted": 1, "upload received": 1}
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
        if statement == "DELETE FROM case_version":
            for table in ("opinion", "decision"):
                connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text(statement))
    assert code in [problem.code for problem in busy.trail.check(doctors.ada)]
    result = CliRunner().invoke(app, ["database", "check", "--database", migrated, "--format", "plain"])
    assert result.exit_code == 2
    assert code in result.output


def test_who_reads_the_trail(busy: Desk, doctors: Doctors, submitted: CaseView) -> None:
    assert [one.what for one in busy.trail.of_case(doctors.anna, submitted.id)] == [
        "create", "submit", "opinion", "accept",
    ]  # fmt: skip
    for call in (busy.trail.all, busy.trail.check):
        with pytest.raises(NotAllowed, match="administrator"):
            call(doctors.anna)
    with pytest.raises(NotFound):
        busy.trail.of_case(doctors.anna, "0" * 32)

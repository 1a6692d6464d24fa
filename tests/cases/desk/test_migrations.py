"""The tables: made by migrations, the same as the program's, and closed to those who would rewrite history."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.desk import DatabaseError, Desk, Role
from cases.desk.audit import FIRST_HASH, entry_hash
from cases.desk.migrations import newest_revision, upgrade
from cases.desk.shapes import CaseView
from cases.desk.tables import APPEND_ONLY, Base
from model.errors import InputError

from .conftest import Doctors, OpenDesk, accept

FIRST_ENTRY = entry_hash(FIRST_HASH, 1, datetime(2026, 11, 1, 8, tzinfo=UTC), "anna", "submit", "case:1", "", {})
"""Of an entry as the first form of the desk made it: without a reason."""
NOW = "'2026-11-01 08:00:00+00:00'"
FIRST_FORM = [
    "INSERT INTO person VALUES ('anna', 'Anna', 'Anna', '[\"clinician\"]')",
    *(
        f"INSERT INTO \"case\" VALUES ('{letter * 32}', '{name}', 'anna', 'draft', '', 1, 1, NULL, {NOW}, {NOW}, NULL)"
        for letter, name in (("a", "from-a-file"), ("b", "from-the-form"))
    ),
    f"INSERT INTO upload VALUES ('{'c' * 32}', 'anna', {NOW}, 'x.csv', '{'0' * 64}', 1, 'It names nobody.', 'checked', "
    "1, 'csv', '{}', '[]')",
    f"INSERT INTO upload_row VALUES ('{'c' * 32}', 0, 2, 'row 2', 'taken', '{{}}', false, 'null', '[]', "
    f"'{'a' * 32}', '')",
    f"INSERT INTO audit VALUES (1, {NOW}, 'anna', 'submit', 'case:1', '', '{{}}', '{FIRST_ENTRY}')",
    f"UPDATE audit_head SET seq = 1, hash = '{FIRST_ENTRY}'",
]


def test_migrations_make_the_tables_of_the_program(desk: Desk) -> None:
    with desk.store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_changes_nothing(database: str, open_desk: OpenDesk) -> None:
    desk = open_desk(database)
    with pytest.raises(DatabaseError, match="clinval cases database upgrade"):
        desk.ready()
    assert desk.upgrade() == (None, "0002")
    assert desk.upgrade() == ("0002", "0002")
    desk.ready()


def test_servers_that_start_at_once_make_the_tables_once(database: str, open_desk: OpenDesk) -> None:
    desks = [open_desk(database) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        before = [one[0] for one in pool.map(lambda desk: desk.upgrade(), desks)]
    assert sorted(before, key=str) == ["0002", "0002", "0002", None]


def test_a_newer_database_is_refused(database: str, open_desk: OpenDesk) -> None:
    desk = open_desk(database)
    desk.upgrade()
    with desk.store.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for call in (desk.ready, desk.upgrade):
        with pytest.raises(DatabaseError, match=r"E-DATABASE-NEW.*9999"):
            call()


def test_without_tables_every_service_says_what_to_do(database: str, open_desk: OpenDesk, doctors_of: Any) -> None:
    desk = open_desk(database)
    with pytest.raises(DatabaseError, match="clinval cases database upgrade"):
        desk.drafts.mine(doctors_of)


@pytest.fixture
def doctors_of() -> Any:
    from cases.desk import Actor

    return Actor("somebody", "Somebody")


def test_history_cannot_be_rewritten(desk: Desk, doctors: Doctors, submitted: CaseView, tmp_path: Any) -> None:
    """Append-only is held by the database, whoever writes to it."""
    accept(desk, submitted, doctors.ben)
    from .test_publish import new_repository

    desk.publishing.publish(doctors.ada, new_repository(tmp_path / "repository"), "cases/one")
    for table in APPEND_ONLY:
        with desk.store.read() as session:
            columns = session.connection().execute(text(f"SELECT * FROM {table}")).keys()
            assert session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0, table
        column = f'"{next(iter(columns))}"'
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with (
                pytest.raises(DBAPIError, match=re.escape(f"{table} only grows")),
                desk.store.engine.begin() as connection,
            ):
                connection.execute(text(statement))


@pytest.mark.parametrize("address", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "no address", ""])
def test_other_databases_are_refused(address: str, open_desk: OpenDesk) -> None:
    with pytest.raises(InputError, match="sqlite:///PATH or postgresql"):
        open_desk(address)


def test_a_password_in_an_address_is_never_shown(open_desk: OpenDesk) -> None:
    with pytest.raises(InputError) as caught:
        open_desk("oracle://desk:hunter2@host/name")
    assert "hunter2" not in str(caught.value)


def test_a_desk_of_the_first_form_is_brought_to_the_newest(database: str, open_desk: OpenDesk) -> None:
    """What was entered without a reason stays as it was chained; drafts from a file keep what was stated of it."""
    desk = open_desk(database)
    with desk.store.connect() as connection:
        upgrade(connection, "0001")
        for statement in FIRST_FORM:
            connection.execute(text(statement))
    assert desk.upgrade() == ("0001", newest_revision())
    anna = desk.people.sign_in("anna", "Anna", [Role.CLINICIAN])
    cases = {one.card_id: one.stated for one in desk.drafts.mine(anna)}
    assert cases == {"from-a-file": True, "from-the-form": False}
    ada = desk.people.sign_in("ada", "Ada", [Role.ADMINISTRATOR])
    first, *_ = desk.trail.all(ada)
    assert first.why == ""
    assert not [one for one in desk.trail.check(ada) if one.code.startswith("E-TRAIL-HASH")]

"""A word that is wrong in many rows is mended at once: one change, told for each row."""

from __future__ import annotations

import pytest

from cases.desk import Actor, Conflict, Desk
from cases.desk.audit import entries_of
from cases.desk.repeats import repeat_key
from cases.desk.shapes import AuditEntry, RowState, UploadView
from model.errors import InputError

from .conftest import Doctors

HEADER = "id,age,sex,present,complaint,expected,triage_least,triage_most"


@pytest.fixture
def upload(desk: Desk, doctors: Doctors) -> UploadView:
    """Four rows with one word wrong, one with another, one with none, and one with the first that names somebody."""
    words = ["nausae", "nausae;fever", "diarhoea", "fever", "nausae", "nausae;diarrhoea", "nausae"]
    rows = [f"c{n},{20 + n},female,{word},,appendicitis,urgent,emergency" for n, word in enumerate(words)]
    rows[4] = rows[4].replace(",,app", ",Ring 020 7946 0018,app")
    sent = desk.uploads.receive(doctors.anna, "cases.csv", ["\n".join([HEADER, *rows]).encode()], no_identifiers=True)
    return desk.rows.check(doctors.anna, sent.id)


def fixes_in_trail(desk: Desk) -> list[AuditEntry]:
    with desk.store.read() as session:
        return [one for one in entries_of(session) if one.what == "fix"]


def states(desk: Desk, who: Actor, upload: UploadView) -> list[str]:
    return [row.state.value for row in desk.rows.rows(who, upload.id)]


def test_in_how_many_rows_is_counted(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    [row, *_] = desk.rows.rows(doctors.anna, upload.id)
    key = repeat_key(row.problems[0], row.problems[0]["fixes"][0])
    repeats = desk.rows.repeats(doctors.anna, upload.id)
    assert key is not None
    assert repeats[key] == 4, "the row that names somebody is looked at alone"
    assert all(n > 1 for n in repeats.values())
    assert not any("diarhoea" in key for key in repeats)


def test_one_click_mends_all_rows_as_one_change(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    assert states(desk, doctors.anna, upload)[:4] == ["waiting", "waiting", "waiting", "ready"]
    after, row = desk.rows.fix(doctors.anna, upload.id, upload.revision, 0, 0, 0, everywhere=True)
    assert after.revision == upload.revision + 1
    assert row.state is RowState.READY
    assert states(desk, doctors.anna, upload) == ["ready", "ready", "waiting", "ready", "held", "ready", "ready"]
    assert desk.rows.rows(doctors.anna, upload.id)[1].cells["present"] == "Nausea; fever"
    told = fixes_in_trail(desk)
    assert [one.details["row"] for one in told] == [0, 1, 5, 6]
    assert told[1].why == "row 3: took “Nausea” for “nausae”, in 4 rows at once"
    assert "rows" in told[-1].details
    assert desk.trail.check(doctors.ada) == []


def test_without_it_one_row_is_mended(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    desk.rows.fix(doctors.anna, upload.id, upload.revision, 0, 0, 0)
    assert states(desk, doctors.anna, upload)[:3] == ["ready", "waiting", "waiting"]
    assert [one.why for one in fixes_in_trail(desk)] == ["row 2: took “Nausea” for “nausae”"]


def test_a_second_click_changes_nothing_and_a_stale_one_is_refused(
    desk: Desk, doctors: Doctors, upload: UploadView
) -> None:
    first, _ = desk.rows.fix(doctors.anna, upload.id, upload.revision, 0, 0, 0, everywhere=True, key="k")
    again, row = desk.rows.fix(doctors.anna, upload.id, upload.revision, 0, 0, 0, everywhere=True, key="k")
    assert (again, row.state) == (first, RowState.READY)
    assert len(fixes_in_trail(desk)) == 4
    with pytest.raises(Conflict, match="changed since"):
        desk.rows.fix(doctors.anna, upload.id, upload.revision, 2, 0, 0, everywhere=True, key="another")
    with pytest.raises(InputError, match="E-IDEMPOTENCY-KEY"):
        desk.rows.fix(doctors.anna, upload.id, upload.revision, 2, 0, 0, everywhere=True, key="k")


def test_of_a_row_that_is_held_back_no_word_gets_into_the_trail(
    desk: Desk, doctors: Doctors, upload: UploadView
) -> None:
    row = desk.rows.rows(doctors.anna, upload.id)[4]
    assert row.state is RowState.HELD
    place = next(n for n, one in enumerate(row.problems) if one["column"] == "present")
    desk.rows.fix(doctors.anna, upload.id, upload.revision, 4, place, 0)
    assert [one.why for one in fixes_in_trail(desk)] == ["row 6: take “Nausea”"]

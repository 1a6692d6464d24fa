"""Uploads: whole or not at all, mended cell by cell, good rows taken while others wait."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cases import Card
from cases.desk import Actor, Conflict, Desk, NotAllowed, NotFound
from cases.desk.shapes import CaseState, RowState, UploadState, UploadView
from cases.writers.save import to_csv
from model.errors import ClinvalError, InputError

from .conftest import Doctors, OpenDesk

Vary = Callable[..., dict[str, Any]]
READY, WAITING, HELD, TAKEN, DROPPED = RowState


@pytest.fixture
def sheet(vary: Vary) -> bytes:
    """Four cases: two good, one with a misspelt condition, one with a telephone number."""
    records = [
        vary(id="good-1"),
        vary(id="good-2", patient={"age": 61}, findings={"fever": "present"}, complaint="I am hot."),
        vary(id="misspelt", patient={"age": 40}, complaint="It hurts.", expected={"condition": "apendicitis"}),
        vary(id="named", patient={"age": 70}, complaint="Ring 020 7946 0018."),
    ]
    return to_csv([Card.model_validate(record) for record in records]).encode()


@pytest.fixture
def upload(desk: Desk, doctors: Doctors, sheet: bytes) -> UploadView:
    """That sheet, uploaded and checked."""
    sent = desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=True)
    return desk.rows.check(doctors.anna, sent.id)


def test_what_was_sent_is_kept_as_it_was(desk: Desk, doctors: Doctors, sheet: bytes) -> None:
    sent = desk.uploads.receive(
        doctors.anna, "../../etc/my\ncases.csv", [sheet[:100], b"", sheet[100:]], no_identifiers=True
    )
    assert sent.state is UploadState.RECEIVED
    assert (sent.filename, sent.size, sent.sha256) == ("mycases.csv", len(sheet), hashlib.sha256(sheet).hexdigest())
    assert desk.uploads.content(doctors.anna, sent.id) == sheet


def test_a_file_that_is_cut_off_leaves_nothing(desk: Desk, doctors: Doctors, sheet: bytes) -> None:
    def dropped() -> Iterator[bytes]:
        yield sheet[:100]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        desk.uploads.receive(doctors.anna, "cases.csv", dropped(), no_identifiers=True)
    assert desk.uploads.mine(doctors.anna) == []


def test_too_large_is_refused_while_it_comes(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 93: no more is read than is allowed."""
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 1000

    with pytest.raises(InputError, match="E-TOO-LARGE"):
        desk.uploads.receive(doctors.anna, "cases.csv", endless(), no_identifiers=True, most=10_000)
    assert len(read) == 11


def test_without_the_statement_nothing_is_received(desk: Desk, doctors: Doctors, sheet: bytes) -> None:
    with pytest.raises(InputError, match=r"E-STATEMENT.*identifies a patient"):
        desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=False)
    with pytest.raises(NotAllowed, match="role clinician"):
        desk.uploads.receive(doctors.ada, "cases.csv", [sheet], no_identifiers=True)


def test_a_double_click_uploads_once(desk: Desk, doctors: Doctors, sheet: bytes) -> None:
    """Catalogue 100."""
    sent = [desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=True, key="k").id for _ in range(2)]
    assert sent[0] == sent[1]
    with pytest.raises(InputError, match="E-IDEMPOTENCY-KEY"):
        desk.uploads.receive(doctors.anna, "cases.csv", [sheet + b"\n"], no_identifiers=True, key="k")


def test_every_row_is_checked(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    assert upload.state is UploadState.CHECKED
    assert upload.rows == {READY: 2, WAITING: 1, HELD: 1}
    [waiting] = desk.rows.rows(doctors.anna, upload.id, [WAITING])
    assert [one["code"] for one in waiting.problems if one["severity"] != "warn"] == ["E-OUT-OF-SCOPE"]
    [held] = desk.rows.rows(doctors.anna, upload.id, [HELD])
    assert "7946" not in str(held.problems)  # Catalogue 86.
    assert desk.rows.check(doctors.anna, upload.id) == upload


def test_rows_come_in_pages(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    assert [row.position for row in desk.rows.rows(doctors.anna, upload.id, start=1, most=2)] == [1, 2]


def _fix_of(desk: Desk, who: Actor, upload: UploadView, state: RowState) -> tuple[int, int, int]:
    [row] = desk.rows.rows(who, upload.id, [state])
    for number, problem in enumerate(row.problems):
        if problem["fixes"]:
            return row.position, number, 0
    raise AssertionError(row.problems)


def test_proposals_are_taken_and_good_rows_go_on(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    now, cases = desk.rows.take(doctors.anna, upload.id, upload.revision, 2)
    assert now.rows == {WAITING: 1, HELD: 1, TAKEN: 2}
    now, row = desk.rows.fix(doctors.anna, upload.id, now.revision, *_fix_of(desk, doctors.anna, now, WAITING))
    assert row.state is READY
    assert row.record is not None
    assert row.record["expected"]["condition"] == "appendicitis"
    now, row = desk.rows.fix(doctors.anna, upload.id, now.revision, *_fix_of(desk, doctors.anna, now, HELD))
    assert row.state is READY
    now, more = desk.rows.take(doctors.anna, upload.id, now.revision, 2)
    assert now.rows == {TAKEN: 4}
    assert [desk.drafts.get(doctors.anna, case).card_id for case in (*cases, *more)] == [
        "good-1", "good-2", "misspelt", "named",
    ]  # fmt: skip
    done = desk.drafts.submit_many(doctors.anna, [(case, 1) for case in (*cases, *more)])
    assert {one.state for one in done} == {CaseState.IN_REVIEW}


def test_482_of_500_is_explicit(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    with pytest.raises(Conflict, match="2 cases are ready, not 4"):
        desk.rows.take(doctors.anna, upload.id, upload.revision, 4)
    assert desk.drafts.mine(doctors.anna) == []


def test_taking_twice_takes_once(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    """Catalogue 100 and 101: with a key the same answer, without one a conflict."""
    first = desk.rows.take(doctors.anna, upload.id, upload.revision, 2, key="k")
    assert desk.rows.take(doctors.anna, upload.id, upload.revision, 2, key="k") == first
    with pytest.raises(Conflict, match="another window"):
        desk.rows.take(doctors.anna, upload.id, upload.revision, 2)
    assert len(desk.drafts.mine(doctors.anna)) == 2


def test_cells_are_edited_and_survive_a_restart(
    desk: Desk, doctors: Doctors, upload: UploadView, open_desk: OpenDesk, migrated: str
) -> None:
    now, row = desk.rows.edit(doctors.anna, upload.id, upload.revision, 3, "complaint", "My belly hurts.")
    assert row.state is READY
    again = open_desk(migrated)
    now, row = again.rows.edit(doctors.anna, upload.id, now.revision, 2, "expected_condition", "gastroenteritis")
    assert [one.state for one in again.rows.rows(doctors.anna, upload.id)] == [READY] * 4
    file = list(csv.DictReader(io.StringIO(again.rows.annotated(doctors.anna, upload.id).decode("utf-8-sig"))))
    assert [line["complaint"] for line in file][3] == "My belly hurts."


def test_an_answer_with_a_reason(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    _, row = desk.rows.override(doctors.anna, upload.id, upload.revision, 3, "E-IDENTIFIER", "a number of films")
    assert row.state is READY
    assert row.record is not None
    assert row.record["overrides"] == {"E-IDENTIFIER": "a number of films"}


def test_a_condition_that_the_model_lacks_is_kept_when_confirmed(
    desk: Desk, doctors: Doctors, upload: UploadView
) -> None:
    """Catalogue 78."""
    now = desk.rows.confirm(doctors.anna, upload.id, upload.revision, out_of_scope=["apendicitis"])
    assert now.rows == {READY: 3, HELD: 1}
    assert now.confirmed["out_of_scope"] == ["apendicitis"]


def test_another_encoding_is_read_when_confirmed(desk: Desk, doctors: Doctors) -> None:
    """Catalogue 43: a refused file becomes a checked one."""
    sheet = "id,expected_condition,author,complaint\nx,appendicitis,Zoë,Ça fait mal\n".encode("windows-1252")
    sent = desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=True)
    refused = desk.rows.check(doctors.anna, sent.id)
    assert (refused.state, refused.n_rows) == (UploadState.REFUSED, 0)
    assert [one["confirm"] for one in refused.problems] == ["encoding"]
    now = desk.rows.confirm(doctors.anna, sent.id, refused.revision, encoding="windows-1252")
    assert (now.state, now.n_rows) == (UploadState.CHECKED, 1)
    with pytest.raises(InputError, match="windows-1252"):
        desk.rows.confirm(doctors.anna, sent.id, now.revision, encoding="utf-7")


def test_rows_are_dropped_with_a_reason(desk: Desk, doctors: Doctors, vary: Vary) -> None:
    """A row that was dropped is compared with no other any more (80)."""
    twins = [vary(id="twin"), vary(id="twin", patient={"age": 50}, complaint="Another one.")]
    sheet = to_csv([Card.model_validate(one) for one in twins]).encode()
    sent = desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=True)
    checked = desk.rows.check(doctors.anna, sent.id)
    assert checked.rows == {READY: 1, WAITING: 1}
    with pytest.raises(InputError, match="E-BLANK"):
        desk.rows.drop(doctors.anna, sent.id, checked.revision, [0], " ")
    now = desk.rows.drop(doctors.anna, sent.id, checked.revision, [0], "the other one is better")
    assert now.rows == {READY: 1, DROPPED: 1}
    assert desk.rows.rows(doctors.anna, sent.id)[0].reason == "the other one is better"
    with pytest.raises(Conflict, match="dropped already"):
        desk.rows.edit(doctors.anna, sent.id, now.revision, 0, "complaint", "x")


def test_two_windows_do_not_overwrite_each_other(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    """Catalogue 101."""
    desk.rows.edit(doctors.anna, upload.id, upload.revision, 3, "complaint", "My belly hurts.")
    with pytest.raises(Conflict, match="another window") as caught:
        desk.rows.edit(doctors.anna, upload.id, upload.revision, 3, "complaint", "My head hurts.")
    assert caught.value.current.rows[READY] == 3


ON_ANOTHERS: dict[str, Callable[[Desk, Actor, str], object]] = {
    "get": lambda desk, who, upload: desk.uploads.get(who, upload),
    "content": lambda desk, who, upload: desk.uploads.content(who, upload),
    "erase": lambda desk, who, upload: desk.uploads.erase(who, upload, "why"),
    "check": lambda desk, who, upload: desk.rows.check(who, upload),
    "rows": lambda desk, who, upload: desk.rows.rows(who, upload),
    "edit": lambda desk, who, upload: desk.rows.edit(who, upload, 1, 0, "complaint", "x"),
    "fix": lambda desk, who, upload: desk.rows.fix(who, upload, 1, 0, 0, 0),
    "drop": lambda desk, who, upload: desk.rows.drop(who, upload, 1, [0], "why"),
    "take": lambda desk, who, upload: desk.rows.take(who, upload, 1, 2),
    "confirm": lambda desk, who, upload: desk.rows.confirm(who, upload, 1),
    "annotated": lambda desk, who, upload: desk.rows.annotated(who, upload),
}


@pytest.mark.parametrize("verb", ON_ANOTHERS)
def test_someone_elses_upload_looks_like_none(verb: str, desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    """Catalogue 98."""
    said = []
    for upload_id in (upload.id, "0" * 32):
        with pytest.raises(NotFound) as caught:
            ON_ANOTHERS[verb](desk, doctors.ben, upload_id)
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("numbers", [(99, 0, 0), (2, 99, 0), (2, 0, 99)])
def test_a_proposal_that_is_none(
    numbers: tuple[int, int, int], desk: Desk, doctors: Doctors, upload: UploadView
) -> None:
    with pytest.raises(NotFound):
        desk.rows.fix(doctors.anna, upload.id, upload.revision, *numbers)


def test_an_id_of_somebody_elses_draft_is_refused_whole(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    """Catalogue 80: two that collide at the last moment."""
    desk.drafts.create(doctors.ben, {}, card_id="good-2")
    with pytest.raises(InputError, match=r"E-KNOWN-ID.*good-2"):
        desk.rows.take(doctors.anna, upload.id, upload.revision, 2)
    assert desk.drafts.mine(doctors.anna) == []
    now, _ = desk.rows.edit(doctors.anna, upload.id, upload.revision, 1, "id", "good-2b")
    assert len(desk.rows.take(doctors.anna, upload.id, now.revision, 2)[1]) == 2


def test_an_uploaded_edit_is_a_new_version_of_the_case(desk: Desk, doctors: Doctors, vary: Vary) -> None:
    """Catalogue 89."""
    case = desk.drafts.create(
        doctors.anna, {"complaint": "x", "expected": {"condition": "appendicitis"}}, card_id="edited"
    )
    sheet = to_csv([Card.model_validate(vary(id="edited", version=2))]).encode()
    sent = desk.uploads.receive(doctors.anna, "cases.csv", [sheet], no_identifiers=True)
    checked = desk.rows.check(doctors.anna, sent.id)
    assert checked.rows == {READY: 1}
    _, [case_id] = desk.rows.take(doctors.anna, sent.id, checked.revision, 1)
    assert case_id == case.id
    assert desk.drafts.get(doctors.anna, case.id).number == 2


def test_erasing(desk: Desk, doctors: Doctors, upload: UploadView) -> None:
    """What identified somebody is gone from the file and the rows; that it was there is not."""
    erased = desk.uploads.erase(doctors.anna, upload.id, "it holds a telephone number")
    assert (erased.state, erased.filename) == (UploadState.ERASED, "erased")
    assert all(not row.cells and row.record is None for row in desk.rows.rows(doctors.anna, upload.id))
    for call in (
        lambda: desk.uploads.content(doctors.anna, upload.id),
        lambda: desk.rows.take(doctors.anna, upload.id, erased.revision, 2),
        lambda: desk.rows.annotated(doctors.anna, upload.id),
    ):
        with pytest.raises(Conflict, match="was erased"):
            call()
    assert desk.trail.check(doctors.ada) == []


def test_without_a_model_nothing_is_checked(migrated: str, open_desk: OpenDesk, sheet: bytes) -> None:
    desk = open_desk(migrated, network=None)
    anna = desk.people.sign_in("anna", "Anna", ["clinician"])
    sent = desk.uploads.receive(anna, "cases.csv", [sheet], no_identifiers=True)
    with pytest.raises(ClinvalError, match="--model"):
        desk.rows.check(anna, sent.id)
    assert desk.uploads.get(anna, sent.id).state is UploadState.RECEIVED

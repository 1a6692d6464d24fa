"""The rows of an upload: checked, mended cell by cell, taken as drafts while others wait, or dropped with a reason.

Checking is slow (seconds for thousands of rows) and happens outside of transactions: a change names the
revision of the upload that it was made for, and is refused where that has changed meanwhile.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from model.errors import ClinvalError, InputError

from ..card import Card
from ..checks.texts import masked_within
from ..intake import Confirmed, Intake, Row, annotated, apply_fix, check_upload, edit_cell, override, resume
from ..writers import to_record
from .actors import Actor, Role
from .case_access import draft_card
from .checking import Checker
from .columns import to_json
from .errors import Conflict, NotFound
from .idempotency import Once
from .shapes import RowState, RowView, UploadState, UploadView
from .store import Store
from .tables import CaseRow, CaseVersion, UploadedCase, UploadRow
from .taking import as_cases, ready_rows
from .uploads import content_of, counts_of, own_upload, upload_view
from .wording import clean_text

_KEPT = 2
"""Checked uploads that stay in memory: somebody who mends cells does so one after another."""
_OPEN = (RowState.READY, RowState.WAITING, RowState.HELD)


@dataclass(frozen=True)
class _Opened:
    """An upload, checked, as it stands at one revision."""

    revision: int
    intake: Intake
    is_stored: bool
    """Whether the rows of the database say the same: not after a restart, when model or library may be others."""


class UploadRows:
    """What owners do with the rows of their uploads."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = Lock()

    def check(self, who: Actor, upload_id: str) -> UploadView:
        """Read the file and check every row; done once, and again only after :meth:`confirm`."""
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            if upload.state != UploadState.RECEIVED:
                return upload_view(session, upload)
        opened = self._open(who, upload_id)
        return self._keep(who, upload_id, opened, opened.intake, "check", "")

    def confirm(
        self, who: Actor, upload_id: str, revision: int, *, hidden: bool = False, encoding: str | None = None,
        out_of_scope: Iterable[str] = (),
    ) -> UploadView:  # fmt: skip
        """Say yes to what a check asked: hidden rows, the encoding, conditions that the model is known to lack.

        A yes stays: rows that were read are never taken away again.
        """
        who.must_have(Role.CLINICIAN)
        if encoding not in (None, "windows-1252"):
            raise InputError.single("E-ENCODING", "confirm › encoding", repr(encoding)[:40], expected="windows-1252")
        scope = {clean_text(one, "confirm › condition", most=500) for one in out_of_scope}
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            _must_be(session, upload, revision)
            said = upload.confirmed
            confirmed = {
                "hidden": hidden or said.get("hidden", False),
                "encoding": encoding or said.get("encoding"),
                "out_of_scope": sorted(scope.union(said.get("out_of_scope", ()))),
            }
        opened = self._open(who, upload_id, confirmed)
        return self._keep(who, upload_id, opened, opened.intake, "confirm", "", confirmed=confirmed)

    def rows(
        self, who: Actor, upload_id: str, states: Iterable[RowState] = (), start: int = 0, most: int = 100
    ) -> list[RowView]:
        """Rows in the order of the file, ``most`` from position ``start`` on; only those in ``states`` if any."""
        wanted = [RowState(state).value for state in states]
        query = select(UploadedCase).where(UploadedCase.upload_id == upload_id, UploadedCase.position >= start)
        if wanted:
            query = query.where(UploadedCase.state.in_(wanted))
        with self._store.read() as session:
            own_upload(session, who, upload_id)
            found = session.scalars(query.order_by(UploadedCase.position).limit(most))
            return [_row_view(row) for row in found]

    def fix(
        self, who: Actor, upload_id: str, revision: int, position: int, problem: int, fix: int
    ) -> tuple[UploadView, RowView]:
        """Take a proposal: number ``fix`` of the row's problem number ``problem``, both from 0."""

        found = self.rows(who, upload_id, start=position, most=1)

        def change(intake: Intake) -> Intake:
            row = intake.rows[position]
            if not found or _as_json([one.to_dict() for one in row.problems]) != found[0].problems:
                raise Conflict("the model or the library has changed since", next_step="check the upload again")
            try:
                chosen = row.problems[problem].fixes[fix]
            except IndexError:
                raise NotFound("proposal") from None
            return apply_fix(intake, position, chosen)

        return self._change(who, upload_id, revision, position, change, "fix")

    def edit(
        self, who: Actor, upload_id: str, revision: int, position: int, column: str, text: str
    ) -> tuple[UploadView, RowView]:
        """Put another text into a cell; ``column`` is a header of the file, or of the template."""
        text = clean_text(text, "cell", may_be_blank=True)
        column = clean_text(column, "column", most=200)
        return self._change(
            who, upload_id, revision, position, lambda intake: edit_cell(intake, position, column, text), "edit cell"
        )

    def override(
        self, who: Actor, upload_id: str, revision: int, position: int, code: str, reason: str
    ) -> tuple[UploadView, RowView]:
        """Say why one kind of problem does not apply to this case."""
        reason = clean_text(reason, "reason", most=1000)
        code = clean_text(code, "code", most=40)
        return self._change(
            who, upload_id, revision, position, lambda one: override(one, position, code, reason), "override", reason
        )

    def drop(self, who: Actor, upload_id: str, revision: int, positions: Sequence[int], reason: str) -> UploadView:
        """Leave rows out for good, with a reason."""
        who.must_have(Role.CLINICIAN)
        reason = clean_text(reason, "reason", most=1000)
        dropped = sorted(set(positions))
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            _must_be(session, upload, revision)
            for position in dropped:
                _open_row(session, upload, position)
        opened = self._open(who, upload_id)
        # The rows that were compared with those are looked at again.
        changed = resume(opened.intake, {}, dropped)
        return self._keep(who, upload_id, opened, changed, "drop", reason, dropped=dropped)

    def take(
        self, who: Actor, upload_id: str, revision: int, count: int, *, key: str | None = None
    ) -> tuple[UploadView, list[str]]:
        """Make drafts of the ready rows while the others wait; the ids of the cases, in the order of the rows.

        Parameters
        ----------
        count
            How many rows the person was told are ready ("accept 482 of 500"); Conflict where they are not.
        """
        who.must_have(Role.CLINICIAN)
        with self._store.write(who) as work:
            once = Once(work, key, "take", upload_id, revision, count)
            upload = own_upload(work.session, who, upload_id)
            if (before := once.answer()) is not None:
                return upload_view(work.session, upload), list(before["cases"])
            _must_be(work.session, upload, revision)
            ready = ready_rows(work.session, upload)
            if len(ready) != count:
                raise Conflict(f"{len(ready)} cases are ready, not {count}", upload_view(work.session, upload))
            cases = as_cases(work, ready)
            upload.revision += 1
            work.session.flush()
            rows = {state.value: n for state, n in counts_of(work.session, upload.id).items()}
            work.record("take", f"upload:{upload.id}", taken=count, rows=rows)
            once.keep({"cases": cases})
            return upload_view(work.session, upload), cases

    def annotated(self, who: Actor, upload_id: str, *, as_csv: bool | None = None) -> bytes:
        """The rows as they stand, each with its problems in plain words, to be mended in a spreadsheet."""
        return annotated(self._open(who, upload_id).intake, as_csv=as_csv)

    def _change(
        self,
        who: Actor,
        upload_id: str,
        revision: int,
        position: int,
        change: Callable[[Intake], Intake],
        what: str,
        why: str = "",
    ) -> tuple[UploadView, RowView]:
        who.must_have(Role.CLINICIAN)
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            _must_be(session, upload, revision)
            _open_row(session, upload, position)
        opened = self._open(who, upload_id)
        changed = change(opened.intake)
        view = self._keep(who, upload_id, opened, changed, what, why, mended=position)
        return view, self.rows(who, upload_id, start=position, most=1)[0]

    def _open(self, who: Actor, upload_id: str, confirmed: dict[str, Any] | None = None) -> _Opened:
        """The upload as it stands, from memory or from its bytes and the cells that were mended."""
        network = self._check.network
        if network is None:
            raise ClinvalError(
                "E-NO-MODEL  the desk: found no model; expected one to check cases against; name --model"
            )
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            with self._lock:
                kept = self._opened.get(upload_id)
            if kept is not None and kept.revision == upload.revision and confirmed is None:
                return kept
            data = content_of(session, upload)
            said = upload.confirmed if confirmed is None else confirmed
            stored = session.scalars(select(UploadedCase).where(UploadedCase.upload_id == upload_id)).all()
            mended = {row.position: row.cells for row in stored if row.mended}
            left_out = [row.position for row in stored if row.state in (RowState.TAKEN, RowState.DROPPED)]
            known = [*self._check.library, *self._known(session, who)]
        intake = check_upload(
            data, upload.filename, network, known_cases=known, author=who.name, is_possible=self._check.is_possible,
            confirmed=Confirmed(
                said.get("hidden", False), said.get("encoding"), frozenset(said.get("out_of_scope", ()))
            ),
        )  # fmt: skip
        if intake.rows and (mended or left_out):
            intake = resume(intake, mended, left_out)
        return self._remember(upload_id, _Opened(upload.revision, intake, is_stored=False))

    def _remember(self, upload_id: str, opened: _Opened) -> _Opened:
        with self._lock:
            self._opened[upload_id] = opened
            self._opened.move_to_end(upload_id)
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
        return opened

    def _known(self, session: Session, who: Actor) -> list[Card]:
        """Accepted cases of everybody, and the person's own as they stand; nobody else's drafts."""
        query = (
            select(CaseRow, CaseVersion)
            .join(CaseVersion, CaseVersion.case_id == CaseRow.id)
            .where(
                (CaseVersion.number == CaseRow.accepted_number)
                | ((CaseRow.owner == who.id) & (CaseVersion.number == CaseRow.number) & (CaseRow.state != "withdrawn"))
            )
            .order_by(CaseRow.card_id, CaseVersion.number)
        )
        newest: dict[str, Card] = {}
        for case, version in session.execute(query):
            card, _ = draft_card(session, case, version)
            if card is not None:
                newest[card.id] = self._check.in_ids(card)
        return list(newest.values())

    def _keep(
        self, who: Actor, upload_id: str, opened: _Opened, intake: Intake, what: str, why: str, *,
        mended: int | None = None, dropped: Collection[int] = (), confirmed: dict[str, Any] | None = None,
    ) -> UploadView:  # fmt: skip
        """Store what a check said of the rows, if the upload is still at the revision that was opened."""
        with self._store.write(who) as work:
            upload = own_upload(work.session, who, upload_id)
            _must_be(work.session, upload, opened.revision)
            stored = {
                row.position: row
                for row in work.session.scalars(select(UploadedCase).where(UploadedCase.upload_id == upload_id))
            }
            for position in dropped:
                out = stored[position]
                out.state, out.reason, out.problems = RowState.DROPPED.value, why, []
            new = []
            for position, row in enumerate(intake.rows):
                if position not in stored:
                    new.append({"upload_id": upload_id, "position": position, **_as_stored(row)})
                elif not opened.is_stored or row != opened.intake.rows[position]:
                    _update(stored[position], row, position == mended)
            if new:
                work.session.execute(insert(UploadedCase), new)
            upload.state = (UploadState.REFUSED if intake.refused else UploadState.CHECKED).value
            upload.format, upload.problems = intake.format, [one.to_dict() for one in intake.problems]
            if confirmed is not None:
                upload.confirmed = confirmed
            upload.revision += 1
            work.session.flush()
            rows = {state.value: n for state, n in counts_of(work.session, upload_id).items()}
            work.record(what, f"upload:{upload_id}", why, state=upload.state, rows=rows)
            view = upload_view(work.session, upload)
        self._remember(upload_id, _Opened(view.revision, intake, is_stored=True))
        return view


def _must_be(session: Session, upload: UploadRow, revision: int) -> None:
    if upload.state == UploadState.ERASED:
        raise Conflict("the file was erased", upload_view(session, upload))
    if upload.revision != revision:
        raise Conflict(
            "the upload has been changed since, in another window or by another click",
            upload_view(session, upload), "look at it as it is now, and do it again",
        )  # fmt: skip


def _open_row(session: Session, upload: UploadRow, position: int) -> UploadedCase:
    """A row that is neither taken nor dropped."""
    row = session.get(UploadedCase, (upload.id, position))
    if row is None:
        raise NotFound("row")
    if row.state not in _OPEN:
        raise Conflict(f"the row is {row.state} already", upload_view(session, upload))
    return row


def _as_stored(row: Row) -> dict[str, Any]:
    return {
        "number": row.number, "place": row.where, "state": row.state.value, "cells": dict(row.cells), "mended": False,
        "record": None if row.card is None else to_record(row.card),
        "problems": [one.to_dict() for one in row.problems], "case_id": None, "reason": "",
    }  # fmt: skip


def _update(stored: UploadedCase, row: Row, mended: bool) -> None:
    if stored.state not in _OPEN:
        return
    for name in ("state", "cells", "record", "problems"):
        setattr(stored, name, _as_stored(row)[name])
    stored.mended = stored.mended or mended


def _as_json(value: Any) -> Any:
    """As it reads back from the database."""
    return json.loads(to_json(value))


def _row_view(row: UploadedCase) -> RowView:
    cells, record, problems = row.cells, row.record, row.problems
    if row.state in (RowState.HELD, RowState.DROPPED):  # A row may have been left out because of whom it names.
        cells, record, problems = masked_within(cells), masked_within(record), masked_within(problems)
    return RowView(
        row.position, row.number, row.place, RowState(row.state), cells, record, problems, row.case_id, row.reason,
    )  # fmt: skip

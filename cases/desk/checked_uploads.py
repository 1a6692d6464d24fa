"""Checked uploads: kept in memory between one change and the next, made again from the stored bytes after that.

Checking is slow (seconds for thousands of rows) and happens outside of transactions: a change names the
revision of the upload that it was made for, and is refused where that has changed meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from model.errors import ClinvalError

from ..card import Card
from ..intake import Confirmed, Intake, Row, check_upload, resume
from ..writers import to_record
from .actors import Actor
from .case_access import draft_card
from .checking import Checker
from .errors import Conflict, NotFound
from .idempotency import Once
from .shapes import RowState, UploadState, UploadView
from .store import Store, Work
from .tables import CaseRow, CaseVersion, UploadedCase, UploadRow
from .uploads import content_of, counts_of, own_upload, upload_view

_KEPT = 2
"""Checked uploads that stay in memory: somebody who mends cells does so one after another."""
OPEN = (RowState.READY, RowState.WAITING, RowState.HELD)
"""States of rows that can still be changed."""


@dataclass(frozen=True)
class Opened:
    """An upload, checked, as it stands at one revision."""

    revision: int
    intake: Intake
    is_stored: bool
    """Whether the rows of the database say the same: not after a restart, when model or library may be others."""


class CheckedUploads:
    """What the changes of rows start from, and how they are stored."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._lock = Lock()

    def open(self, who: Actor, upload_id: str, confirmed: dict[str, Any] | None = None) -> Opened:
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
        return self._remember(upload_id, Opened(upload.revision, intake, is_stored=False))

    def _remember(self, upload_id: str, opened: Opened) -> Opened:
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

    def keep(
        self, who: Actor, upload_id: str, opened: Opened, intake: Intake, what: str, why: str | Mapping[int, str], *,
        mended: Collection[int] = (), dropped: Collection[int] = (), confirmed: dict[str, Any] | None = None,
        key: str | None = None, request: tuple[Any, ...] = (),
    ) -> UploadView:  # fmt: skip
        """Store what a check said of the rows, if the upload is still at the revision that was opened.

        Parameters
        ----------
        why
            The reason, or one for each of the rows that it was done to, by position.
        mended
            Rows whose cells are no longer the file's.
        key, request
            The same request under the same key is done once.
        """
        with self._store.write(who) as work:
            upload = own_upload(work.session, who, upload_id)
            once = Once(work, key, *request)
            if once.answer() is not None:
                return upload_view(work.session, upload)
            must_be(work.session, upload, opened.revision)
            stored = {
                row.position: row
                for row in work.session.scalars(select(UploadedCase).where(UploadedCase.upload_id == upload_id))
            }
            for position in dropped:
                out = stored[position]
                out.state, out.reason, out.problems = RowState.DROPPED.value, str(why), []
            new = []
            for position, row in enumerate(intake.rows):
                if position not in stored:
                    new.append({"upload_id": upload_id, "position": position, **_as_stored(row)})
                elif not opened.is_stored or row != opened.intake.rows[position]:
                    _update(stored[position], row, position in mended)
            if new:
                work.session.execute(insert(UploadedCase), new)
            upload.state = (UploadState.REFUSED if intake.refused else UploadState.CHECKED).value
            upload.format, upload.problems = intake.format, [one.to_dict() for one in intake.problems]
            if confirmed is not None:
                upload.confirmed = confirmed
            upload.revision += 1
            work.session.flush()
            _record(work, upload, what, why)
            once.keep({"revision": upload.revision})
            view = upload_view(work.session, upload)
        self._remember(upload_id, Opened(view.revision, intake, is_stored=True))
        return view


def _record(work: Work, upload: UploadRow, what: str, why: str | Mapping[int, str]) -> None:
    """An entry in the trail, or one for each row; the last says where the upload stands now."""
    subject = f"upload:{upload.id}"
    by_row: list[tuple[int | None, str]] = [(None, why)] if isinstance(why, str) else list(why.items())
    rows = {state.value: n for state, n in counts_of(work.session, upload.id).items()}
    for number, (position, reason) in enumerate(by_row, 1):
        about = {} if position is None else {"row": position}
        stands = {"state": upload.state, "rows": rows} if number == len(by_row) else {}
        work.record(what, subject, reason, **about, **stands)


def must_be(session: Session, upload: UploadRow, revision: int) -> None:
    if upload.state == UploadState.ERASED:
        raise Conflict("the file was erased", upload_view(session, upload))
    if upload.revision != revision:
        raise Conflict(
            "the upload has been changed since, in another window or by another click",
            upload_view(session, upload), "look at it as it is now, and do it again",
        )  # fmt: skip


def open_row(session: Session, upload: UploadRow, position: int) -> UploadedCase:
    """A row that is neither taken nor dropped."""
    row = session.get(UploadedCase, (upload.id, position))
    if row is None:
        raise NotFound("row")
    if row.state not in OPEN:
        raise Conflict(f"the row is {row.state} already", upload_view(session, upload))
    return row


def _as_stored(row: Row) -> dict[str, Any]:
    return {
        "number": row.number, "place": row.where, "state": row.state.value, "cells": dict(row.cells), "mended": False,
        "record": None if row.card is None else to_record(row.card),
        "problems": [one.to_dict() for one in row.problems], "case_id": None, "reason": "",
    }  # fmt: skip


def _update(stored: UploadedCase, row: Row, mended: bool) -> None:
    if stored.state not in OPEN:
        return
    for name in ("state", "cells", "record", "problems"):
        setattr(stored, name, _as_stored(row)[name])
    stored.mended = stored.mended or mended

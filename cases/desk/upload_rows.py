"""The rows of an upload: checked, mended cell by cell, taken as drafts while others wait, or dropped with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError

from ..checks.texts import masked, masked_within
from ..intake import Fix, Intake, Row, State, annotated, apply_fixes, edit_cell, override, resume
from ..readers.header import column_of
from .actors import Actor, Role
from .checked_uploads import CheckedUploads, Opened, must_be, open_row
from .checking import Checker
from .columns import to_json
from .errors import Conflict, NotFound
from .idempotency import Once
from .repeats import RepeatKey, counted, repeat_key, same_fix
from .shapes import RowState, RowView, UploadState, UploadView
from .store import Store, Work
from .tables import UploadedCase, UploadRow
from .taking import as_cases, ready_rows
from .uploads import counts_of, own_upload, upload_view
from .wording import clean_text

_AT_ONCE = (RowState.READY.value, RowState.WAITING.value)
_QUOTED = 60
"""Characters of a cell that the trail repeats."""


class UploadRows:
    """What owners do with the rows of their uploads."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check
        self._checked = CheckedUploads(store, check)

    def check(self, who: Actor, upload_id: str) -> UploadView:
        """Read the file and check every row; done once, and again only after :meth:`confirm`."""
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            if upload.state != UploadState.RECEIVED:
                return upload_view(session, upload)
        opened = self._checked.open(who, upload_id)
        return self._checked.keep(who, upload_id, opened, opened.intake, "check", "the file had come in")

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
            must_be(session, upload, revision)
            said = upload.confirmed
            confirmed = {
                "hidden": hidden or said.get("hidden", False),
                "encoding": encoding or said.get("encoding"),
                "out_of_scope": sorted(scope.union(said.get("out_of_scope", ()))),
            }
        why = [
            *(["hidden rows and columns are meant to be there"] if hidden else []),
            *([f"the file is {encoding}"] if encoding else []),
            *(["a condition is meant, though the model lacks it"] if scope else []),
        ]
        opened = self._checked.open(who, upload_id, confirmed)
        told = "; ".join(why) or "nothing more was confirmed"
        return self._checked.keep(who, upload_id, opened, opened.intake, "confirm", told, confirmed=confirmed)

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

    def repeats(self, who: Actor, upload_id: str) -> Mapping[RepeatKey, int]:
        """Proposals that can be taken in many rows at once, and in how many: ready and waiting ones.

        Rows that are held back are looked at one by one.
        """
        query = select(UploadedCase.problems).where(
            UploadedCase.upload_id == upload_id, UploadedCase.state.in_(_AT_ONCE)
        )
        with self._store.read() as session:
            own_upload(session, who, upload_id)
            return counted(session.scalars(query))

    def fix(
        self, who: Actor, upload_id: str, revision: int, position: int, problem: int, fix: int, *,
        everywhere: bool = False, key: str | None = None,
    ) -> tuple[UploadView, RowView]:  # fmt: skip
        """Take a proposal: number ``fix`` of the row's problem number ``problem``, both from 0.

        Parameters
        ----------
        everywhere
            Take it in all ready and waiting rows that have the same (see :meth:`repeats`), as one change.
        key
            Idempotency key: the same request under the same key is done once.
        """
        request = ("fix", upload_id, revision, position, problem, fix, everywhere)
        who.must_have(Role.CLINICIAN)
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            if Once(Work(session, who, self._store.clock()), key, *request).answer() is not None:
                return upload_view(session, upload), _row_view(_stored_row(session, upload, position))
            must_be(session, upload, revision)
            shown = open_row(session, upload, position).problems
        opened = self._checked.open(who, upload_id)
        row = opened.intake.rows[position]
        if json.loads(to_json([one.to_dict() for one in row.problems])) != shown:
            raise Conflict("the model or the library has changed since", next_step="check the upload again")
        try:
            chosen = row.problems[problem].fixes[fix]
        except IndexError:
            raise NotFound("proposal") from None
        taken = {position: chosen}
        repeated = repeat_key(row.problems[problem].to_dict(), chosen.to_dict()) if everywhere else None
        if repeated is not None:
            taken |= self._with_same(upload_id, opened.intake, repeated)
        changed = apply_fixes(opened.intake, taken)
        at_once = f", in {len(taken)} rows at once" if len(taken) > 1 else ""
        why = {place: _taken(opened.intake.rows[place], one) + at_once for place, one in sorted(taken.items())}
        view = self._checked.keep(
            who, upload_id, opened, changed, "fix", why, mended=taken.keys(), key=key, request=request
        )
        return view, self._row(who, upload_id, position)

    def edit(
        self, who: Actor, upload_id: str, revision: int, position: int, column: str, text: str
    ) -> tuple[UploadView, RowView]:
        """Put another text into a cell; ``column`` is a header of the file, or of the template."""
        text = clean_text(text, "cell", may_be_blank=True)
        column = clean_text(column, "column", most=200)
        opened = self._to_change(who, upload_id, revision, position)
        where = f"“{column}”" if column_of(column) else "a column of its own"
        why = f"row {opened.intake.rows[position].number}: something else was written under {where}"
        changed = edit_cell(opened.intake, position, column, text)
        view = self._checked.keep(who, upload_id, opened, changed, "edit cell", {position: why}, mended=[position])
        return view, self._row(who, upload_id, position)

    def override(
        self, who: Actor, upload_id: str, revision: int, position: int, code: str, reason: str
    ) -> tuple[UploadView, RowView]:
        """Say why one kind of problem does not apply to this case."""
        reason = clean_text(reason, "reason", most=1000)
        code = clean_text(code, "code", most=40)
        opened = self._to_change(who, upload_id, revision, position)
        changed = override(opened.intake, position, code, reason)
        view = self._checked.keep(who, upload_id, opened, changed, "override", {position: reason}, mended=[position])
        return view, self._row(who, upload_id, position)

    def drop(self, who: Actor, upload_id: str, revision: int, positions: Sequence[int], reason: str) -> UploadView:
        """Leave rows out for good, with a reason."""
        who.must_have(Role.CLINICIAN)
        reason = clean_text(reason, "reason", most=1000)
        dropped = sorted(set(positions))
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            must_be(session, upload, revision)
            for position in dropped:
                open_row(session, upload, position)
        opened = self._checked.open(who, upload_id)
        # The rows that were compared with those are looked at again.
        changed = resume(opened.intake, {}, dropped)
        return self._checked.keep(who, upload_id, opened, changed, "drop", reason, dropped=dropped)

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
            must_be(work.session, upload, revision)
            ready = ready_rows(work.session, upload)
            if len(ready) != count:
                raise Conflict(f"{len(ready)} cases are ready, not {count}", upload_view(work.session, upload))
            cases = as_cases(work, upload, ready, self._check)
            upload.revision += 1
            work.session.flush()
            states = counts_of(work.session, upload.id)
            rows = {state.value: n for state, n in states.items()}
            why = f"{count} of {sum(states.values())} rows were ready"
            work.record("take", f"upload:{upload.id}", why, taken=count, rows=rows)
            once.keep({"cases": cases})
            return upload_view(work.session, upload), cases

    def annotated(self, who: Actor, upload_id: str, *, as_csv: bool | None = None) -> bytes:
        """The rows as they stand, each with its problems in plain words, to be mended in a spreadsheet."""
        return annotated(self._checked.open(who, upload_id).intake, as_csv=as_csv)

    def _to_change(self, who: Actor, upload_id: str, revision: int, position: int) -> Opened:
        """The upload, for a change of one of its rows that is made for ``revision``."""
        who.must_have(Role.CLINICIAN)
        with self._store.read() as session:
            upload = own_upload(session, who, upload_id)
            must_be(session, upload, revision)
            open_row(session, upload, position)
        return self._checked.open(who, upload_id)

    def _with_same(self, upload_id: str, intake: Intake, key: RepeatKey) -> dict[int, Fix]:
        """The proposal of this key in every row that is ready or waiting, by position."""
        query = select(UploadedCase.position).where(
            UploadedCase.upload_id == upload_id, UploadedCase.state.in_(_AT_ONCE)
        )
        with self._store.read() as session:
            positions = session.scalars(query.order_by(UploadedCase.position)).all()
        found = ((position, same_fix(intake.rows[position], key)) for position in positions)
        return {position: fix for position, fix in found if fix is not None}

    def _row(self, who: Actor, upload_id: str, position: int) -> RowView:
        with self._store.read() as session:
            return _row_view(_stored_row(session, own_upload(session, who, upload_id), position))


def _stored_row(session: Session, upload: UploadRow, position: int) -> UploadedCase:
    row = session.get(UploadedCase, (upload.id, position))
    if row is None:
        raise NotFound("row")
    return row


def _taken(row: Row, fix: Fix) -> str:
    """``row 12: took “nausea” for “nausae”``; of a row that is held back no word is repeated."""
    edit = fix.edits[0]
    if row.state is State.HELD or len(fix.edits) > 1 or edit.mask or not (edit.old and edit.new):
        return f"row {row.number}: {masked(fix.label)}"
    old = masked(edit.old)
    return f"row {row.number}: took “{edit.new}” for “{old if len(old) <= _QUOTED else old[:_QUOTED] + '…'}”"


def _row_view(row: UploadedCase) -> RowView:
    cells, record, problems = row.cells, row.record, row.problems
    if row.state in (RowState.HELD, RowState.DROPPED):  # A row may have been left out because of whom it names.
        cells, record, problems = masked_within(cells), masked_within(record), masked_within(problems)
    return RowView(
        row.position, row.number, row.place, RowState(row.state), cells, record, problems, row.case_id, row.reason,
    )  # fmt: skip

"""Rows that are ready become drafts of their uploader."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError, Problem

from ..card import Card
from ..checks.texts import masked
from .case_access import moved, subject, version_of
from .changes import described
from .checking import Checker
from .handing_in import needs_reason
from .records import record_of, record_sha256
from .shapes import CaseState, RowState
from .store import Work
from .tables import CaseRow, UploadedCase, UploadRow
from .writing import TO_EDIT, add_case, add_version, known_id


def ready_rows(session: Session, upload: UploadRow) -> list[UploadedCase]:
    """The rows of an upload that can go on, in the order of the file."""
    query = select(UploadedCase).where(UploadedCase.upload_id == upload.id, UploadedCase.state == RowState.READY.value)
    return list(session.scalars(query.order_by(UploadedCase.position)))


def as_cases(work: Work, upload: UploadRow, ready: Sequence[UploadedCase], check: Checker) -> list[str]:
    """A draft of each row, or a new version of the person's own case of that id; the cases' ids, in order.

    What was stated of the file is stated of each.

    Raises
    ------
    InputError
        An id is in use: nothing is taken.
    """
    cards = [Card.model_validate(row.record) for row in ready]
    known: dict[str, CaseRow] = {}
    for start in range(0, len(cards), 500):  # Both databases limit the values of one statement.
        ids = [card.id for card in cards[start : start + 500]]
        known |= {case.card_id: case for case in work.session.scalars(select(CaseRow).where(CaseRow.card_id.in_(ids)))}
    problems: list[Problem] = []
    cases = []
    with work.session.no_autoflush:
        for row, card in zip(ready, cards, strict=True):
            case = known.get(card.id)
            why = f"from {masked(upload.filename)}, row {row.number}"
            came = {"upload": upload.id, "row": row.position}
            if case is None:
                record = record_of(card)
                case = add_case(work, record, card.id, why, card=card, statement=upload.statement, **came)
            elif case.owner == work.who.id and case.state in TO_EDIT and card.version > case.card_version:
                record, old = record_of(card), version_of(work.session, case).record
                after = needs_reason(work.session, case)
                case.changed_after, case.statement = case.changed_after or after, upload.statement
                told = f"{why} ({described(old, record, check)})"
                add_version(work, case, record, told, card)
                said = {**came, **({"after": after} if after else {}), **moved(case, CaseState.DRAFT)}
                work.record("save", subject(case), told, number=case.number, sha256=record_sha256(record), **said)
            else:
                problems.append(known_id(card.id, row.place))
                continue
            known[card.id] = case
            row.state, row.case_id, row.problems = RowState.TAKEN.value, case.id, []
            cases.append(case.id)
    if problems:
        raise InputError(problems)
    return cases

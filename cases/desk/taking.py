"""Rows that are ready become drafts of their uploader."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError, Problem

from ..card import Card
from .case_access import moved, subject
from .drafts import TO_EDIT, add_case, add_version
from .records import record_of, record_sha256
from .shapes import CaseState, RowState
from .store import Work
from .tables import CaseRow, UploadedCase, UploadRow


def ready_rows(session: Session, upload: UploadRow) -> list[UploadedCase]:
    """The rows of an upload that can go on, in the order of the file."""
    query = select(UploadedCase).where(UploadedCase.upload_id == upload.id, UploadedCase.state == RowState.READY.value)
    return list(session.scalars(query.order_by(UploadedCase.position)))


def as_cases(work: Work, ready: Sequence[UploadedCase]) -> list[str]:
    """A draft of each row, or a new version of the person's own case of that id; the cases' ids, in order.

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
            if case is None:
                case = add_case(work, record_of(card), card.id, "uploaded", card=card)
            elif case.owner == work.who.id and case.state in TO_EDIT and card.version > case.card_version:
                record = record_of(card)
                add_version(work, case, record, "uploaded", card)
                sha256, state = record_sha256(record), moved(case, CaseState.DRAFT)
                work.record("save", subject(case), "uploaded", number=case.number, sha256=sha256, **state)
            else:
                problem = Problem(
                    "E-KNOWN-ID", row.place, f"the id {card.id!r}, which another case has", expected="an id of its own",
                    next_step="choose another", catalogue=80,
                )  # fmt: skip
                problems.append(problem)
                continue
            known[card.id] = case
            row.state, row.case_id, row.problems = RowState.TAKEN.value, case.id, []
            cases.append(case.id)
    if problems:
        raise InputError(problems)
    return cases

"""New cases and new texts of cases, inside a writing transaction; for every service that makes them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from model.errors import InputError, Problem

from ..card import Card
from ..intake.ids import id_problem
from .case_access import draft_card, subject
from .records import evidence_sha256, record_sha256
from .shapes import CaseState
from .store import Work
from .tables import AssignmentRow, CaseRow, CaseVersion

TO_EDIT = (CaseState.DRAFT, CaseState.REJECTED, CaseState.ACCEPTED)
"""States in which the owner may save; a rejected or accepted case becomes a draft again."""


def add_case(
    work: Work,
    record: Mapping[str, Any],
    card_id: str | None,
    why: str,
    *,
    card: Card | None = None,
    statement: str = "",
    **details: Any,
) -> CaseRow:
    """A new draft of the person who acts, with its first version and its entry in the trail.

    Parameters
    ----------
    card
        What the record makes, where the caller knows, and knows that its id is free; its version is kept,
        for it may be an edit of a case that git has already.
    statement
        What has been stated of it about patient identifiers.
    details
        More for the trail.
    """
    card_id = f"case-{secrets.token_hex(4)}" if card_id is None else card_id.strip()
    problem = id_problem(card_id, "case › id")
    if problem is not None:
        raise InputError([problem])
    if card is None and work.session.scalar(select(CaseRow.id).where(CaseRow.card_id == card_id)) is not None:
        raise InputError([known_id(card_id, "case › id")])
    case = CaseRow(
        id=secrets.token_hex(16), card_id=card_id, owner=work.who.id, state=CaseState.DRAFT.value, stage="",
        number=0, card_version=1 if card is None else card.version, accepted_number=None, created_at=work.now,
        changed_at=work.now, submitted_at=None, statement=statement, changed_after="", change_reason="",
    )  # fmt: skip
    work.session.add(case)
    add_version(work, case, record, why, card)
    work.record("create", subject(case), why, number=1, sha256=record_sha256(record), state=case.state, **details)
    return case


def known_id(card_id: str, where: str) -> Problem:
    """The problem of an id that is in use (80)."""
    return Problem(
        "E-KNOWN-ID", where, f"the id {card_id!r}, which another case has", expected="an id of its own",
        next_step="choose another", catalogue=80,
    )  # fmt: skip


def add_version(
    work: Work, case: CaseRow, record: Mapping[str, Any], why: str, card: Card | None = None
) -> CaseVersion:
    """Another text of a case, by the person who acts; the first after an acceptance raises the card's version."""
    if case.accepted_number == case.number:
        case.card_version += 1
    case.number += 1
    case.changed_at = work.now
    version = CaseVersion(
        case_id=case.id, number=case.number, card_version=case.card_version, by=work.who.id, at=work.now, why=why,
        record=dict(record), record_sha256=record_sha256(record), content_hash=None, evidence_sha256="",
    )  # fmt: skip
    if card is None:
        card, _ = draft_card(work.session, case, version)
    version.content_hash = None if card is None else card.content_hash
    version.evidence_sha256 = evidence_sha256(record, card)
    work.session.add(version)
    return version


def release(work: Work, case: CaseRow) -> None:
    """Nobody is busy with the case any more."""
    work.session.execute(delete(AssignmentRow).where(AssignmentRow.case_id == case.id))

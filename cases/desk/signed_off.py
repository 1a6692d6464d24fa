"""An accepted case as the card that git gets: who wrote it, who signed it off, and what everybody thought."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..card import Card, Opinion
from .case_access import author_of, draft_card, name_of
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow


class SignedOff(NamedTuple):
    """One accepted version."""

    case_id: str
    number: int
    card: Card
    at: datetime
    """Of the decision that accepted it."""


def signed_off(session: Session) -> list[SignedOff]:
    """The version of every case that was accepted last, by card id."""
    query = (
        select(CaseRow, CaseVersion)
        .join(CaseVersion, (CaseVersion.case_id == CaseRow.id) & (CaseVersion.number == CaseRow.accepted_number))
        .order_by(CaseRow.card_id)
    )
    found = []
    for case, version in session.execute(query):
        card, problems = draft_card(session, case, version)
        if card is None:  # It was whole when it was submitted; this program reads cards more strictly.
            raise ValueError(f"case {case.id}: an accepted version is no card any more: {problems}")
        accepted = select(DecisionRow).where(
            DecisionRow.case_id == case.id, DecisionRow.number == version.number, DecisionRow.kind == "accept"
        )
        decision = session.scalars(accepted.order_by(DecisionRow.id.desc()).limit(1)).one()
        # Authors approve reviewers' edits: the second pair of eyes was then the editor's.
        reviewer = version.by if decision.by == author_of(session, case) else decision.by
        complete = card.model_copy(
            update={
                "review_state": "accepted",
                "reviewer": name_of(session, reviewer),
                "opinions": (*card.opinions, *_opinions(session, case, version)),
            }
        )
        found.append(SignedOff(case.id, version.number, complete, decision.at))
    # In the program's order: the databases' collations differ.
    return sorted(found, key=lambda one: one.card.id)


def _opinions(session: Session, case: CaseRow, version: CaseVersion) -> list[Opinion]:
    """Every doctor's, those on earlier texts among them: all opinions stay on the card."""
    on = (CaseVersion.case_id == OpinionRow.case_id) & (CaseVersion.number == OpinionRow.number)
    query = select(OpinionRow, CaseVersion).join(CaseVersion, on)
    query = query.where(OpinionRow.case_id == case.id, OpinionRow.number <= version.number)
    return [
        Opinion.model_validate(
            {
                "doctor": name_of(session, row.by), "condition": row.condition, "triage": row.triage,
                "differential": row.differential, "comment": _comment(row, seen, version),
            }
        )
        for row, seen in session.execute(query.order_by(OpinionRow.id))
    ]  # fmt: skip


def _comment(row: OpinionRow, seen: CaseVersion, version: CaseVersion) -> str:
    """The doctor's words; the card has no field of its own for what follows them."""
    more = [] if row.certainty is None else [f"[{row.certainty} % certain]"]
    if not row.blind:
        more.append("[not blind: an answer of this case could be read before]")
    if seen.card_version != version.card_version:
        more.append(f"[on version {seen.card_version}]")
    elif seen.evidence_sha256 != version.evidence_sha256:
        more.append("[on an earlier text, with other evidence]")
    return " ".join([row.comment, *more]).strip()

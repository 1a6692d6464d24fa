"""An accepted case as the card that git gets: who wrote it, who signed it off, and what everybody thought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..card import Card, Opinion
from .case_access import draft_card, name_of
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow


class SignedOff(NamedTuple):
    """One accepted version."""

    case_id: str
    number: int
    card: Card
    at: datetime
    """Of the decision that accepted it."""


def signed_off(session: Session) -> list[SignedOff]:
    """The version of every case that was accepted last, by card id; a few queries, however many cases there are."""
    query = select(CaseRow, CaseVersion).join(
        CaseVersion, (CaseVersion.case_id == CaseRow.id) & (CaseVersion.number == CaseRow.accepted_number)
    )
    decisions, opinions, authors = _decisions(session), _opinions(session), _authors(session)
    found = []
    for case, version in session.execute(query):
        card, problems = draft_card(session, case, version, authors[case.id])
        if card is None:  # It was whole when it was submitted; this program reads cards more strictly.
            raise ValueError(f"case {case.id}: an accepted version is no card any more: {problems}")
        decision = decisions[case.id, version.number]
        # Authors approve reviewers' edits: the second pair of eyes was then the editor's.
        reviewer = version.by if decision.by == authors[case.id] else decision.by
        complete = card.model_copy(
            update={
                "review_state": "accepted",
                "reviewer": name_of(session, reviewer),
                "opinions": (*card.opinions, *_on_the_card(session, opinions[case.id], version)),
            }
        )
        found.append(SignedOff(case.id, version.number, complete, decision.at))
    # In the program's order: the databases' collations differ.
    return sorted(found, key=lambda one: one.card.id)


def _authors(session: Session) -> dict[str, str]:
    """Case to the id of who wrote it first."""
    rows = session.execute(select(CaseVersion.case_id, CaseVersion.by).where(CaseVersion.number == 1))
    return {case_id: by for case_id, by in rows}  # noqa: C416 (mypy knows no dict() of rows)


def _decisions(session: Session) -> dict[tuple[str, int], DecisionRow]:
    """Case and version to the decision that accepted it, which is the last accept on it."""
    accepted = select(DecisionRow).where(DecisionRow.kind == "accept").order_by(DecisionRow.id)
    return {(row.case_id, row.number): row for row in session.scalars(accepted)}


def _opinions(session: Session) -> dict[str, list[tuple[OpinionRow, CaseVersion]]]:
    """Case to the opinions on it, each with the text that was seen, in the order in which they were given."""
    on = (CaseVersion.case_id == OpinionRow.case_id) & (CaseVersion.number == OpinionRow.number)
    found: dict[str, list[tuple[OpinionRow, CaseVersion]]] = defaultdict(list)
    for row, seen in session.execute(select(OpinionRow, CaseVersion).join(CaseVersion, on).order_by(OpinionRow.id)):
        found[row.case_id].append((row, seen))
    return found


def _on_the_card(
    session: Session, opinions: Sequence[tuple[OpinionRow, CaseVersion]], version: CaseVersion
) -> list[Opinion]:
    """Every doctor's, those on earlier texts among them: all opinions stay on the card."""
    return [
        Opinion.model_validate(
            {
                "doctor": name_of(session, row.by), "condition": row.condition, "triage": row.triage,
                "differential": row.differential, "comment": _comment(row, seen, version),
            }
        )
        for row, seen in opinions
        if row.number <= version.number
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

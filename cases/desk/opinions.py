"""What doctors think: what an opinion may say, whether it was blind, and how far all of them agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from model.errors import InputError

from ..card import Card
from ..checks.texts import IDENTIFIERS, IN_LABELS, identifiers_in
from .actors import Actor
from .agreement import CaseAgreement, SetAgreement, agreement_of_set, agrees
from .case_access import draft_card, has_taken_part, may_see_answer, name_of, version_of
from .checking import Checker
from .shapes import CaseState, OpinionView
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow
from .wording import clean_text

MOST_OTHERS = 20
"""Conditions of a differential; more are not kept."""


def conditions_of(check: Checker, condition: str, differential: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The network's ids of what was named, each once; what is none of its words is kept as it is written."""
    named = [clean_text(condition, "opinion › condition", most=500)]
    named += [clean_text(one, "opinion › differential", most=500) for one in differential[:MOST_OTHERS]]
    first, *others = (check.condition_id(one) for one in named)
    return first, tuple(dict.fromkeys(one for one in others if one != first))


def must_name_nobody(check: Checker, condition: str, differential: Sequence[str], comment: str) -> None:
    """An opinion is for good, so what may identify a patient is refused, unquoted (86)."""
    named = [("condition", condition), *(("differential", one) for one in differential)]
    known = () if check.network is None else check.network.condition_index
    texts = [(field, text, IN_LABELS) for field, text in named if text not in known]
    problems = list(identifiers_in([*texts, ("comment", comment, IDENTIFIERS)], "opinion"))
    if problems:
        raise InputError([replace(one, next_step="take it out") for one in problems])


def knew_an_answer(session: Session, who: Actor, case: CaseRow) -> bool:
    """Whether the person has seen an answer of this case before, or could have: what was accepted, all may read."""
    if case.accepted_number is not None:
        return True
    earlier = select(OpinionRow.id).where(OpinionRow.case_id == case.id, OpinionRow.by == who.id)
    return session.scalar(earlier) is not None or has_taken_part(session, who, case)


def opinions_of(
    session: Session, case: CaseRow, card: Card | None, version: CaseVersion | None = None
) -> tuple[OpinionView, ...]:
    """All opinions on a case, each beside the expected answer of ``card`` where it is about the same evidence."""
    version = version or version_of(session, case)
    query = (
        select(OpinionRow, CaseVersion.evidence_sha256)
        .join(CaseVersion, (CaseVersion.case_id == OpinionRow.case_id) & (CaseVersion.number == OpinionRow.number))
        .where(OpinionRow.case_id == case.id)
        .order_by(OpinionRow.id)
    )
    return tuple(
        OpinionView(
            row.by, name_of(session, row.by), row.at, row.number, row.blind, row.condition, row.triage,
            tuple(row.differential), row.comment, row.certainty,
            agrees(row.condition, row.triage, card) if card and evidence == version.evidence_sha256 else None,
        )
        for row, evidence in session.execute(query)
    )  # fmt: skip


def agreement_over(session: Session, who: Actor, check: Checker) -> SetAgreement:
    """The figures over all cases on which a decision was made; of the cases, those whose answer ``who`` may know.

    One whose first review still runs is not among them, lest a figure tell of it.
    """
    is_decided = exists(select(DecisionRow.id).where(DecisionRow.case_id == CaseRow.id))
    runs = (CaseRow.state == CaseState.IN_REVIEW.value) & CaseRow.accepted_number.is_(None)
    query = select(CaseRow).where(is_decided, ~runs).order_by(CaseRow.card_id)
    cases, may_see = [], set()
    for case in session.scalars(query):
        if (found := _agreement_of(session, case, check)) is not None:
            cases.append(found)
            may_see |= {case.id} if may_see_answer(session, who, case) else set()
    over_all = agreement_of_set(cases)
    return replace(over_all, cases=tuple(one for one in over_all.cases if one.id in may_see))


def _agreement_of(session: Session, case: CaseRow, check: Checker) -> CaseAgreement | None:
    """The opinions on a case, beside the answer that it had when the first blind one was given."""
    first = select(OpinionRow.number).where(OpinionRow.case_id == case.id, OpinionRow.blind)
    number = session.scalar(first.order_by(OpinionRow.id).limit(1))
    if number is None:
        return None
    version = version_of(session, case, number)
    card, _ = draft_card(session, case, version)
    if card is None:
        return None
    card = check.in_ids(card)
    return CaseAgreement(case.id, card, opinions_of(session, case, card, version))

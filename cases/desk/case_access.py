"""Finding a case, saying who may see how much of it, and turning rows into what is answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from model.errors import Problem

from ..card import Card
from .actors import Actor, Role
from .checking import Checker
from .errors import Conflict, NotFound
from .records import card_of
from .shapes import CaseState, CaseSummary, CaseView, Stage
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow, PersonRow


def find_case(session: Session, case_id: str) -> CaseRow:
    """The case's row, or :class:`NotFound`."""
    row = session.get(CaseRow, case_id)
    if row is None:
        raise NotFound("case")
    return row


def own_case(session: Session, who: Actor, case_id: str) -> CaseRow:
    """The row of a case that this person owns; anybody else's looks as if there were none (catalogue 98)."""
    row = find_case(session, case_id)
    if row.owner != who.id:
        raise NotFound("case")
    return row


def version_of(session: Session, case: CaseRow, number: int | None = None) -> CaseVersion:
    """One version of a case; the current one by default."""
    row = session.get(CaseVersion, (case.id, case.number if number is None else number))
    if row is None:
        raise NotFound("version of the case")
    return row


def must_be_current(case: CaseRow, number: int, current: CaseView | None) -> None:
    """Refuse what was meant for another version (catalogue 101)."""
    if number != case.number:
        raise Conflict(
            f"the case has been changed since: version {number} was open, {case.number} is current",
            current,
            "look at both, and save again on top of the current one",
        )


def name_of(session: Session, person_id: str) -> str:
    """The person's unique name."""
    names: dict[str, str] = session.info.setdefault("names", {})  # A session is one transaction; a name stays.
    if person_id not in names:
        row = session.get(PersonRow, person_id)
        names[person_id] = person_id if row is None else row.name
    return names[person_id]


def author_of(session: Session, case: CaseRow) -> str:
    """Id of the person who wrote the case first: who owns it may change, its author does not."""
    return version_of(session, case, 1).by


def has_taken_part(session: Session, who: Actor, case: CaseRow, card_version: int | None = None) -> bool:
    """Whether the person wrote a text of the case or decided on one; ``card_version``: of that version alone."""
    texts = select(CaseVersion.number).where(CaseVersion.case_id == case.id)
    if card_version is not None:
        texts = texts.where(CaseVersion.card_version == card_version)
    wrote = texts.where(CaseVersion.by == who.id)
    decided = select(DecisionRow.number).where(
        DecisionRow.case_id == case.id, DecisionRow.by == who.id, DecisionRow.number.in_(texts)
    )
    return bool(session.scalar(select(exists(wrote.union_all(decided).subquery().select()))))


def opinion_of(session: Session, who: Actor, case: CaseRow) -> OpinionRow | None:
    """The opinion that the person gave on the card's present version."""
    query = select(OpinionRow).where(
        OpinionRow.case_id == case.id, OpinionRow.by == who.id, OpinionRow.card_version == case.card_version
    )
    return session.scalars(query).one_or_none()


def may_see_answer(session: Session, who: Actor, case: CaseRow) -> bool:
    """Whether the expected answer of the case's current version is no secret to this person.

    Its owner; who has given an opinion on it, or written or decided on a text of this card version (to have
    had to do with an earlier one is not enough: a reviewer is blind to each anew); everybody once it is
    accepted.  An administrator sees what is in review or rejected unless the person reviews as well.
    """
    if case.owner == who.id or case.state == CaseState.ACCEPTED:
        return True
    if case.state in (CaseState.DRAFT, CaseState.WITHDRAWN):
        return False
    if opinion_of(session, who, case) is not None or has_taken_part(session, who, case, case.card_version):
        return True
    return who.has(Role.ADMINISTRATOR) and not who.has(Role.REVIEWER)


def visible_version(session: Session, who: Actor, case: CaseRow, number: int | None) -> CaseVersion:
    """The version that this person may read in full; :class:`NotFound` where there is none."""
    if may_see_answer(session, who, case):
        return version_of(session, case, number)
    # While it is edited, the version that was accepted before stays readable; a reviewer had better not know it.
    blind = case.state == CaseState.IN_REVIEW and who.has(Role.REVIEWER)
    if case.accepted_number is not None and number in (None, case.accepted_number) and not blind:
        return version_of(session, case, case.accepted_number)
    raise NotFound("case")


def draft_card(
    session: Session, case: CaseRow, version: CaseVersion, author: str = ""
) -> tuple[Card | None, list[Problem]]:
    """The card of a version, numbered as it would be published, before review.

    ``author`` : id of who wrote the case first, where the caller knows
    """
    where = f"case {case.card_id}"
    author = author or (version.by if version.number == 1 else author_of(session, case))
    card, problems = card_of(version.record, case.card_id, name_of(session, author), where)
    return card and card.model_copy(update={"version": version.card_version}), problems


def view(session: Session, case: CaseRow, version: CaseVersion, check: Checker) -> CaseView:
    """One version in full, with what the checks say of it."""
    card, found = draft_card(session, case, version)
    problems: tuple[Problem, ...] = ()
    if card is None:
        problems = tuple(check.unfinished(version.record, found, f"case {case.card_id}"))
    else:
        card, problems = check(card, f"case {case.card_id}")
        twin = _twin(session, case, card)
        if twin is not None:
            problems = (*problems, twin)
    return CaseView(
        id=case.id, card_id=case.card_id, owner=case.owner, owner_name=name_of(session, case.owner),
        state=CaseState(case.state), stage=Stage(case.stage) if case.stage else None, number=version.number,
        current=case.number, card_version=version.card_version, record=version.record, card=card, problems=problems,
        by=version.by, by_name=name_of(session, version.by), at=version.at, why=version.why,
        accepted_number=case.accepted_number, stated=bool(case.statement), changed_after=case.changed_after,
        change_reason=case.change_reason,
    )  # fmt: skip


def _twin(session: Session, case: CaseRow, card: Card) -> Problem | None:
    """Another case of the desk, which the owner may know of, with the very same content."""
    from ..checks.report import overridden
    from .checking import duplicate

    query = (
        select(CaseRow.card_id)
        .join(CaseVersion, (CaseVersion.case_id == CaseRow.id))
        .where(
            CaseVersion.content_hash == card.content_hash,
            CaseRow.id != case.id,
            (CaseVersion.number == CaseRow.accepted_number)
            | ((CaseRow.owner == case.owner) & (CaseVersion.number == CaseRow.number) & (CaseRow.state != "withdrawn")),
        )
        .order_by(CaseRow.created_at, CaseRow.id)
        .limit(1)
    )
    twin = session.scalar(query)
    return None if twin is None else overridden(duplicate(twin, f"case {case.card_id}"), card)


def summary(session: Session, case: CaseRow) -> CaseSummary:
    """A line of a list."""
    return CaseSummary(
        case.id, case.card_id, case.owner, name_of(session, case.owner), CaseState(case.state),
        Stage(case.stage) if case.stage else None, case.number, case.card_version,
        case.created_at, case.changed_at, case.submitted_at, bool(case.statement),
        not case.changed_after or bool(case.change_reason),
    )  # fmt: skip


def subject(case: CaseRow) -> str:
    """How the trail names a case."""
    return f"case:{case.id}"


def moved(case: CaseRow, state: CaseState, stage: Stage | None = None) -> dict[str, Any]:
    """Put the case into a state; what the trail says of it."""
    case.state, case.stage = state.value, stage.value if stage else ""
    return {"state": case.state, **({"stage": case.stage} if stage else {})}

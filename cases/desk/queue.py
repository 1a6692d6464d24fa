"""Who may review what, and what waits for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .actors import Actor, Role
from .case_access import author_of, find_case, may_see_answer, name_of, subject, version_of
from .errors import Conflict, NotAllowed, NotFound
from .shapes import CaseState, QueueItem, Stage
from .store import Store
from .tables import AssignmentRow, CaseRow, CaseVersion, DecisionRow, OpinionRow, PersonRow
from .wording import clean_text

HELD_FOR = timedelta(days=7)
"""How long a case that a reviewer has taken is kept from others."""


class Queue:
    """The cases that wait for a review."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def waiting(self, who: Actor) -> list[QueueItem]:
        """What this person can review now: first what is the person's own to finish, then the oldest.

        Owners find here a reviewer's edit of their case, which they can approve.
        """
        query = (
            select(CaseRow, CaseVersion, AssignmentRow)
            .join(CaseVersion, (CaseVersion.case_id == CaseRow.id) & (CaseVersion.number == CaseRow.number))
            .outerjoin(AssignmentRow, AssignmentRow.case_id == CaseRow.id)
            .where(CaseRow.state == CaseState.IN_REVIEW.value)
            .order_by(CaseRow.submitted_at, CaseRow.id)
        )
        now = self._store.clock()
        with self._store.read() as session:
            name = name_of(session, who.id)
            decisions = select(DecisionRow.case_id, DecisionRow.number).where(DecisionRow.by == who.id)
            decided = {(case_id, number) for case_id, number in session.execute(decisions)}
            opinions = select(OpinionRow.case_id, OpinionRow.card_version).where(OpinionRow.by == who.id)
            given = {(case_id, version) for case_id, version in session.execute(opinions)}
            first = select(CaseVersion.case_id).where(CaseVersion.number == 1, CaseVersion.by == who.id)
            began = set(session.scalars(first))
            items = []
            for case, version, assigned in session.execute(query):
                is_taken = is_held(assigned, now) and who.id not in (assigned.reviewer, case.owner)
                has_decided = (case.id, case.number) in decided
                if is_taken or why_not(who, name, case, version, decided=has_decided, began=case.id in began):
                    continue
                mine = (assigned is not None and assigned.reviewer == who.id) or case.owner == who.id
                items.append(_item(case, version, mine, (case.id, case.card_version) in given))
        return sorted(items, key=lambda item: not (item.mine or item.has_opinion))  # Stable: the oldest first.

    def take(self, who: Actor, case_id: str) -> None:
        """Keep a case for oneself for :data:`HELD_FOR`, so that two do not review it at once by chance."""
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            must_be_reviewer(work.session, who, case, work.now)
            _assign(work.session, case, who.id, who.id, work.now)
            work.record("take", subject(case), "to review it")

    def assign(self, who: Actor, case_id: str, reviewer: str, reason: str) -> None:
        """Give a case to a reviewer, whoever has it now; for administrators."""
        who.must_have(Role.ADMINISTRATOR)
        reason = clean_text(reason, "reason")
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            person = work.session.get(PersonRow, reviewer)
            if person is None:
                raise NotAllowed("nobody of this id has signed in yet", "let the reviewer sign in once")
            chosen = Actor(person.id, person.name, frozenset(Role(role) for role in person.roles))
            _refuse(work.session, chosen, case)
            _assign(work.session, case, reviewer, who.id, work.now)
            work.record("assign", subject(case), reason, to=reviewer)

    def give_back(self, who: Actor, case_id: str) -> None:
        """Let others have a case that one has taken; administrators: that anybody has taken."""
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            held = work.session.get(AssignmentRow, case_id)
            if held is None or not (held.reviewer == who.id or who.has(Role.ADMINISTRATOR)):
                if case.state != CaseState.IN_REVIEW and not may_see_answer(work.session, who, case):
                    raise NotFound("case")
                raise Conflict("the case is not yours to give back")
            work.session.delete(held)
            work.record("give back", subject(case), "for another reviewer")


def must_be_reviewer(session: Session, who: Actor, case: CaseRow, now: datetime) -> None:
    """Refuse who may not review the case now, in words that do not tell its answer."""
    _refuse(session, who, case)
    held = session.get(AssignmentRow, case.id)
    if held is not None and is_held(held, now) and who.id not in (held.reviewer, case.owner):
        raise Conflict("another reviewer has taken this case", next_step="choose the next one in the queue")


def _refuse(session: Session, who: Actor, case: CaseRow) -> None:
    if case.state != CaseState.IN_REVIEW:
        if not may_see_answer(session, who, case):
            raise NotFound("case")
        raise Conflict("the case is not in review", next_step="look at the queue again")
    version = version_of(session, case)
    query = select(DecisionRow.id).where(
        DecisionRow.case_id == case.id, DecisionRow.number == case.number, DecisionRow.by == who.id
    )
    decided = session.scalar(query) is not None
    began = author_of(session, case) == who.id
    reason = why_not(who, name_of(session, who.id), case, version, decided=decided, began=began)
    if reason:
        raise NotAllowed(reason)


def why_not(who: Actor, name: str, case: CaseRow, version: CaseVersion, *, decided: bool, began: bool) -> str:
    """Why this person may not decide on the current version; "" where nothing is in the way.

    Nobody decides on a text of their own, nor twice on one text.  Owners decide on edits of their case only;
    who wrote it first, and has it no more, not at all.

    Parameters
    ----------
    decided : the person has decided on this version
    began : the person wrote the case's first text
    """
    if version.by == who.id:
        return "nobody approves their own text: another clinician has to decide on it"
    if decided:
        return "you have decided on this version already: another clinician has the next word"
    if case.owner == who.id:
        return "" if case.stage != Stage.FIRST else "nobody approves their own case"
    if began:
        return "nobody approves their own case: you wrote it first"
    if not who.has(Role.REVIEWER):
        return "this needs the role reviewer"
    is_named = str(version.record.get("author", "")).strip().casefold() == name.casefold()
    return "nobody approves their own case: it names you as its author" if is_named else ""


def is_held(held: AssignmentRow | None, now: datetime) -> bool:
    """Whether the case is still kept for whoever took it."""
    return held is not None and now - held.at < HELD_FOR


def _assign(session: Session, case: CaseRow, reviewer: str, by: str, now: datetime) -> None:
    held = session.get(AssignmentRow, case.id)
    if held is None:
        session.add(AssignmentRow(case_id=case.id, reviewer=reviewer, by=by, at=now))
    else:
        held.reviewer, held.by, held.at = reviewer, by, now


def _item(case: CaseRow, version: CaseVersion, mine: bool, has_opinion: bool) -> QueueItem:
    from ..card import Patient

    patient = Patient.model_validate(version.record.get("patient", {}))
    assert case.submitted_at is not None
    return QueueItem(
        case.id, case.number, Stage(case.stage), case.submitted_at, mine, has_opinion,
        patient.age_years, patient.sex, str(version.record.get("complaint", "")),
    )  # fmt: skip

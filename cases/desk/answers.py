"""The expected answer, fixed by the author before the model's interview is shown; and changes of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError, Severity

from ..card import Card
from .actors import Actor, Role
from .case_access import draft_card, find_case, must_be_current, own_case, subject, version_of, view
from .checking import Checker
from .shapes import CaseView
from .store import Store
from .tables import AuditRow, CaseRow, CaseVersion

FIX = "fix answer"
"""The word of the trail."""


class Answers:
    """Which expected answers stood before their authors saw what the model does."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check

    def fix(self, who: Actor, case_id: str, expected: int) -> CaseView:
        """Write into the trail that the answer of version ``expected`` is its author's; once for each answer.

        Raises
        ------
        NotFound
            There is no such case, or it is somebody else's.
        Conflict
            Another text was saved meanwhile.
        InputError
            The case makes no card yet.
        """
        who.must_have(Role.CLINICIAN)
        with self._store.write(who) as work:
            case = own_case(work.session, who, case_id)
            now = view(work.session, case, version_of(work.session, case), self._check)
            must_be_current(case, expected, now)
            if now.card is None:
                raise InputError([one for one in now.problems if one.severity is not Severity.WARN])
            answer = answer_of(now.card)
            if answer not in fixed_answers(work.session, case):
                work.record(FIX, subject(case), "before the preview is shown", version=case.number, **answer)
            return now

    def may_preview(self, who: Actor, case: CaseView) -> bool:
        """Whether this person may see the model's interview of a case that they may read and that makes a card.

        Its owner only once this very answer is fixed; nobody else has an answer of it that could be swayed.
        """
        if case.card is None or case.owner != who.id:
            return case.card is not None
        with self._store.read() as session:
            return answer_of(case.card) in fixed_answers(session, find_case(session, case.id))


def answer_of(card: Card) -> dict[str, Any]:
    """What the author expects, as the trail holds it; the order in which conditions are listed says nothing."""
    expected = card.expected
    return {
        "condition": expected.condition,
        "acceptable": sorted(expected.acceptable),
        "must_not_miss": sorted(expected.must_not_miss),
        "triage": None if expected.triage is None else list(expected.triage),
    }


def fixed_answers(session: Session, case: CaseRow) -> list[dict[str, Any]]:
    """Every answer that the case's present owner has fixed, the oldest first."""
    query = (
        select(AuditRow.details)
        .where(AuditRow.subject == subject(case), AuditRow.what == FIX, AuditRow.who == case.owner)
        .order_by(AuditRow.seq)
    )
    return [{name: value for name, value in one.items() if name != "version"} for one in session.scalars(query)]


def since_preview(
    session: Session, case: CaseRow, before: Mapping[str, Any], after: CaseVersion, check: Checker
) -> dict[str, Any]:
    """What the trail says of a text that changes the answer after its author has seen the preview; {} otherwise.

    ``before`` : the record of the version that ``after`` follows
    """
    if before.get("expected") == after.record.get("expected") or not fixed_answers(session, case):
        return {}
    old = CaseVersion(record=dict(before), card_version=after.card_version)
    cards = [draft_card(session, case, version)[0] for version in (old, after)]
    was, now = (card and answer_of(check.in_ids(card)) for card in cards)
    return {} if was == now else {"answer": "changed after the preview"}

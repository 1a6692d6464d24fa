"""Reading the trail."""

from __future__ import annotations

from sqlalchemy import select

from model.errors import InputError, Problem
from model.words import nearest

from .actors import Actor, Role
from .audit import entries_of
from .case_access import find_case, may_see_answer
from .errors import NotFound
from .shapes import AuditEntry
from .store import Store
from .tables import AuditHead, CaseRow
from .telling import told, told_until
from .verification import check_noted, check_trail


class Trail:
    """What has happened, for who may know."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_case(self, who: Actor, case_id: str) -> list[AuditEntry]:
        """Everything that happened to a case, for those who may see its answer (reasons may name it).

        Owners are not told what reviewers say while the review runs.
        """
        with self._store.read() as session:
            case = find_case(session, case_id)
            if not may_see_answer(session, who, case):
                raise NotFound("case")
            return told(entries_of(session, f"case:{case_id}"), who, told_until(session, who, case))

    def named(self, who: Actor, case: str) -> list[AuditEntry]:
        """Everything that happened to a case, by its id in the desk or its card's; for administrators."""
        who.must_have(Role.ADMINISTRATOR)
        query = select(CaseRow.id).where((CaseRow.id == case) | (CaseRow.card_id == case))
        with self._store.read() as session:
            case_id = session.scalar(query)
            if case_id is None:
                known = session.scalars(select(CaseRow.card_id).order_by(CaseRow.card_id)).all()
                raise InputError.single(
                    "E-NO-CASE",
                    "the desk",
                    f"no case {case!r}",
                    expected="a case's id",
                    suggestions=nearest(case, known),
                )
            return entries_of(session, f"case:{case_id}")

    def all(self, who: Actor) -> list[AuditEntry]:
        """Everything, in order; for administrators."""
        who.must_have(Role.ADMINISTRATOR)
        with self._store.read() as session:
            return entries_of(session)

    def check(self, who: Actor, noted: str = "") -> list[Problem]:
        """What shows that the database was changed behind the desk's back; nothing if it was not.

        Parameters
        ----------
        noted
            An :meth:`end` that was noted elsewhere: who can write to the database can chain a whole trail anew,
            and cannot make it lead through that.
        """
        who.must_have(Role.ADMINISTRATOR)
        with self._store.read() as session:
            return [*check_trail(session), *(check_noted(session, noted) if noted else ())]

    def end(self, who: Actor) -> str:
        """Number and hash of the last entry, to be noted outside of the database: ``17:3f…``."""
        who.must_have(Role.ADMINISTRATOR)
        with self._store.read() as session:
            head = session.scalars(select(AuditHead)).one()
            return f"{head.seq}:{head.hash}"

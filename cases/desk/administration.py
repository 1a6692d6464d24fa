"""What administrators see of everybody's cases, to hand them over when somebody leaves: never a text."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from .actors import Actor, Role
from .case_access import summary
from .errors import NotFound
from .shapes import CaseState, CaseSummary
from .store import Store
from .tables import CaseRow, PersonRow


class Administration:
    """Whose cases there are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self, who: Actor) -> dict[str, int]:
        """Owner to number of cases, without what was withdrawn."""
        who.must_have(Role.ADMINISTRATOR)
        query = select(CaseRow.owner, func.count()).where(CaseRow.state != CaseState.WITHDRAWN.value)
        with self._store.read() as session:
            return dict(session.execute(query.group_by(CaseRow.owner)).all())

    def owned(self, who: Actor, owner: str) -> list[CaseSummary]:
        """The cases of one person, the last changed first.

        The id of a card may name its answer: an administrator who reviews as well is told it only where the
        case is accepted, and it is "" where it is not.
        """
        who.must_have(Role.ADMINISTRATOR)
        query = select(CaseRow).where(CaseRow.owner == owner, CaseRow.state != CaseState.WITHDRAWN.value)
        with self._store.read() as session:
            if session.get(PersonRow, owner) is None:
                raise NotFound("person")
            found = [summary(session, case) for case in session.scalars(query.order_by(CaseRow.changed_at.desc()))]
        if not who.has(Role.REVIEWER):
            return found
        return [one if one.state is CaseState.ACCEPTED else replace(one, card_id="") for one in found]

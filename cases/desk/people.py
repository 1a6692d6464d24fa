"""Who has signed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from .actors import Actor, Role
from .store import Store, remember
from .tables import PersonRow
from .wording import clean_text


class People:
    """The persons that the desk knows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sign_in(self, person_id: str, name: str, roles: Iterable[Role | str]) -> Actor:
        """The person under a name that nobody else has, with these roles from now on.

        Raises
        ------
        InputError
            Id or name is blank, too long, or holds what no text may hold.
        """
        person_id = clean_text(person_id, "sign-in › id", most=500)
        name = clean_text(name, "sign-in › name", most=200)
        who = Actor(person_id, name, frozenset(Role(role) for role in roles))
        with self._store.read() as session:
            row = session.get(PersonRow, person_id)
            if row is not None and row.roles == sorted(who.roles):
                return replace(who, name=row.name)
        with self._store.write(who) as work:
            known = remember(work.session, who)
            why = "signed in for the first time" if row is None else "has other roles than before"
            work.record("sign in", f"person:{person_id}", why, roles=sorted(who.roles), name=known.name)
            return replace(who, name=known.name)

    def names(self) -> dict[str, str]:
        """Id to name of everybody."""
        with self._store.read() as session:
            return {row.id: row.name for row in session.scalars(select(PersonRow))}

    def all(self, who: Actor) -> list[Actor]:
        """Everybody, by name; for administrators, who assign reviews."""
        who.must_have(Role.ADMINISTRATOR)
        with self._store.read() as session:
            rows = session.scalars(select(PersonRow).order_by(PersonRow.name)).all()
            return [Actor(row.id, row.name, frozenset(Role(role) for role in row.roles)) for row in rows]

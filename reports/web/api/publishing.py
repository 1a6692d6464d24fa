"""Accepted cases on their way to a pull request; the people; the trail."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from cases.desk import Role
from cases.desk.shapes import AuditEntry, Publication

from ..access import Who, Work, allow, guarded_router
from ..problems import ProblemItem, responses
from . import PREFIX
from .parameters import Input

router = guarded_router(PREFIX, tags=["publishing"], responses=responses(401, 403, 422, 429))


class NewPublication(Input):
    """A branch to be made; done twice, the second time finds its own branch."""

    branch: Annotated[str, Field(min_length=1, max_length=200)]


class Person(BaseModel):
    """Somebody who has signed in."""

    id: str
    name: str
    roles: list[Role]


@router.post("/publications", status_code=201)
@allow(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def publish(new: NewPublication, who: Who, work: Work) -> Publication:
    """One commit with all accepted cases, on a new branch of the server's repository."""
    settings = work.settings
    made: Publication = work.desk.publishing.publish(who, settings.repository, new.branch, corpus=settings.corpus)
    return made


@router.get("/publications")
@allow(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def publications(who: Who, work: Work) -> list[AuditEntry]:
    """What was published, the last first."""
    return list(work.desk.publishing.past(who))


@router.get("/people")
@allow(Role.ADMINISTRATOR)
def people(who: Who, work: Work) -> list[Person]:
    """Everybody who has signed in, by name."""
    return [Person(id=one.id, name=one.name, roles=sorted(one.roles)) for one in work.desk.people.all(who)]


@router.get("/trail/check")
@allow(Role.ADMINISTRATOR)
def check_trail(who: Who, work: Work) -> list[ProblemItem]:
    """What shows that the database was changed behind the desk's back; nothing if it was not."""
    return [ProblemItem.of(problem) for problem in work.desk.trail.check(who)]

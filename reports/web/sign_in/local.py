"""Local mode: one chooses whom to be, to try everything out alone; never reachable from another machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from ..access import Work, guarded_router, public, visitor_of
from ..pages.rendering import render
from ..problems import Refusal
from .going_on import own_page

router = guarded_router(include_in_schema=False)


@router.get("/sign-in")
@public
def choose(request: Request, work: Work, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """The persons whom one can be."""
    people = list(enumerate(work.settings.local_people))
    return render(request, "sign_in.html.j2", {"people": people, "next": own_page(next)}, needs_session=True)


@router.post("/sign-in")
@public
def become(
    request: Request, work: Work, person: Annotated[int, Form()], next: Annotated[str, Form(max_length=500)] = "/"
) -> Response:
    """Become one of them, in a new session."""
    work.count_sign_in(request)
    target, people = own_page(next), work.settings.local_people
    if not 0 <= person < len(people):
        raise Refusal(400, "E-PERSON", "There is no such person.", "choose one of the list")
    chosen = people[person]
    who = work.desk.people.sign_in(chosen.id, chosen.name, chosen.roles)
    answer = RedirectResponse(target, 303)
    before = visitor_of(request).session
    if before is not None:
        work.sessions.end(before)
    work.sessions.start(answer, who)
    return answer

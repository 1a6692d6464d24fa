"""Signing out."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from ..access import Work, guarded_router, signed_in, visitor_of

router = guarded_router(include_in_schema=False)


@router.post("/sign-out")
@signed_in
async def leave(request: Request, work: Work) -> Response:
    """End the session, here and for every copy of its cookie."""
    # An identity provider would sign in again at once.
    answer = RedirectResponse("/sign-in" if work.settings.is_local else "/signed-out", 303)
    session = visitor_of(request).session
    if session is not None:
        work.sessions.end(session)
    work.sessions.forget(answer)
    return answer

"""Who one is, and what the API is."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from cases.desk import Role

from ..access import Who, Work, guarded_router, public, signed_in, visitor_of
from ..problems import responses
from . import PREFIX

router = guarded_router(PREFIX, tags=["me"])


class Me(BaseModel):
    """The person who is signed in."""

    id: str
    name: str
    roles: list[Role]
    csrf_token: str
    """To be sent as ``X-CSRF-Token`` with every request that changes something."""


@router.get("/me", responses=responses(401))
@signed_in
async def me(request: Request, who: Who, work: Work) -> Me:
    """The person whom the cookie stands for, and the token that changing requests carry."""
    session = visitor_of(request).session
    assert session is not None
    return Me(id=who.id, name=who.name, roles=sorted(who.roles), csrf_token=work.sessions.csrf_token(session))


@router.get("/openapi.json", include_in_schema=False)
@public
async def openapi(request: Request) -> JSONResponse:
    """This API's description."""
    described: dict[str, Any] = request.app.openapi()
    return JSONResponse(described)

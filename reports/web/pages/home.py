"""The first page."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from ..access import guarded_router, signed_in
from .rendering import render

router = guarded_router(include_in_schema=False)


@router.get("/")
@signed_in
def home(request: Request) -> Response:
    """What there is to do for this person."""
    return render(request, "home.html.j2")

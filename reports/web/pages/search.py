"""The words that a field of the form proposes while somebody types."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from ..access import EVERY_ROLE, Work, allow, guarded_router
from ..search import KINDS, LONGEST_QUERY
from .rendering import render

router = guarded_router(include_in_schema=False)
MOST = 8


@router.get("/words")
@allow(*EVERY_ROLE)
def words(
    request: Request,
    work: Work,
    kind: Annotated[str, Query(max_length=20)],
    q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
) -> Response:
    """The terms of one kind that the words may mean, as options of a list."""
    hits = work.vocabulary(q, [kind], MOST) if kind in KINDS else []
    return render(request, "case/options.html.j2", {"hits": hits, "q": q})

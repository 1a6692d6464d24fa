"""The first page: what there is to do for this person."""

from __future__ import annotations

from collections import Counter

from fastapi import Request
from starlette.responses import Response

from cases.desk.shapes import CaseState, RowState, UploadState

from ..access import Role, Services, Who, Work, guarded_router, signed_in
from .forms import new_key
from .rendering import render

router = guarded_router(include_in_schema=False)
_OPEN_ROWS = (RowState.READY, RowState.WAITING, RowState.HELD)


@router.get("/")
@signed_in
def home(request: Request, who: Who, work: Work) -> Response:
    """What waits for this person, the most pressing first."""
    context = {
        "own": _own(who, work) if who.has(Role.CLINICIAN) else None,
        "queue": work.desk.queue.waiting(who) if who.has(Role.REVIEWER, Role.CLINICIAN) else [],
        "n_accepted": len(work.desk.drafts.accepted(who)) if who.roles else 0,
        "key": new_key(),
    }
    return render(request, "home.html.j2", context)


def _own(who: Who, work: Services) -> dict[str, object]:
    cases = work.desk.drafts.mine(who)
    states = Counter(one.state for one in cases)
    uploads = [
        one
        for one in work.desk.uploads.mine(who)
        if one.state is not UploadState.ERASED and any(one.rows.get(state) for state in _OPEN_ROWS)
    ]
    return {
        "n_drafts": states[CaseState.DRAFT],
        "n_rejected": states[CaseState.REJECTED],
        "n_in_review": states[CaseState.IN_REVIEW],
        "n_accepted": states[CaseState.ACCEPTED],
        "n_all": len(cases) - states[CaseState.WITHDRAWN],
        "uploads": uploads,
    }

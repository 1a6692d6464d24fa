"""Accepted cases on their way to git."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import Response

from cases.desk.shapes import Publication
from model.errors import InputError

from ..access import Role, Services, Who, Work, allow, guarded_router
from .forms import Form, text
from .rendering import render

router = guarded_router(prefix="/publish", include_in_schema=False)


@router.get("")
@allow(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def publish_form(request: Request, who: Who, work: Work) -> Response:
    """What would be published, and under which name."""
    return render(request, "publish.html.j2", _context(who, work))


@router.post("")
@allow(Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def publish(request: Request, who: Who, work: Work, form: Form) -> Response:
    """Make the branch; done twice, the second time finds it."""
    settings, branch = work.settings, text(form, "branch")
    try:
        done = work.desk.publishing.publish(who, settings.repository, branch, corpus=settings.corpus)
    except InputError as error:
        context = _context(who, work) | {"branch": branch, "problems": error.problems}
        return render(request, "publish.html.j2", context, status_code=422)
    return render(request, "publish.html.j2", _context(who, work, done) | {"branch": branch})


def _context(who: Who, work: Services, done: Publication | None = None) -> dict[str, Any]:
    return {
        "cards": work.desk.publishing.cards(who),
        "past": work.desk.publishing.past(who),
        "corpus": work.settings.corpus,
        "branch": f"cases-{datetime.now(UTC):%Y-%m-%d}",
        "done": done,
        "problems": (),
    }

"""A template as an answer: what every page knows of its visitor, and the parts that HTMX asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from reports.html.environment import environment

from ..access import Visitor, identify, services_of
from ..problems import Refusal
from . import words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent.parent / "templates"


@cache
def templates() -> Environment:
    """Our templates before those of the HTML report, whose components they may import."""
    made = environment(TEMPLATES)
    made.filters |= words.FILTERS
    made.globals |= words.GLOBALS
    return made


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    needs_session: bool = False,
) -> HTMLResponse:
    """The page.

    Every template knows ``who`` (the :class:`~cases.desk.Actor`, or None), ``csrf_token``, ``is_local``,
    ``path`` and ``is_part`` (HTMX asks for a part of the page); autoescaping is on, and a name that is not
    given is an error.

    Parameters
    ----------
    needs_session
        Start an anonymous session where there is none, so that the page's form has a token.
    """
    services = services_of(request)
    visitor = getattr(request.state, "visitor", None) or _visitor_of_no_route(request)
    answer = HTMLResponse(status_code=status_code, headers=dict(headers or {}))
    session = visitor.session
    if session is None and needs_session:
        session = services.sessions.start(answer)
    page = templates().get_template(template).render(
        who=visitor.who,
        csrf_token="" if session is None else services.sessions.csrf_token(session),
        is_local=services.settings.is_local,
        path=request.url.path,
        is_part="hx-request" in request.headers,
        **(context or {}),
    )  # fmt: skip
    answer.body = page.encode("utf-8", "replace")
    answer.headers["content-length"] = str(len(answer.body))
    return answer


def _visitor_of_no_route(request: Request) -> Visitor:
    """Who asks for an address that nothing answers: they are as much signed in as before."""
    try:
        return identify(request, services_of(request))
    except Refusal:
        return Visitor()

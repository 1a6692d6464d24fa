"""A refusal as an answer: problem+json for programs, a page in plain words for people."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from model.errors import ClinvalError

from .problems import as_json, details_of
from .sign_in.going_on import is_own_page

SIGN_IN = "/sign-in"
NOBODY = "E-SIGN-IN"
"""The code of a refusal that signing in answers; another 401 would only come back."""


def is_api(request: Request) -> bool:
    """Whether a program asks: everything under ``/api`` and whoever does not want HTML."""
    if request.url.path.startswith(("/api/", "/health/")):
        return True
    # HTMX asks for any type, and means a part of a page.
    is_page = "hx-request" in request.headers or "text/html" in request.headers.get("accept", "text/html")
    return not is_page


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a request that ended with ``error``."""
    details = details_of(error)
    headers = dict(getattr(error, "headers", None) or {})
    if is_api(request):
        return as_json(details, headers)
    if details.code == NOBODY:
        return _to_sign_in(request, headers)
    from .pages.rendering import render

    context = {"problem": details, "request_id": request.scope.get("state", {}).get("request_id", "")}
    return await run_in_threadpool(
        render, request, "error.html.j2", context, status_code=details.status, headers=headers
    )


def _to_sign_in(request: Request, headers: dict[str, str]) -> Response:
    """To the sign-in page, and back afterwards; a page that is only asked for a part goes there as a whole."""
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={**headers, "HX-Redirect": SIGN_IN})
    came_from = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"{SIGN_IN}?next={quote(came_from, safe='/')}" if is_own_page(came_from) else SIGN_IN, 303)


def install(app: FastAPI) -> None:
    """Answer every expected error of ``app`` so."""
    for kind in (HTTPException, RequestValidationError, ClinvalError, ClientDisconnect):
        app.add_exception_handler(kind, refused)

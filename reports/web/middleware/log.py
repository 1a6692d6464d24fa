"""One line a request, and the last resort: nothing that anybody typed reaches a log (catalogue 102, 108).

A line has the route's template, never the address; of its parameters only those that look like an id of ours.
An unexpected error is logged with its type and the places it passed through, without its message, which may
quote a case.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
import traceback
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..refusals import refused

LOGGER = logging.getLogger("clinval.web")
REQUEST_ID = "X-Request-ID"
_OWN_ID = re.compile(r"[0-9a-f]{8,64}|[0-9]{1,9}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AccessLog:
    """Inside the headers, which go on every answer, and outside of all else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, started = secrets.token_hex(8), time.monotonic()
        scope.setdefault("state", {})["request_id"] = number
        status = 0

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)[REQUEST_ID] = number
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        except Exception as error:
            LOGGER.error("%s failed: %s", number, _places(error))
            if not status:
                answer = await refused(Request(scope, receive), error)
                await answer(scope, receive, send_counted)
        finally:
            milliseconds = round(1000 * (time.monotonic() - started))
            LOGGER.info("%s %s %s %d %d ms", number, _method(scope), _route(scope), status, milliseconds)


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in _METHODS else "OTHER"


def _route(scope: Scope) -> str:
    """``/api/v1/cases/{case_id} case_id=3f…``; ``-`` where no route of ours was meant."""
    endpoint: Any = scope.get("route")
    template = getattr(endpoint, "path", None)
    if not isinstance(template, str):
        return "-"
    parameters = scope.get("path_params", {})
    ids = [f"{name}={value}" for name, value in parameters.items() if _OWN_ID.fullmatch(str(value))]
    return " ".join((template, *ids))


def _places(error: BaseException) -> str:
    """Type and places, innermost last, as one line."""
    frames = traceback.extract_tb(error.__traceback__)
    cause = error.__cause__ or error.__context__
    own = f"{type(error).__name__} at " + " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-12:])
    return own if cause is None else f"{own}; from {_places(cause)}"

"""Reading a request's body: no more than allowed, and no slower; nothing is kept here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from ..problems import Refusal
from ..settings import MIB, BodyLimits

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSE = {"Connection": "close"}
"""The rest of a body that nobody reads must not be taken for the next request."""


def paced(
    scope: Scope, receive: Receive, limits: BodyLimits, most_bytes: int, now: Callable[[], float] = time.monotonic
) -> Receive:
    """``receive`` that counts what comes and how long it takes.

    Raises (when it is awaited)
    ---------------------------
    Refusal
        413 as soon as there is more than ``most_bytes``, or the header announces more (catalogue 93); 408 for a
        pause longer than ``idle_seconds``, or a body that trickles (94).
    """
    started, n_bytes = now(), 0
    announced = Headers(scope=scope).get("content-length", "0")

    async def receive_within_limits() -> Message:
        nonlocal n_bytes
        if announced.isdecimal() and int(announced) > most_bytes:
            raise _too_large(most_bytes)
        try:
            message = await asyncio.wait_for(receive(), limits.idle_seconds)
        except TimeoutError:
            raise _too_slow() from None
        if message["type"] == "http.request":
            n_bytes += len(message.get("body", b""))
            if n_bytes > most_bytes:
                raise _too_large(most_bytes)
            seconds = now() - started
            is_slow = n_bytes < limits.least_bytes_per_second * (seconds - limits.grace_seconds)
            if message.get("more_body", False) and is_slow:
                raise _too_slow()
        return message

    return receive_within_limits


def _too_large(most_bytes: int) -> Refusal:
    most = f"{most_bytes / MIB:,.0f} MB" if most_bytes >= MIB else f"{most_bytes:,} bytes"
    return Refusal(413, "E-TOO-LARGE", f"What was sent is larger than {most}.", "send it in several parts", _CLOSE)


def _too_slow() -> Refusal:
    detail = "The request stopped coming, or came too slowly."
    return Refusal(408, "E-TOO-SLOW", detail, "send it again; nothing was kept", _CLOSE)

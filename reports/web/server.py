"""The process that serves: uvicorn, with a limit on how slowly a request's headers may come."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from model.errors import InputError

from .app import create_app
from .middleware.log import LOGGER
from .settings import Settings

HEADER_SECONDS = 15.0
"""A connection that has not sent a whole request head by then is closed (catalogue 94)."""
MOST_CONNECTIONS = 1000
BACKLOG = 2048


class PatientForAWhile(H11Protocol):
    """HTTP/1.1 that hangs up on who opens a connection and never says what for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection: the time for its first request runs."""
        super().connection_made(transport)
        self._hang_up = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._hang_up.cancel()
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        """No request head yet; later ones of the connection are under uvicorn's keep-alive timeout."""
        if self.scope is None:
            self.transport.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises
    ------
    InputError
        The address is in use, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError.single(
            "E-ADDRESS", f"{host}:{port}", getattr(error, "strerror", None) or "no address of this machine",
            expected="a free port of this machine", next_step="choose another with --port, or end what listens there",
        ) from None  # fmt: skip
    listening.listen(BACKLOG)
    return listening


def configured(app: FastAPI, proxy: str = "") -> uvicorn.Config:
    """uvicorn as we want it; ``proxy`` : whose X-Forwarded headers are believed, nobody's by default."""
    return uvicorn.Config(
        app,
        http=PatientForAWhile,
        ws="none",
        log_config=None,
        access_log=False,  # Its lines would hold addresses; ours hold templates (middleware.log).
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=20,
    )


def run(settings: Settings, listening: socket.socket, *, proxy: str, announce: Callable[[], None]) -> None:
    """Serve until somebody ends it; ``announce`` is called once requests are answered."""
    log_to_stderr()
    Announced(configured(create_app(settings), proxy), announce).run(sockets=[listening])


class Announced(uvicorn.Server):
    """A server that says when it is there."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> Any:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def log_to_stderr() -> None:
    """Our lines, and uvicorn's warnings, with the time."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for logger, level in ((LOGGER, logging.INFO), (logging.getLogger("uvicorn.error"), logging.WARNING)):
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False

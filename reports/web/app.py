"""``create_app``: settings in, application out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from cases.desk import Desk

from . import health, refusals
from .api import API, api_routers
from .api.description import accesses_of, describe
from .middleware.headers import RefusedByHeader, SecurityHeaders
from .middleware.log import AccessLog
from .pages import routers as page_routers
from .services import Services
from .settings import Settings
from .sign_in import sign_in_routers

HERE = Path(__file__).parent
STATIC = {
    "/static/report": HERE.parent / "html" / "assets",
    "/static/vendor/htmx": HERE / "node_modules" / "htmx.org" / "dist",
    "/static": HERE / "static",
}
"""Address to directory; the first that fits serves."""
THREADS = 100
"""Requests that wait for the database at the same time: a queue of writers must not keep readers out."""


def create_app(settings: Settings, desk: Desk | None = None) -> FastAPI:
    """The whole application; the database is brought to this program's form when the server starts.

    Parameters
    ----------
    desk : another desk than the one that the settings name; for tests

    Raises
    ------
    InputError
        The model or the cases that the settings name are not there.
    """
    services = Services(settings, desk)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        import anyio.to_thread

        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await anyio.to_thread.run_sync(services.desk.upgrade)
        yield
        await anyio.to_thread.run_sync(services.close)

    app = FastAPI(
        title="clinval",
        summary="Doctors' cases for a symptom checker: upload, review, preview, browse, interview.",
        version=API,
        openapi_url=None,  # Served by an endpoint of our own, which says who may read it.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders, settings=settings),
            Middleware(AccessLog),
            Middleware(RefusedByHeader, settings=settings),
        ],
    )
    app.state.services = services
    refusals.install(app)
    described = (health.router, *api_routers())
    for router in (*described, *sign_in_routers(settings), *page_routers()):
        app.include_router(router)
    accesses = accesses_of([route for router in described for route in router.routes])
    # As FastAPI's manual says; made when it is first asked for.
    app.openapi = cache(lambda: describe(app, settings, accesses))  # type: ignore[method-assign]
    for address, directory in STATIC.items():
        app.mount(address, StaticFiles(directory=directory, check_dir=False), name=address)
    return app

"""What people see.  A page is a module here with a ``router``, named in ``MODULES``:

    from ..access import Role, Who, Work, allow, guarded_router
    from .rendering import render

    router = guarded_router(include_in_schema=False)

    @router.get("/cases")
    @allow(Role.CLINICIAN)
    def my_cases(request: Request, who: Who, work: Work) -> Response:
        return render(request, "cases.html.j2", {"cases": work.desk.drafts.mine(who)})

Errors that the desk raises become a page by themselves (:mod:`reports.web.refusals`).
"""

from __future__ import annotations

from importlib import import_module

from fastapi import APIRouter

MODULES: tuple[str, ...] = (
    "home", "template", "uploads", "search", "alike", "preview", "cases", "reviews", "publish", "runs",
    "administration",
)  # fmt: skip
"""In the order in which their routes are tried."""


def routers() -> list[APIRouter]:
    """The routes of all pages."""
    return [import_module(f"{__name__}.{name}").router for name in MODULES]

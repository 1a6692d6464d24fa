"""The spreadsheet to fill in."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from ..access import EVERY_ROLE, Work, allow, guarded_router
from .rendering import render
from .uploads import XLSX

router = guarded_router(prefix="/template", include_in_schema=False)


@router.get("")
@allow(*EVERY_ROLE)
def template(request: Request, work: Work) -> Response:
    """What it is, and how to fill it in."""
    network = work.checker.network
    context = {
        "n_findings": len(network.findings), "n_conditions": len(network.conditions), "model": network.title
        if hasattr(network, "title") else network.name,
    }  # fmt: skip
    return render(request, "template.html.j2", context)


@router.get("/cases.xlsx")
@allow(*EVERY_ROLE)
def workbook(work: Work) -> Response:
    """With drop-downs of the model's own words."""
    from cases.template import template_xlsx

    return _file(template_xlsx(work.checker.network), "cases.xlsx", XLSX)


@router.get("/cases.csv")
@allow(*EVERY_ROLE)
def csv(work: Work) -> Response:
    """The same columns as plain text."""
    from cases.template import template_csv

    return _file(template_csv(work.checker.network), "cases.csv", "text/csv; charset=utf-8")


def _file(data: bytes, name: str, media_type: str) -> Response:
    return Response(data, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})

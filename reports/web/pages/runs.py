"""Runs and diffs, browsed with the components of the HTML report."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from reports.charts import javascript_bundle
from reports.data import ReportData
from reports.html.assets import as_json
from reports.html.figures import page_charts, trajectory_template
from reports.html.payload import compressed
from reports.html.sections import Sections

from ..access import EVERY_ROLE, Work, allow, guarded_router, public
from ..runs import diff_lines, diff_report, run_lines, run_report
from .rendering import render

router = guarded_router(include_in_schema=False)
A_DAY = "public, max-age=86400"


@router.get("/runs")
@allow(*EVERY_ROLE)
def runs(request: Request, work: Work) -> Response:
    """What has been run and compared, the last first."""
    place = work.settings.runs
    return render(request, "runs/list.html.j2", {"runs": run_lines(place), "diffs": diff_lines(place)})


@router.get("/runs/{key}")
@allow(*EVERY_ROLE)
def run(request: Request, work: Work, key: str) -> Response:
    """One run."""
    return _report(request, run_report(work.settings.runs, key))


@router.get("/diffs/{key}")
@allow(*EVERY_ROLE)
def diff(request: Request, work: Work, key: str) -> Response:
    """One diff."""
    return _report(request, diff_report(work.settings.runs, key))


@router.get("/static/vendor/charts.js")
@public
def charts() -> Response:
    """The chart library, out of the Python package that draws them for files as well."""
    return Response(javascript_bundle(), media_type="text/javascript", headers={"Cache-Control": A_DAY})


def _report(request: Request, data: ReportData) -> HTMLResponse:
    sections = Sections(data)
    specs = page_charts(data, sections)
    context: dict[str, Any] = {
        "data": data,
        "run": data.is_run,
        "sections": sections,
        "charts": {place: spec["description"] for place, spec in specs.items()},
        "pictures": {},
        "specs": as_json({**specs, "trajectory": trajectory_template(data)}),
        "payload": compressed(data, {}),
    }
    return render(request, "runs/report.html.j2", context)

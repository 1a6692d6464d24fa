"""Runs and diffs: browsed by people, posted by CI."""

from __future__ import annotations

import tempfile
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from reports.data import ReportData, to_json

from ..access import EVERY_ROLE, Body, Work, allow, guarded_router
from ..incoming_runs import receive_diff, receive_run
from ..problems import Refusal, responses
from ..runs import DiffLine, RunLine, diff_lines, diff_report, run_lines, run_report
from . import PREFIX
from .parameters import RunKey

router = guarded_router(PREFIX, tags=["runs"], responses=responses(401, 403, 422, 429))
TAR = "application/x-tar"
_IN_MEMORY = 1024 * 1024


def _body(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    """For OpenAPI: a body that we read by ourselves."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


@router.get("/runs")
@allow(*EVERY_ROLE)
def runs(work: Work) -> list[RunLine]:
    """Every run, the last first."""
    return run_lines(work.settings.runs)


@router.get("/runs/{key}", response_model=ReportData, responses=responses(404))
@allow(*EVERY_ROLE)
def run(key: RunKey, work: Work) -> Response:
    """All that a report on a run shows."""
    return Response(to_json(run_report(work.settings.runs, key)), media_type="application/json")


@router.get("/diffs")
@allow(*EVERY_ROLE)
def diffs(work: Work) -> list[DiffLine]:
    """Every saved diff, the last first."""
    return diff_lines(work.settings.runs)


@router.get("/diffs/{key}", response_model=ReportData, responses=responses(404))
@allow(*EVERY_ROLE)
def diff(key: RunKey, work: Work) -> Response:
    """All that a report on a diff shows."""
    return Response(to_json(diff_report(work.settings.runs, key)), media_type="application/json")


@router.post(
    "/runs",
    status_code=201,
    responses=responses(408, 413, 415),
    openapi_extra=_body(TAR, {"type": "string", "format": "binary"}),
)
@allow(ci=True, body=Body.RUN)
async def post_run(request: Request, work: Work) -> RunLine:
    """Add a run that CI made: ``tar -cf - -C runs/<key> . | curl --data-binary @- …``; verified before it is shown.

    The same run again is the same run: its name follows from what is in it.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TAR:
        raise Refusal(415, "E-CONTENT-TYPE", "A run is posted as a tar archive.", f"send it as {TAR}")
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        async for chunk in request.stream():
            await run_in_threadpool(spool.write, chunk)
        spool.seek(0)
        return await run_in_threadpool(receive_run, work.settings.runs, spool)


@router.post(
    "/diffs",
    status_code=201,
    responses=responses(408, 413),
    openapi_extra=_body("application/json", {"type": "object"}),
)
@allow(ci=True, body=Body.UPLOAD)
async def post_diff(request: Request, work: Work) -> DiffLine:
    """Add a ``diff.json`` whose two runs were posted before."""
    return await run_in_threadpool(receive_diff, work.settings.runs, await request.body())

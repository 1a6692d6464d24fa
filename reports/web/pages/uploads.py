"""A file of cases on its way in: sent, checked, mended cell by cell, taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, BinaryIO

from fastapi import Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from cases.desk.repeats import RepeatKey, repeat_key
from cases.desk.shapes import RowState, RowView, UploadState, UploadView
from cases.desk.uploads import STATEMENT
from model.errors import InputError

from ..access import Body, Role, Who, Work, allow, guarded_router
from .form_view import names_of
from .forms import Form, go, key_of, new_key, number, text
from .rendering import render

router = guarded_router(prefix="/uploads", include_in_schema=False)

PAGE = 25
"""Rows on one page."""
CHUNK = 2**16
TABS = {
    "waiting": (RowState.WAITING,),
    "held": (RowState.HELD,),
    "ready": (RowState.READY,),
    "taken": (RowState.TAKEN,),
    "dropped": (RowState.DROPPED,),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("")
@allow(Role.CLINICIAN)
def uploads(request: Request, who: Who, work: Work) -> Response:
    """The form for a file, and the files that were sent before."""
    context = {"uploads": work.desk.uploads.mine(who), "statement": STATEMENT, "key": new_key(), "problem": ""}
    return render(request, "upload/list.html.j2", context)


@router.post("")
@allow(Role.CLINICIAN, body=Body.UPLOAD)
def receive(request: Request, who: Who, work: Work, form: Form) -> Response:
    """Store the file, then check it; what is stored stays, whatever happens to the check."""
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return _again(request, who, work, "No file was chosen. Choose one, or drop it on the frame.")
    if not text(form, "no_identifiers"):
        return _again(
            request, who, work, "Look through the file, then tick the box that says that it identifies no patient."
        )
    received = work.desk.uploads.receive(who, sent.filename, _chunks(sent.file), no_identifiers=True, key=key_of(form))
    work.desk.rows.check(who, received.id)
    return go(f"/uploads/{received.id}")


@router.get("/{upload_id}")
@allow(Role.CLINICIAN)
def one(
    request: Request,
    who: Who,
    work: Work,
    upload_id: str,
    show: Annotated[str, Query(max_length=10)] = "",
    start: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:
    """What the check says of the file, and of each row."""
    upload = work.desk.uploads.get(who, upload_id)
    tab = show if show in TABS else next((name for name, states in TABS.items() if _count(upload, states)), "ready")
    rows = work.desk.rows.rows(who, upload_id, TABS[tab], start, PAGE + 1)
    context = {
        "upload": upload,
        "tab": tab,
        "tabs": [(name, _count(upload, states)) for name, states in TABS.items()],
        "rows": rows[:PAGE],
        "next_start": rows[PAGE].position if len(rows) > PAGE else None,
        "start": start,
        "n_open": _count(upload, (RowState.WAITING, RowState.HELD)),
        "n_ready": 0 if upload.state is UploadState.REFUSED else _count(upload, (RowState.READY,)),
        "key": new_key(),
        "names": names_of(work),
        "scopes": _scopes(rows[:PAGE]),
        "at_once": _at_once(work.desk.rows.repeats(who, upload_id) if tab in ("waiting", "ready") else {}),
    }
    return render(request, "upload/check.html.j2", context)


@router.post("/{upload_id}/check")
@allow(Role.CLINICIAN)
def check(who: Who, work: Work, upload_id: str) -> Response:
    """Check a file whose check was cut off."""
    work.desk.rows.check(who, upload_id)
    return go(f"/uploads/{upload_id}")


@router.post("/{upload_id}/confirm")
@allow(Role.CLINICIAN)
def confirm(who: Who, work: Work, upload_id: str, form: Form) -> Response:
    """Say yes to what the check asks: hidden rows, the encoding, a condition out of scope."""
    scope = [text(form, "out_of_scope")] if text(form, "out_of_scope") else []
    work.desk.rows.confirm(
        who, upload_id, number(form, "revision"), hidden=bool(text(form, "hidden")),
        encoding=text(form, "encoding") or None, out_of_scope=scope,
    )  # fmt: skip
    return _back(form, upload_id)


@router.post("/{upload_id}/rows/{position}/fix")
@allow(Role.CLINICIAN)
def fix(who: Who, work: Work, upload_id: str, position: int, form: Form) -> Response:
    """Take a proposal: ``PROBLEM FIX``, for this row; ``PROBLEM FIX all``, for every row that has the same."""
    problem, chosen, everywhere, *_ = [*text(form, "fix").split(" "), "", "", ""]
    asked = {"problem": problem, "fix": chosen}
    key = key_of(form)
    work.desk.rows.fix(
        who, upload_id, number(form, "revision"), position, number(asked, "problem"), number(asked, "fix"),
        everywhere=everywhere == "all", key=key and f"{key} {position} {problem} {chosen} {everywhere}"[:200],
    )  # fmt: skip
    return _back(form, upload_id)


@router.post("/{upload_id}/rows/{position}/edit")
@allow(Role.CLINICIAN)
def edit(who: Who, work: Work, upload_id: str, position: int, form: Form) -> Response:
    """Another text in a cell."""
    work.desk.rows.edit(who, upload_id, number(form, "revision"), position, text(form, "column"), text(form, "text"))
    return _back(form, upload_id)


@router.post("/{upload_id}/rows/{position}/override")
@allow(Role.CLINICIAN)
def override(who: Who, work: Work, upload_id: str, position: int, form: Form) -> Response:
    """A reason why a problem is none."""
    work.desk.rows.override(
        who, upload_id, number(form, "revision"), position, text(form, "code"), text(form, "reason")
    )
    return _back(form, upload_id)


@router.post("/{upload_id}/rows/{position}/drop")
@allow(Role.CLINICIAN)
def drop(who: Who, work: Work, upload_id: str, position: int, form: Form) -> Response:
    """Leave a row out, for a reason."""
    work.desk.rows.drop(who, upload_id, number(form, "revision"), [position], text(form, "reason"))
    return _back(form, upload_id)


@router.post("/{upload_id}/take")
@allow(Role.CLINICIAN)
def take(who: Who, work: Work, upload_id: str, form: Form) -> Response:
    """Make drafts of the ready rows; the others wait."""
    work.desk.rows.take(who, upload_id, number(form, "revision"), number(form, "count"), key=key_of(form))
    return go(f"/uploads/{upload_id}", show="taken")


@router.post("/{upload_id}/erase")
@allow(Role.CLINICIAN, Role.ADMINISTRATOR)
def erase(who: Who, work: Work, upload_id: str, form: Form) -> Response:
    """Delete a file that does identify somebody."""
    work.desk.uploads.erase(who, upload_id, text(form, "reason"))
    return go("/uploads")


@router.get("/{upload_id}/annotated")
@allow(Role.CLINICIAN)
def annotated(who: Who, work: Work, upload_id: str) -> Response:
    """The rows with what is wrong with each, to be mended in a spreadsheet."""
    upload = work.desk.uploads.get(who, upload_id)
    is_csv = upload.format == "csv"
    data = work.desk.rows.annotated(who, upload_id)
    name = f"checked-{upload_id[:8]}.{'csv' if is_csv else 'xlsx'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8" if is_csv else XLSX, headers=headers)


@router.get("/{upload_id}/rows/{position}/alike/{place}")
@allow(Role.CLINICIAN)
def alike(request: Request, who: Who, work: Work, upload_id: str, position: int, place: int) -> Response:
    """A row beside the case that it is like."""
    from .alike import compared, find_other

    found = work.desk.rows.rows(who, upload_id, start=position, most=1)
    row = found[0] if found and found[0].position == position else None
    problem = row.problems[place] if row is not None and 0 <= place < len(row.problems) else None
    if row is None or problem is None or not problem["other"] or row.record is None:
        raise InputError.single(
            "E-NO-ROW", "upload", "no such row, or one that is like no other", expected="a row of the page"
        )
    rows = work.desk.rows.rows(who, upload_id, most=10**6)
    other = find_other(problem["other"], who, work, [one.record for one in rows if one.position != position])
    context = {
        "upload": work.desk.uploads.get(who, upload_id), "row": row, "problem": problem,
        "pair": compared(row.record, other, names_of(work)), "is_row": True,
    }  # fmt: skip
    return render(request, "case/alike.html.j2", context)


def _again(request: Request, who: Who, work: Work, problem: str) -> Response:
    context = {"uploads": work.desk.uploads.mine(who), "statement": STATEMENT, "key": new_key(), "problem": problem}
    return render(request, "upload/list.html.j2", context, status_code=422)


def _back(form: Form, upload_id: str) -> Response:
    """To the page on which the button was."""
    tab, start = text(form, "show"), text(form, "start")
    return go(
        f"/uploads/{upload_id}", show=tab if tab in TABS else "",
        start=start if start.isdecimal() and start != "0" else "",
    )  # fmt: skip


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _count(upload: UploadView, states: tuple[RowState, ...]) -> int:
    return sum(upload.rows.get(state, 0) for state in states)


def _at_once(repeats: Mapping[RepeatKey, int]) -> Callable[[Any], list[tuple[int, int]]]:
    """Which proposals of a problem can be taken in many rows: their places among its fixes, and in how many."""

    def at_once(problem: Any) -> list[tuple[int, int]]:
        keys = [repeat_key(problem, fix) for fix in problem["fixes"]]
        return [(place, repeats[key]) for place, key in enumerate(keys) if key is not None and key in repeats]

    return at_once


def _scopes(rows: list[RowView]) -> dict[int, str]:
    """Row position to the condition, as the file writes it, that may be kept as out of scope."""
    return {
        row.position: row.cells.get(problem["column"] or "", "").strip()
        for row in rows
        for problem in row.problems
        if problem["confirm"] == "out_of_scope"
    }

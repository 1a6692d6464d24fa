"""Files: sent, checked, mended row by row, taken as drafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import File, Form, Query, Response, UploadFile
from pydantic import Field

from cases.desk import Role
from cases.desk.shapes import RowState, RowView, UploadView

from ..access import Body, Who, Work, allow, guarded_router
from ..problems import responses
from . import PREFIX
from .parameters import (
    LARGEST,
    IdempotencyKey,
    Input,
    Most,
    OptionalKey,
    Position,
    Reason,
    ShortText,
    Start,
    Text,
    UploadId,
    Version,
    tagged,
)

router = guarded_router(f"{PREFIX}/uploads", tags=["uploads"], responses=responses(401, 403, 422, 429))
CHUNK = 256 * 1024
CHANGES = responses(404, 409, 428)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Confirmation(Input):
    """What the sender says yes to."""

    hidden: bool = False
    """Hidden sheets, rows and columns are meant."""
    encoding: ShortText | None = None
    """Of a text file that is not UTF-8, as it was proposed."""
    out_of_scope: list[ShortText] = Field(default_factory=list, max_length=1000)
    """Expected conditions that the model is known to lack."""


class Fix(Input):
    """A proposal that is taken."""

    problem: int = Field(ge=0, le=LARGEST)
    """Position in the row's problems."""
    fix: int = Field(ge=0, le=LARGEST)
    """Position in that problem's fixes."""
    in_all_rows: bool = False
    """Also in every other ready or waiting row that has the same proposal, as one change."""


class Cell(Input):
    """Another text for a cell."""

    column: ShortText
    text: Text


class Override(Input):
    """Why one kind of problem does not apply."""

    code: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class Drop(Input):
    """Rows that are left out."""

    positions: list[Annotated[int, Field(ge=0, le=LARGEST)]] = Field(min_length=1, max_length=100_000)
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class Take(Input):
    """Accept the ready rows."""

    count: int = Field(ge=0, le=LARGEST)
    """How many one was told are ready: 482 of "accept 482 of 500"."""


class Erase(Input):
    """Delete a file for good."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Changed:
    """An upload and the row that was changed."""

    upload: UploadView
    row: RowView


@dataclass(frozen=True, slots=True)
class Taken:
    """An upload and the drafts that were made of its ready rows."""

    upload: UploadView
    cases: list[str]


@router.post("", status_code=201, responses=responses(400, 408, 413))
@allow(Role.CLINICIAN, body=Body.UPLOAD)
def send(
    who: Who,
    work: Work,
    response: Response,
    key: IdempotencyKey,
    file: Annotated[UploadFile, File(description="XLSX, CSV, JSON, JSONL, Phenopackets, TOML or Parquet.")],
    no_identifiers: Annotated[bool, Form(description="It holds nothing that identifies a patient.")] = False,
) -> UploadView:
    """Send a file.  When this answers, the file is kept; its rows are checked next."""
    name, data = file.filename or "", chunks(file.file)
    view: UploadView = work.desk.uploads.receive(who, name, data, no_identifiers=no_identifiers, key=key)
    tagged(response, view.revision)
    return view


@router.get("")
@allow(Role.CLINICIAN)
def mine(who: Who, work: Work) -> list[UploadView]:
    """One's own uploads, the last first."""
    return list(work.desk.uploads.mine(who))


@router.get("/{upload_id}", responses=responses(404))
@allow(Role.CLINICIAN)
def one(upload_id: UploadId, who: Who, work: Work, response: Response) -> UploadView:
    """One of one's own uploads."""
    return _tagged(response, work.desk.uploads.get(who, upload_id))


@router.post("/{upload_id}/check", responses=responses(404, 409))
@allow(Role.CLINICIAN)
def check(upload_id: UploadId, who: Who, work: Work, response: Response) -> UploadView:
    """Read the file and check every row; done once."""
    return _tagged(response, work.desk.rows.check(who, upload_id))


@router.post("/{upload_id}/confirm", responses=CHANGES)
@allow(Role.CLINICIAN)
def confirm(
    upload_id: UploadId, said: Confirmation, version: Version, who: Who, work: Work, response: Response
) -> UploadView:
    """Say yes to what the check asked."""
    view = work.desk.rows.confirm(
        who, upload_id, version, hidden=said.hidden, encoding=said.encoding, out_of_scope=said.out_of_scope
    )
    return _tagged(response, view)


@router.get("/{upload_id}/rows", responses=responses(404))
@allow(Role.CLINICIAN)
def rows(
    upload_id: UploadId,
    who: Who,
    work: Work,
    state: Annotated[list[RowState] | None, Query()] = None,
    start: Start = 0,
    most: Most = 100,
) -> list[RowView]:
    """Rows in the order of the file, each with all that is wrong with it and what can be put instead."""
    return list(work.desk.rows.rows(who, upload_id, state or (), start, most))


@router.post("/{upload_id}/rows/{position}/fix", responses=CHANGES)
@allow(Role.CLINICIAN)
def fix(
    upload_id: UploadId,
    position: Position,
    chosen: Fix,
    version: Version,
    who: Who,
    work: Work,
    response: Response,
    key: OptionalKey = None,
) -> Changed:
    """Take a proposal, in this row or in all that have the same."""
    changed = work.desk.rows.fix(
        who, upload_id, version, position, chosen.problem, chosen.fix, everywhere=chosen.in_all_rows, key=key
    )
    return _changed(response, changed)


@router.post("/{upload_id}/rows/{position}/edit", responses=CHANGES)
@allow(Role.CLINICIAN)
def edit(
    upload_id: UploadId, position: Position, cell: Cell, version: Version, who: Who, work: Work, response: Response
) -> Changed:
    """Put another text into a cell."""
    return _changed(response, work.desk.rows.edit(who, upload_id, version, position, cell.column, cell.text))


@router.post("/{upload_id}/rows/{position}/override", responses=CHANGES)
@allow(Role.CLINICIAN)
def override(
    upload_id: UploadId, position: Position, said: Override, version: Version, who: Who, work: Work, response: Response
) -> Changed:
    """Say why a problem does not apply to this case."""
    return _changed(response, work.desk.rows.override(who, upload_id, version, position, said.code, said.reason))


@router.post("/{upload_id}/drop", responses=CHANGES)
@allow(Role.CLINICIAN)
def drop(upload_id: UploadId, said: Drop, version: Version, who: Who, work: Work, response: Response) -> UploadView:
    """Leave rows out for good."""
    return _tagged(response, work.desk.rows.drop(who, upload_id, version, said.positions, said.reason))


@router.post("/{upload_id}/take", responses=CHANGES)
@allow(Role.CLINICIAN)
def take(
    upload_id: UploadId, said: Take, version: Version, key: IdempotencyKey, who: Who, work: Work, response: Response
) -> Taken:
    """Make drafts of the rows that are ready, while the others wait."""
    view, cases = work.desk.rows.take(who, upload_id, version, said.count, key=key)
    return Taken(_tagged(response, view), cases)


@router.post("/{upload_id}/erase", responses=responses(404))
@allow(Role.CLINICIAN, Role.ADMINISTRATOR)
def erase(upload_id: UploadId, said: Erase, who: Who, work: Work, response: Response) -> UploadView:
    """Delete the file's bytes and cells for good, because they identify somebody."""
    return _tagged(response, work.desk.uploads.erase(who, upload_id, said.reason))


@router.get(
    "/{upload_id}/annotated",
    response_class=Response,
    responses={200: {"content": {XLSX: {}, "text/csv": {}}}, **responses(404, 409)},
)
@allow(Role.CLINICIAN)
def annotated(upload_id: UploadId, who: Who, work: Work, csv: bool | None = None) -> Response:
    """The rows as they stand with a column that says what is wrong; ``csv`` chooses the format of the file."""
    view: UploadView = work.desk.uploads.get(who, upload_id)
    as_csv = view.format == "csv" if csv is None else csv
    data = work.desk.rows.annotated(who, upload_id, as_csv=as_csv)
    name = f"checked-{upload_id[:8]}.{'csv' if as_csv else 'xlsx'}"  # Never the sender's: catalogue 92.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8" if as_csv else XLSX, headers=headers)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file piece by piece."""
    while chunk := file.read(CHUNK):
        yield chunk


def _tagged(response: Response, view: UploadView) -> UploadView:
    tagged(response, view.revision)
    return view


def _changed(response: Response, changed: tuple[UploadView, RowView]) -> Changed:
    return Changed(_tagged(response, changed[0]), changed[1])

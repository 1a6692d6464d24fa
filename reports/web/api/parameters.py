"""Parameters that several endpoints have: ids, versions, keys; each refuses what no database should see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header, Path, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response

from ..problems import Refusal

LARGEST = 2**31 - 1
_ETAG = re.compile(r'"(\d{1,9})"')

CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Opaque: it tells nothing of the case.")]
UploadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
RunKey = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Position = Annotated[int, Path(ge=0, le=LARGEST, description="Of a row, from 0.")]

Text = Annotated[str, StringConstraints(max_length=10_000)]
ShortText = Annotated[str, StringConstraints(max_length=500)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]

_KEY = Header(
    alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
    description="Made up by the caller, once for each wish: the same request again gets the same answer.",
)  # fmt: skip
IdempotencyKey = Annotated[str, _KEY]
OptionalKey = Annotated[str | None, _KEY]


class Input(BaseModel):
    """A request's body: unknown fields are refused, so that a typing error never silently loses a wish."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def _version(
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=20, description='The ETag of what was looked at: "3".')
    ] = None,
) -> int:
    """The version or revision that a change was made for (catalogue 101)."""
    found = None if if_match is None else _ETAG.fullmatch(if_match)
    if found is None:
        detail = 'The header If-Match is missing or is no ETag of ours, such as "3".'
        raise Refusal(428, "E-IF-MATCH", detail, "read it again and send the ETag of the answer")
    return int(found[1])


if TYPE_CHECKING:
    Version = int
else:
    Version = Annotated[int, Depends(_version)]
    """A parameter: the version that the caller has looked at, from ``If-Match``."""


def tagged(response: Response, version: int) -> None:
    """Say which version the answer shows."""
    response.headers["ETag"] = f'"{version}"'


Start = Annotated[int, Query(ge=0, le=LARGEST)]
Most = Annotated[int, Query(ge=1, le=500)]

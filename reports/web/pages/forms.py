"""What pages with forms share: reading their fields, and going on to another page afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..problems import Refusal


async def _form_of(request: Request) -> FormData:
    """The fields of a form; the guard has read them already where they carry the token."""
    return await request.form(max_fields=5000, max_files=1)


if TYPE_CHECKING:
    Form = FormData
else:
    Form = Annotated[FormData, Depends(_form_of)]
    """A parameter of an endpoint: the fields that were sent."""


def new_key() -> str:
    """An idempotency key: a form that is sent twice carries the same one."""
    return secrets.token_urlsafe(18)


def text(form: Mapping[str, Any], name: str, default: str = "") -> str:
    """One field, without space at its edges."""
    value = form.get(name, default)
    return value.strip() if isinstance(value, str) else default


def number(form: Mapping[str, Any], name: str) -> int:
    """A whole number that our own page put into the form.

    Raises
    ------
    Refusal
        400: it is none.
    """
    value = text(form, name)
    if not value.isdecimal() or not value.isascii() or len(value) > 9:
        raise Refusal(400, "E-FIELD", f"The form's field “{name}” is not a whole number.", "reload the page")
    return int(value)


def key_of(form: Mapping[str, Any]) -> str | None:
    """The form's idempotency key."""
    return text(form, "key") or None


def go(address: str, **query: str | int) -> Response:
    """On to another page, which can be reloaded without sending the form again.

    ``query`` : words of our own; never text of a case (catalogue 108)
    """
    said = urlencode({name: value for name, value in query.items() if value != ""})
    return RedirectResponse(f"{address}?{said}" if said else address, 303)


def onward(request: Request, address: str) -> Response:
    """The same for a form that HTMX may have sent, which would take the other page for a part of this one."""
    return Response(headers={"HX-Redirect": address}) if "hx-request" in request.headers else go(address)

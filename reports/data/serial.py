"""``ReportData`` as JSON and back: equal data, equal bytes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .shapes import ReportData

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def _adapter() -> TypeAdapter[ReportData]:
    from pydantic import TypeAdapter

    return TypeAdapter(ReportData)


def to_json(data: ReportData, *, indent: int | None = None) -> bytes:
    """All of it, in the order of the fields."""
    return _adapter().dump_json(data, indent=indent)


def from_json(text: bytes | str) -> ReportData:
    """The inverse of :func:`to_json`; a pydantic ``ValidationError`` names what does not fit."""
    return _adapter().validate_json(text)

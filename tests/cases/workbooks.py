"""Workbooks as openpyxl writes them, and as somebody with a hex editor does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import openpyxl

LABELS = (
    "id",
    "author",
    "age",
    "age unit",
    "sex",
    "complaint",
    "present 1",
    "present 2",
    "absent 1",
    "expected condition",
)
GOOD = ("a-1", "JD", "23", "years", "female", "My belly hurts.", "rlq_pain", "nausea", "fever", "appendicitis")


def row(**changes: Any) -> list[Any]:
    """The faultless row with some cells replaced; ``age_unit`` stands for "age unit"."""
    named = {label.replace(" ", "_"): value for label, value in zip(LABELS, GOOD, strict=True)}
    assert set(changes) <= set(named), changes
    return list({**named, **changes}.values())


def workbook(
    rows: Sequence[Sequence[Any]], change: Callable[[Any], None] | None = None, labels: Sequence[Any] = LABELS
) -> bytes:
    """These rows on a sheet "Cases"; ``change`` is called with the workbook before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Cases"
    sheet.append(list(labels))
    for one in rows:
        sheet.append(list(one))
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(
    data: bytes,
    parts: Mapping[str, bytes] = MappingProxyType({}),
    replace: Mapping[str, tuple[bytes, bytes]] = MappingProxyType({}),
) -> bytes:
    """The archive with parts added, or with bytes of a part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in replace:
                before, after = replace[name]
                assert before in content, content[:500]
                content = content.replace(before, after, 1)
            new.writestr(name, content)
        for name, content in parts.items():
            new.writestr(name, content)
    return buffer.getvalue()

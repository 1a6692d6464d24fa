"""JSON in requests, read as strictly as JSON in files: a key that stands twice would lose a finding."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from cases.readers.strict_json import loads
from model.errors import InputError, Problem

from ..problems import RefusedInput


class StrictRequest(Request):
    """A request whose JSON is what the standard means (catalogue 62 to 66)."""

    async def json(self) -> Any:
        """The body's value.

        Raises
        ------
        RefusedInput
            422 with everything that the standard does not allow.
        """
        problems: list[Problem] = []
        try:
            value = loads((await self.body()).decode("utf-8"), "body", problems)
        except UnicodeDecodeError:
            problems = [Problem("E-ENCODING", "body", "bytes that are no UTF-8", "JSON in UTF-8", catalogue=28)]
        if problems:
            raise RefusedInput(InputError(problems))
        return value

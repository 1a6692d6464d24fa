"""A request that is sent twice (a double click, a retry after a lost answer) happens once (catalogue 100)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from model.errors import InputError

from .columns import to_json
from .store import Work
from .tables import IdempotencyRow
from .wording import clean_text

KEPT_FOR = timedelta(days=30)
"""How long an answer is kept: nobody sends a request again after that."""


class Once:
    """One request under a key, inside its writing transaction; without a key every request is new."""

    def __init__(self, work: Work, key: str | None, *request: Any) -> None:
        self._work = work
        self._key = None if key is None else clean_text(key, "Idempotency-Key", most=200)
        self._request = hashlib.sha256(to_json(request).encode("ascii")).hexdigest()

    def answer(self) -> Any:
        """What was answered to the same request before, or None.

        Raises
        ------
        InputError
            The key was used for another request.
        """
        if self._key is None:
            return None
        row = self._work.session.get(IdempotencyRow, (self._work.who.id, self._key))
        if row is None:
            return None
        if row.request_sha256 != self._request:
            raise InputError.single(
                "E-IDEMPOTENCY-KEY", "Idempotency-Key", "a key that was used for another request",
                expected="a new key for a new request", catalogue=100,
            )  # fmt: skip
        return row.response

    def keep(self, response: Any) -> None:
        """Remember the answer, a JSON value that is not None; forget those that are older than :data:`KEPT_FOR`."""
        if self._key is not None:
            too_old = IdempotencyRow.at < self._work.now - KEPT_FOR
            self._work.session.execute(delete(IdempotencyRow).where(too_old))
            row = IdempotencyRow(
                person=self._work.who.id, key=self._key, at=self._work.now,
                request_sha256=self._request, response=response,
            )  # fmt: skip
            self._work.session.add(row)

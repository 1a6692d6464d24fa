"""One person's fifty windows, all uploading at once over one session: none lost, none refused.

Fifty people with sessions of their own, and 10,000 rows, are in ``tests/e2e/test_load.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from cases.desk import Desk
from reports.web import LOCAL_PEOPLE, Settings

from .conftest import form_token, served

HEADER = "id,complaint,age,sex,present,absent,expected,source,licence\n"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    with served(settings) as url:
        yield url


@contextmanager
def client(address: str) -> Iterator[tuple[Any, str]]:
    """Dr A's, and the token of the session."""
    import httpx2 as httpx

    with httpx.Client(base_url=address, timeout=120) as http:
        page = http.get("/sign-in", headers={"Accept": "text/html"})
        http.post("/sign-in", data={"person": "0", "csrf_token": form_token(page.text)})
        yield http, http.get("/api/v1/me").json()["csrf_token"]


def file_of(first: int, n_rows: int) -> bytes:
    """Cases that all differ, each in its findings."""
    findings = ["nausea", "fever", "headache", "cough", "fatigue", "chills", "sweating", "vomiting", "abdominal_pain"]
    rows = []
    for number in range(first, first + n_rows):
        present = [name for bit, name in enumerate(findings) if number >> bit & 1] or ["fever"]
        age = 18 + number % 60
        rows.append(f"c-{number},Case number {number},{age},female,{'; '.join(present)},,appendicitis,test,Apache-2.0")
    return (HEADER + "\n".join(rows) + "\n").encode()


def upload(http: Any, token: str, data: bytes, key: str) -> Any:
    headers = {"X-CSRF-Token": token, "Idempotency-Key": key}
    file = {"file": ("cases.csv", data, "text/csv")}
    return http.post("/api/v1/uploads", files=file, data={"no_identifiers": "true"}, headers=headers)


def test_fifty_at_once(address: str, settings: Settings) -> None:
    def one(number: int, http: Any, token: str) -> tuple[list[int], str]:
        sent = upload(http, token, file_of(100 * number, 20), f"k-{number}")
        statuses = [sent.status_code]
        checked = http.post(f"/api/v1/uploads/{sent.json()['id']}/check", headers={"X-CSRF-Token": token})
        statuses.append(checked.status_code)
        assert sum(checked.json()["rows"].values()) == 20
        return statuses, sent.json()["sha256"]

    with client(address) as (http, token), ThreadPoolExecutor(50) as crowd:
        results = list(crowd.map(partial(one, http=http, token=token), range(50)))
    assert {status for statuses, _ in results for status in statuses} == {201, 200}
    desk = Desk(settings.database)
    kept = {view.sha256 for view in desk.uploads.mine(LOCAL_PEOPLE[0])}
    desk.close()
    assert kept == {digest for _, digest in results}
    assert len(kept) == 50

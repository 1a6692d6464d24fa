"""A double click happens once; two people's edits never overwrite each other: 100, 101 of the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import RECORD, Browser

FILE = {"file": ("cases.csv", b"id,expected\na,appendicitis\n", "text/csv")}
STATED = {"no_identifiers": "true"}


def _by_key(browser: Browser, what: str, key: str, **change: Any) -> Any:
    if what == "upload":
        return browser.post("/uploads", files=FILE, data=STATED, key=key)
    return browser.post("/cases", {"record": RECORD, **change}, key=key)


@pytest.mark.parametrize("what", ["upload", "case"])
def test_sent_twice_happens_once_100(browser: Callable[..., Browser], what: str) -> None:
    author = browser("Dr A")
    first, second = (_by_key(author, what, "the-same") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert _by_key(author, what, "another").json()["id"] != first.json()["id"]
    assert len(author.get(f"/{what}s").json()) == 2


def test_a_key_is_of_one_person_100(browser: Callable[..., Browser]) -> None:
    first, second = (_by_key(browser(name), "case", "k").json()["id"] for name in ("Dr A", "Dr B"))
    assert first != second


def test_a_key_for_another_wish_is_refused_100(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    _by_key(author, "case", "k")
    refused = _by_key(author, "case", "k", record={"complaint": "something else"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "E-IDEMPOTENCY-KEY"


@pytest.mark.parametrize("key", ["", "two words", "ü", "x" * 201, None])
def test_without_a_key_nothing_is_made_100(browser: Callable[..., Browser], key: str | None) -> None:
    author = browser("Dr A")
    headers = [(b"X-CSRF-Token", author.token.encode())]
    if key is not None:
        headers.append((b"Idempotency-Key", key.encode("latin-1")))
    assert author.http.post("/api/v1/cases", json={}, headers=headers).status_code == 422
    assert author.http.post("/api/v1/uploads", files=FILE, data=STATED, headers=headers).status_code == 422
    assert author.get("/cases").json() == author.get("/uploads").json() == []


def test_a_double_click_at_once_100(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    answers: list[Any] = []
    clicks = [threading.Thread(target=lambda: answers.append(_by_key(author, "case", "click"))) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(author.get("/cases").json()) == 1


def test_a_lost_update_101(browser: Callable[..., Browser]) -> None:
    one = browser("Dr A")
    other = browser("Dr A")
    case = one.post("/cases", {"record": {"complaint": "First"}}).json()["id"]
    for window in (one, other):
        assert window.get(f"/cases/{case}").headers["etag"] == '"1"'
    saved = one.put(f"/cases/{case}", {"record": {"complaint": "One"}}, version=1)
    assert saved.headers["etag"] == '"2"'
    refused = other.put(f"/cases/{case}", {"record": {"complaint": "Other"}}, version=1)
    assert refused.status_code == 409
    assert refused.json()["code"] == "E-CONFLICT"
    assert refused.json()["current"]["record"]["complaint"] == "One", "both texts can be shown"
    assert one.get(f"/cases/{case}").json()["record"]["complaint"] == "One"
    again = other.put(f"/cases/{case}", {"record": {"complaint": "Other"}}, version=2)
    assert again.json()["number"] == 3


@pytest.mark.parametrize("tag", [None, "1", "*", '"one"', 'W/"1"', '"1", "2"', '"99999999999"', '"-1"'])
def test_a_change_says_which_version_it_is_for_101(browser: Callable[..., Browser], tag: str | None) -> None:
    author = browser("Dr A")
    case = author.post("/cases", {"record": RECORD}).json()["id"]
    headers = {} if tag is None else {"If-Match": tag}
    refused = author.put(f"/cases/{case}", {"record": {}}, headers=headers)
    assert refused.status_code in (422, 428), refused.text
    assert author.get(f"/cases/{case}").json()["number"] == 1


def test_two_windows_on_one_upload_101(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    upload = author.post("/uploads", files=FILE, data=STATED).json()["id"]
    revision = author.post(f"/uploads/{upload}/check").json()["revision"]
    place = f"/uploads/{upload}/rows/0/edit"
    first = author.post(place, {"column": "complaint", "text": "It hurts"}, version=revision)
    assert first.status_code == 200
    second = author.post(place, {"column": "complaint", "text": "Something else"}, version=revision)
    assert second.status_code == 409
    rows = author.get(f"/uploads/{upload}/rows").json()
    assert rows[0]["cells"]["complaint"] == "It hurts"


def test_saving_the_same_again_with_its_key_100(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    case = author.post("/cases", {"record": {}}).json()["id"]
    for _ in range(2):  # The answer was lost on the way; the form is sent once more.
        saved = author.put(f"/cases/{case}", {"record": RECORD}, version=1, key="save-1")
        assert saved.status_code == 200
        assert saved.json()["number"] == 2
    assert len(author.get(f"/cases/{case}/versions").json()) == 2

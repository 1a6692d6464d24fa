"""Pages that say that something went wrong: in whole sentences, and to somebody who stays signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Browser

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(("path", "status"), [("/no-such-page", 404), ("/cases/" + "0" * 32, 404), ("/publish", 403)])
def test_whoever_loses_the_way_is_still_signed_in(browser: Callable[..., Browser], path: str, status: int) -> None:
    page = browser("Dr A").http.get(path, headers=HTML)
    assert page.status_code == status
    assert "Dr A" in page.text
    assert 'href="/cases"' in page.text


def test_nobody_is_nobody_on_any_page(browser: Callable[..., Browser]) -> None:
    page = browser().http.get("/no-such-page", headers={**HTML, "Authorization": "Bearer forged"})
    assert page.status_code == 404
    assert 'href="/cases"' not in page.text


def test_a_part_of_a_page_begins_with_a_capital(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    sent = author.post(
        "/uploads", files={"file": ("a.csv", b"id,expected\na,appendicitis\n")}, data={"no_identifiers": "true"}
    ).json()
    author.post(f"/uploads/{sent['id']}/check")
    stale = author.http.post(
        f"/uploads/{sent['id']}/rows/0/edit",
        data={"csrf_token": author.token, "revision": "0", "column": "id", "text": "b"},
        headers={**HTML, "HX-Request": "true"},
    )
    assert stale.status_code == 409
    assert "</strong> The upload has been changed since" in stale.text

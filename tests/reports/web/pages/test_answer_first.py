"""The preview's page: shown to the author by no address, only after the answer was fixed by its form."""

from __future__ import annotations

from collections.abc import Callable

from ..conftest import RECORD, Browser, form_token


def test_the_address_alone_shows_nothing(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    case = author.post("/cases", {"record": RECORD}).json()["id"]
    html = {"Accept": "text/html"}
    for address in (f"/cases/{case}/preview", f"/cases/{case}/preview?version=1"):
        page = author.http.get(address, headers=html).text
        assert "Your answer first" in page
        assert "interview-title" not in page
    form = {"number": "1"}
    assert author.http.post(f"/cases/{case}/preview", data=form, headers=html).status_code == 403, "no token"
    assert "Your answer first" in author.http.get(f"/cases/{case}/preview", headers=html).text
    form["csrf_token"] = form_token(page)
    assert author.http.post(f"/cases/{case}/preview", data=form, headers=html).status_code == 303
    assert "interview-title" in author.http.get(f"/cases/{case}/preview", headers=html).text

    said = {**form, "finding": "vomiting", "state": "absent"}
    assert author.http.post(f"/cases/{case}/answer", data=said, headers=html).status_code == 303
    assert "interview-title" in author.http.get(f"/cases/{case}/preview", headers=html).text, "not asked again"

    now = author.get(f"/cases/{case}").json()
    changed = {**now["record"], "expected": {"condition": "gastroenteritis"}}
    assert author.put(f"/cases/{case}", {"record": changed}, version=now["number"]).status_code == 200
    assert "Your answer first" in author.http.get(f"/cases/{case}/preview", headers=html).text
    history = author.http.get(f"/cases/{case}", headers=html).text
    assert "fixed the expected answer, then saw the preview" in history
    assert "the expected answer was changed after the preview" in history

"""What another site, or a planted cookie, makes a browser send: 90, 104, 107 of the bad-input catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from itsdangerous import URLSafeTimedSerializer
from starlette.testclient import TestClient

from reports.web import Settings
from reports.web.sessions import Session, Sessions

from .conftest import Browser, form_token

NEW = {"record": {}}


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "no token at all"),
        ({"X-CSRF-Token": ""}, "an empty one"),
        ({"X-CSRF-Token": "0" * 64}, "a made-up one"),
        ({"X-CSRF-Token": "ü"}, "no ASCII"),
        ({"Origin": "http://evil.example"}, "another origin, with the right token"),
        ({"Origin": "null"}, "a sandboxed frame"),
        ({"Origin": "http://testserver.evil.example"}, "an origin that begins like ours"),
        ({"Origin": "https://testserver"}, "another scheme"),
        ({"Sec-Fetch-Site": "cross-site"}, "the browser says so"),
        ({"Sec-Fetch-Site": "same-site"}, "a neighbouring host"),
    ],
)
def test_forms_of_others_90(browser: Callable[..., Browser], headers: dict[str, str], why: str) -> None:
    author = browser("Dr A")
    if "Origin" in headers or "Sec-Fetch-Site" in headers:
        headers = {"X-CSRF-Token": author.token, **headers}
    raw = [(name.encode(), value.encode()) for name, value in {"Idempotency-Key": "k", **headers}.items()]
    answer = author.http.post("/api/v1/cases", json=NEW, headers=raw)
    assert answer.status_code == 403, why
    assert answer.json()["code"] == "E-CSRF"
    assert author.get("/cases").json() == []


def test_our_own_forms_90(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert author.post("/cases", NEW, headers=headers).status_code == 201


def test_the_token_of_another_session_90(browser: Callable[..., Browser]) -> None:
    author, other = browser("Dr A"), browser("Dr B")
    assert author.post("/cases", NEW, headers={"X-CSRF-Token": other.token}).status_code == 403


def test_signing_in_by_somebody_elses_form_90(app: FastAPI) -> None:
    http = TestClient(app, follow_redirects=False)
    assert http.post("/sign-in", data={"person": "0"}).status_code == 403
    http.get("/sign-in")
    assert http.post("/sign-in", data={"person": "0"}).status_code == 403
    assert http.get("/api/v1/me").status_code == 401


def test_signing_out_needs_the_token_too_90(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    assert author.http.post("/sign-out").status_code == 403
    assert author.get("/me").status_code == 200


def test_the_session_is_new_after_signing_in_104(app: FastAPI) -> None:
    http = TestClient(app, follow_redirects=False)
    page = http.get("/sign-in", headers={"Accept": "text/html"})
    planted = http.cookies["clinval"]
    http.post("/sign-in", data={"person": "0", "csrf_token": form_token(page.text)})
    assert http.cookies["clinval"] != planted
    first = http.get("/api/v1/me").json()
    thief = TestClient(app, cookies={"clinval": planted}, follow_redirects=False)
    assert thief.get("/api/v1/me").status_code == 401

    before = http.cookies["clinval"]
    page = http.get("/sign-in", headers={"Accept": "text/html"})
    http.post("/sign-in", data={"person": "1", "csrf_token": form_token(page.text)})
    assert http.get("/api/v1/me").json()["id"] != first["id"]
    thief = TestClient(app, cookies={"clinval": before}, follow_redirects=False)
    assert thief.get("/api/v1/me").status_code == 401, "the session before is over"


def test_signing_out_ends_every_copy_104(app: FastAPI, browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    copy = TestClient(app, cookies={"clinval": author.http.cookies["clinval"]}, follow_redirects=False)
    assert copy.get("/api/v1/me").status_code == 200
    answer = author.http.post("/sign-out", data={"csrf_token": author.token})
    assert answer.status_code == 303
    assert "clinval" not in author.http.cookies
    assert copy.get("/api/v1/me").status_code == 401


def test_the_cookie(browser: Callable[..., Browser], settings: Settings) -> None:
    author = browser()
    cookie = author.http.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    from dataclasses import replace

    from starlette.responses import Response

    answer = Response()
    Sessions(replace(settings, public_url="https://cases.example.org")).start(answer)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-clinval=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def _forgeries(settings: Settings) -> dict[str, str]:
    def signed(held: Any, secret: str = settings.secret, salt: str = "clinval session") -> str:
        return str(URLSafeTimedSerializer(secret, salt=salt).dumps(held))

    who = ["local|x", "X", ["administrator"]]
    good = signed({"id": "a", "who": who})
    return {
        "another secret": signed({"id": "a", "who": who}, secret="x" * 40),
        "another purpose": signed({"id": "a", "who": who}, salt="clinval interview"),
        "an unknown role": signed({"id": "a", "who": ["x", "X", ["king"]]}),
        "no fields": signed({}),
        "a list": signed([]),
        "cut off": good[:-2],
        "nothing": "",
        "no ASCII": "ÿ" * 20,
    }


def test_forged_cookies(app: FastAPI, settings: Settings) -> None:
    http = TestClient(app, follow_redirects=False)
    for what, cookie in _forgeries(settings).items():
        headers = [(b"cookie", b"clinval=" + cookie.encode("latin-1"))]
        assert http.get("/api/v1/me", headers=headers).status_code == 401, what


def test_an_old_cookie_ends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import time as clock

    from starlette.requests import Request
    from starlette.responses import Response

    sessions, answer = Sessions(settings), Response()
    session = sessions.start(answer)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    request = Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})
    assert sessions.read(request) == Session(session.id)
    later = clock.time() + 3600 * settings.session_hours + 60
    monkeypatch.setattr(clock, "time", lambda: later)
    assert sessions.read(Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f/evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        "/?next=//evil.example",
        "evil.example",
        "/@evil.example",
    ],
)
def test_open_redirect_107(app: FastAPI, target: str) -> None:
    http = TestClient(app, follow_redirects=False)
    page = http.get("/sign-in", params={"next": target}, headers={"Accept": "application/json"})
    assert page.status_code == 400
    page = http.get("/sign-in", headers={"Accept": "text/html"})
    form = {"person": "0", "csrf_token": form_token(page.text), "next": target}
    answer = http.post("/sign-in", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert http.get("/api/v1/me").status_code == 401, "and nobody was signed in"


def test_going_on_to_a_page_of_ours_107(app: FastAPI) -> None:
    http = TestClient(app, follow_redirects=False)
    asked = http.get("/uploads", headers={"Accept": "text/html"})
    assert asked.headers["location"] == "/sign-in?next=/uploads"
    page = http.get(asked.headers["location"], headers={"Accept": "text/html"})
    form = {"person": "0", "csrf_token": form_token(page.text), "next": "/uploads"}
    assert http.post("/sign-in", data=form).headers["location"] == "/uploads"


def test_another_host_name_dns_rebinding(app: FastAPI) -> None:
    http = TestClient(app)
    assert http.get("/sign-in", headers={"Host": "evil.example"}).status_code == 421
    assert http.get("/sign-in", headers={"Host": "testserver"}).status_code == 200

"""What people type is shown as text, and never reaches an address or a log: 91, 92, 102, 103, 108."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from reports.web.middleware.headers import CONTENT_SECURITY_POLICY
from reports.web.middleware.log import LOGGER

from .conftest import RECORD, Browser

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"
SECRET = "Zacharias Featherstonehaugh"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/api/v1/me", 401),
        ("/nowhere", 404),
        ("/static/report/tokens.css", 200),
        ("/static/none.css", 404),
    ],
)
def test_every_answer_has_the_headers_91(app: FastAPI, path: str, status: int) -> None:
    answer = TestClient(app, follow_redirects=False).get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in policy


def test_no_page_has_inline_script_or_style_91(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    for path in ("/sign-in", "/", "/nowhere"):
        page = author.http.get(path, headers={"Accept": "text/html"}).text
        assert page.lstrip().lower().startswith("<!doctype html>")
        for script in re.findall(r"<script\b[^>]*>", page):
            assert "src=" in script, path
        assert not re.search(r"<style\b|\sstyle=|\son\w+=|javascript:", page), path


def test_stored_script_comes_back_as_text_91(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    record = {**RECORD, "complaint": SCRIPT, "notes": SCRIPT}
    case = author.post("/cases", {"record": record, "card_id": "x<script>"}).json()["id"]
    answer = author.get(f"/cases/{case}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["record"]["complaint"] == SCRIPT, "kept as it was written"
    pages = [f"/cases/{case}", "/cases", "/"]
    for path in pages:
        page = author.http.get(path, headers={"Accept": "text/html"}).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


def test_an_error_page_shows_text_91(app: FastAPI) -> None:
    http = TestClient(app, raise_server_exceptions=False)
    page = http.get("/<script>alert(1)</script>", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "<script>alert" not in page.text


NAMES = [
    "../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x.csv", "a\x00b.csv", "a\r\nSet-Cookie: x=y.csv",
    "con.csv", "." * 300 + ".csv", SCRIPT + ".csv", "\u202egnp.csv", "a.csv/..", "~root", "", " ",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_only_shown_92(browser: Callable[..., Browser], name: str, tmp_path: Any) -> None:
    author = browser("Dr A")
    before = sorted(path.name for path in tmp_path.iterdir())
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    content = "id,expected\na,appendicitis\n"
    body = (
        f'--b\r\nContent-Disposition: form-data; name="no_identifiers"\r\n\r\ntrue\r\n'
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--b--\r\n"
    ).encode()
    sent = author.post("/uploads", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert sent.status_code in (201, 400, 422), sent.text
    assert sorted(path.name for path in tmp_path.iterdir()) == before, "no file of that name, here or anywhere"
    if sent.status_code == 201:
        shown = sent.json()["filename"]
        assert "/" not in shown
        assert "\\" not in shown
        assert shown.isprintable()
        upload = sent.json()["id"]
        author.post(f"/uploads/{upload}/check")
        answer = author.get(f"/uploads/{upload}/annotated")
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="checked-[0-9a-f]{8}\.(csv|xlsx)"', disposition)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    monkeypatch.setattr(LOGGER, "propagate", True)
    caplog.set_level(logging.DEBUG, logger=LOGGER.name)
    return lambda: "\n".join(record.getMessage() for record in caplog.records if record.name == LOGGER.name)


INJECTED = "x\r\n2026-01-01 INFO forged entry"


def test_nothing_typed_reaches_the_log_102_108(browser: Callable[..., Browser], log: Callable[[], str]) -> None:
    author = browser("Dr A")
    case = author.post("/cases", {"record": {**RECORD, "complaint": SECRET}, "card_id": SECRET}).json()["id"]
    author.get(f"/cases/{case}")
    author.get("/vocabulary/search", params={"q": SECRET})
    author.get(f"/cases/{quote(INJECTED)}")
    author.get("/nowhere/" + SECRET)
    author.http.request("FORGED", "/api/v1/me")
    author.post("/cases", {"record": {SECRET: 1}})
    author.post("/uploads", files={"file": (SECRET, SECRET.encode(), "text/csv")}, data={"no_identifiers": "true"})
    author.http.get("/api/v1/me", headers={"X-Request-ID": INJECTED, "User-Agent": SECRET, "Referer": SECRET})
    written = log()
    assert f"GET /api/v1/cases/{{case_id}} case_id={case} 200" in written
    assert "Zacharias" not in written
    assert "forged entry" not in written
    assert "FORGED" not in written
    assert all(re.fullmatch(r"[0-9a-f]{16} [A-Z]+ \S+( \w+=\w+)* \d{3} \d+ ms", line) for line in written.splitlines())


def test_an_unexpected_error_108(
    app: FastAPI, browser: Callable[..., Browser], log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author = browser("Dr A")

    def fail(*_arguments: Any) -> None:
        raise RuntimeError(SECRET) from ValueError(SECRET)

    monkeypatch.setattr(app.state.services.desk.drafts, "mine", fail)
    answer = author.get("/cases")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"]
    assert SECRET not in answer.text
    assert answer.headers["x-request-id"] in log()
    assert "RuntimeError at " in log()
    assert "from ValueError" in log()
    assert SECRET not in log()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "E-JSON"),
        (b"", "E-FIELD"),
        (b"null", "E-FIELD"),
        (b'""', "E-FIELD"),
        (b"\xff\xfe", "E-ENCODING"),
        (b'{"record": {"findings": {"fever": "present", "fever": "absent"}}}', "E-DUPLICATE-KEY"),
        (b'{"record": {"age": NaN}}', "E-NUMBER"),
        (b'{"record": {"age": 1e999}}', "E-NUMBER"),
        (b'{"record": {"age": ' + b"9" * 5000 + b"}}", "E-NUMBER"),
        (b"[" * 100_000, "E-NESTING"),
        (b'{"record": ' + b"[" * 40 + b"]" * 40 + b"}", "E-NESTING"),
        (b'{"record": {"complaint": "\\ud800"}}', "E-SURROGATE"),
        (b'{"record": {"complaint": "a\\u0000b"}}', "E-NUL"),
    ],
)
def test_bodies_that_are_no_json_of_ours_62_to_66(browser: Callable[..., Browser], body: bytes, code: str) -> None:
    answer = browser("Dr A").post("/cases", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"][0]["code"] == code


def test_a_refusal_never_echoes_what_was_typed(browser: Callable[..., Browser]) -> None:
    author = browser("Dr A")
    refusals = [
        author.post("/cases", {"record": SECRET}),
        author.post("/cases", {SECRET: {}}),
        author.post("/interview", {"sex": SECRET}),
        author.get(f"/cases/{SECRET}"),
        author.get("/vocabulary/search", params={"kind": SECRET, "q": "x"}),
    ]
    for refusal in refusals:
        assert refusal.status_code == 422
        problems = refusal.json()["problems"]
        assert problems
        assert all(SECRET not in json.dumps({**problem, "where": ""}) for problem in problems)


def test_the_server_fetches_nothing_103(browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    author = browser("Dr A")

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("the server opened a connection because of what somebody typed")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    url = "http://169.254.169.254/latest/meta-data"
    record = {**RECORD, "complaint": url, "source": url, "notes": f'<a href="{url}">'}
    case = author.post("/cases", {"record": record, "card_id": "u-1"})
    assert case.status_code == 201
    assert author.post(f"/cases/{case.json()['id']}/answer", version=1).status_code == 200
    assert author.post(f"/cases/{case.json()['id']}/preview").status_code == 200
    file = {"file": (url, f"id,complaint,expected\na,{url},appendicitis\n".encode(), "text/csv")}
    upload = author.post("/uploads", files=file, data={"no_identifiers": "true"}).json()["id"]
    assert author.post(f"/uploads/{upload}/check").status_code == 200

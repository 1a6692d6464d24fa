"""Too much, too slow, too often, compressed: 93, 94, 95, 99, against a real server on the loopback."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from reports.web import Settings, create_app, server
from reports.web.middleware import rates
from reports.web.middleware.rates import Buckets
from reports.web.settings import BodyLimits, Rate, Rates

from .conftest import NO_LIMIT, Browser, form_token, served

SMALL = BodyLimits(
    upload_bytes=20_000,
    run_bytes=20_000,
    other_bytes=2_000,
    idle_seconds=0.4,
    least_bytes_per_second=1000.0,
    grace_seconds=0.6,
)


@pytest.fixture
def small(settings: Settings) -> Settings:
    return replace(settings, limits=SMALL)


@pytest.fixture
def address(small: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.5)
    with served(small) as url:
        yield url


class Raw:
    """A connection on which every byte is ours."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=10)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> bytes:
        """Everything until the server closes; an abrupt end is an end."""
        received = b""
        try:
            while chunk := self.socket.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def signed_in(address: str) -> tuple[str, str]:
    """A cookie and its token."""
    import httpx2 as httpx

    with httpx.Client(base_url=address) as http:
        page = http.get("/sign-in", headers={"Accept": "text/html"})
        http.post("/sign-in", data={"person": "0", "csrf_token": form_token(page.text)})
        me = http.get("/api/v1/me").json()
        return http.cookies["clinval"], me["csrf_token"]


def head(raw: Raw, who: tuple[str, str], path: str, *more: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1", f"Host: {raw.host}", f"Cookie: clinval={who[0]}", f"X-CSRF-Token: {who[1]}",
        "Idempotency-Key: k", "Accept: application/json", *more,
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_oversize_while_streaming_93(address: str) -> None:
    who = signed_in(address)
    sent = 0
    with Raw(address) as raw, suppress(BrokenPipeError, ConnectionResetError):
        form = "Content-Type: multipart/form-data; boundary=b"
        raw.send(head(raw, who, "/api/v1/uploads", "Transfer-Encoding: chunked", form))
        raw.send(b"5\r\n--b\r\n\r\n")
        for _ in range(50_000):  # 200 MB, were nobody to stop it.
            raw.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            sent += 4096
    # What the server reads before it hangs up, and what two sockets' buffers take meanwhile.
    assert sent < 100_000_000, "the server hung up while it was being sent"


def test_announced_oversize_93(address: str) -> None:
    who = signed_in(address)
    with Raw(address) as raw:
        raw.send(head(raw, who, "/api/v1/cases", "Content-Type: application/json", "Content-Length: 2001"))
        answer = raw.answer()
    assert answer.startswith(b"HTTP/1.1 413"), "before a byte of the body was sent"
    assert b"E-TOO-LARGE" in answer


@pytest.mark.parametrize(("n_bytes", "status"), [(1_900, 422), (2_001, 413)])
def test_the_limit_is_the_limit_93(small: Settings, n_bytes: int, status: int) -> None:
    with TestClient(create_app(small)) as http:
        browser = Browser(http.app, "Dr A")  # type: ignore[arg-type]
        body = b'{"nonsense": "' + b"x" * (n_bytes - 16) + b'"}'
        answer = browser.post("/cases", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status


def test_a_pause_94(address: str) -> None:
    who = signed_in(address)
    with Raw(address) as raw:
        raw.send(
            head(raw, who, "/api/v1/cases", "Content-Type: application/json", "Content-Length: 100") + b'{"record"'
        )
        started = time.monotonic()
        answer = raw.answer()
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert 0.3 < time.monotonic() - started < 5


def test_a_trickle_94(address: str) -> None:
    who = signed_in(address)
    with Raw(address) as raw:
        raw.send(head(raw, who, "/api/v1/cases", "Content-Type: application/json", "Content-Length: 1900"))
        raw.socket.settimeout(0.05)
        answer = b""
        for _ in range(60):  # Never a pause, but 20 bytes a second.
            raw.send(b"x")
            with suppress(TimeoutError):
                answer = raw.socket.recv(4096)
                break
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("said", [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ends_94(address: str, said: bytes) -> None:
    with Raw(address) as raw:
        raw.send(said)
        started = time.monotonic()
        assert raw.answer() == b""
    assert time.monotonic() - started < 5


def test_others_are_served_meanwhile_94(address: str) -> None:
    who = signed_in(address)
    with ExitStack() as stack:
        slow = [stack.enter_context(Raw(address)) for _ in range(50)]
        for raw in slow:
            raw.send(head(raw, who, "/api/v1/cases", "Content-Type: application/json", "Content-Length: 100"))
        with Raw(address) as quick:
            quick.send(f"GET /health/live HTTP/1.1\r\nHost: {quick.host}\r\nConnection: close\r\n\r\n".encode())
            assert quick.answer().startswith(b"HTTP/1.1 200")
        assert all(raw.answer().startswith(b"HTTP/1.1 408") for raw in slow)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "identity, gzip", "x"])
def test_compressed_bodies_95(browser: Callable[..., Browser], encoding: str) -> None:
    author = browser("Dr A")
    bomb = gzip.compress(b"0" * 10_000_000)
    answer = author.post(
        "/cases", content=bomb, headers={"Content-Encoding": encoding, "Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "E-ENCODING"


def test_too_often_99(settings: Settings) -> None:
    rates = Rates(person=Rate(5, 0.01), address=Rate(1000, 100.0), sign_in=Rate(10, 1.0))
    with TestClient(create_app(replace(settings, rates=rates))) as http:
        author, other = (Browser(http.app, name) for name in ("Dr A", "Dr B"))  # type: ignore[arg-type]
        statuses = [author.get("/me").status_code for _ in range(6)]
        assert statuses == [200] * 4 + [429] * 2, "one of the five was spent on signing in"
        refused = author.get("/me")
        assert 1 <= int(refused.headers["Retry-After"]) <= 100
        assert refused.json()["code"] == "E-RATE"
        assert other.get("/me").status_code == 200, "one person's haste is not another's"


def test_guessing_at_the_door_99(settings: Settings) -> None:
    rates = replace(NO_LIMIT, sign_in=Rate(3, 0.01))
    with TestClient(create_app(replace(settings, rates=rates))) as http:
        browser = Browser(http.app)  # type: ignore[arg-type]
        page = browser.http.get("/sign-in", headers={"Accept": "text/html"})
        form = {"person": "99", "csrf_token": form_token(page.text)}
        headers = {"Accept": "application/json"}
        statuses = [browser.http.post("/sign-in", data=form, headers=headers).status_code for _ in range(5)]
        assert statuses == [400, 400, 400, 429, 429]


def test_an_address_cannot_be_made_up_99(settings: Settings) -> None:
    import httpx2 as httpx

    one_by_one = replace(settings, rates=replace(NO_LIMIT, address=Rate(5, 0.01)))
    with served(one_by_one) as address, httpx.Client(base_url=address) as http:
        said = [{"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"} for number in range(8)]
        statuses = [http.get("/health/live", headers=headers).status_code for headers in said]
    assert statuses == [200] * 5 + [429] * 3


def test_a_bucket_fills_again_99(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    bucket = Buckets(Rate(2, 0.5), lambda: now)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 2, 2]
    now += 2.0
    assert [bucket.take("a"), bucket.take("a")] == [0, 2]
    now += 1000.0
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 2], "never more than the burst"
    monkeypatch.setattr(rates, "MOST_BUCKETS", 3)
    for caller in "abcdef":
        bucket.take(caller)
    assert len(bucket._levels) == 3, "memory is bounded"

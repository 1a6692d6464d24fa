"""A server that speaks S3 over HTTP, and a bucket of it for each test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """``host:port`` of moto's S3."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed: make .venv/.test")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"{host}:{port}"
    running.stop()


_numbers = count()


@pytest.fixture
def address(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a new bucket; the cache is this test's own."""
    from urllib.request import Request, urlopen

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bucket = f"runs-{next(_numbers)}"
    with urlopen(Request(f"http://{server}/{bucket}", method="PUT")):
        pass
    return f"s3://{bucket}/nightly?endpoint_override={server}&scheme=http&region=us-east-1"


@pytest.fixture(autouse=True)
def no_lease_left() -> Iterator[None]:
    """A lease that goes on after its test asks a server that is gone, and holds up whoever speaks to another."""
    yield
    assert "clinval-lease" not in {thread.name for thread in threading.enumerate()}

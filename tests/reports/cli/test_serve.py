"""``clinval serve``: a real process, what it refuses, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `web` is not installed")

from typer.testing import CliRunner

from model.errors import InputError
from reports.cli.serve import app, default_database, local_secret, people

START = [sys.executable, "-W", "error", "-c", "from reports.cli.serve import app; app()"]
STARTER = ["--model", "model/networks/starter", "--port", "0"]


@contextmanager
def server(tmp_path: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it prints."""
    settings = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), **environment}
    process = subprocess.Popen(
        [*START, *STARTER, *options], env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split(" ")[0].strip()
    finally:
        process.kill()
        process.communicate()


def refused(*options: str, **environment: str) -> list[str]:
    """The codes of what it refuses."""
    result = CliRunner().invoke(app, [*STARTER, *options], env=environment)
    assert isinstance(result.exception, InputError), result.output
    return [problem.code for problem in result.exception.problems]


def test_local_mode(tmp_path: Path) -> None:
    import httpx2 as httpx

    with server(tmp_path, "--local") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        page = httpx.get(f"{address}/sign-in", headers={"Accept": "text/html"})
        assert "Dr A" in page.text
        assert "server" not in page.headers
        assert httpx.get(f"{address}/health/ready").json() == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=20)
    assert "GET /health/ready 200" in told
    assert "Traceback" not in told
    secret = tmp_path / "data" / "clinval" / "secret"
    assert secret.stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "clinval" / "desk.db").exists()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with server(tmp_path, "--local") as (_, address):
        port = address.rpartition(":")[2]
        assert refused("--local", "--port", port, XDG_DATA_HOME=str(tmp_path / "other")) == ["E-ADDRESS"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_local_mode_stays_on_this_machine(host: str) -> None:
    assert refused("--local", "--host", host) == ["E-LOOPBACK"]


@pytest.mark.parametrize(
    "url", ["https://cases.example.org", "http://192.168.1.5:8000", "http://127.0.0.1.evil.org", "x"]
)
def test_local_mode_stands_behind_no_proxy(url: str) -> None:
    """It binds the loopback all the same, and whoever the proxy lets in may be anyone."""
    assert refused("--local", "--public-url", url) == ["E-LOOPBACK"]
    assert refused("--local", "--public-url", url, "--proxy", "127.0.0.1") == ["E-LOOPBACK"] * 2


def test_without_a_way_to_sign_in(tmp_path: Path) -> None:
    assert refused(XDG_DATA_HOME=str(tmp_path)) == ["E-SIGN-IN", "E-SECRET"]


def test_a_deployment_needs_https_and_a_secret(tmp_path: Path) -> None:
    oidc = {
        "CLINVAL_OIDC_ISSUER": "https://id.example",
        "CLINVAL_OIDC_CLIENT_ID": "c",
        "CLINVAL_OIDC_CLIENT_SECRET": "s",
        "XDG_DATA_HOME": str(tmp_path),
    }
    assert refused("--public-url", "http://cases.example", **oidc) == ["E-HTTPS", "E-SECRET"]
    weak = {**oidc, "CLINVAL_SECRET": "short", "CLINVAL_CI_TOKEN_SHA256": "abc"}
    assert refused("--public-url", "https://cases.example", **weak) == ["E-SECRET", "E-CI-TOKEN"]


def test_a_new_token() -> None:
    import hashlib

    result = CliRunner().invoke(app, ["--new-ci-token"])
    token, digest = (line.rpartition(" ")[2] for line in result.output.strip().splitlines())
    assert hashlib.sha256(token.encode()).hexdigest() == digest


def test_persons() -> None:
    made = people(["Dr D: clinician, reviewer", "Ann: model author"])
    assert [(one.name, sorted(one.roles)) for one in made] == [
        ("Dr D", ["clinician", "reviewer"]),
        ("Ann", ["model_author"]),
    ]
    with pytest.raises(InputError) as wrong:
        people(["Dr D", "Dr E: king", ": clinician", "Dr F: reviewer"])
    assert len(wrong.value.problems) == 3


def test_the_secret_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert local_secret(tmp_path) == local_secret(tmp_path)
    assert len(local_secret(tmp_path)) >= 32
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_database() == f"sqlite:///{tmp_path}/clinval/desk.db"

"""``clinval serve`` in a process of its own, and people who use its HTTP interface without a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

import pytest

pytest.importorskip("fastapi", reason="the extra `web` is not installed")

import httpx2 as httpx

from model.network import ClinicalNetwork, load_network

ROOT = Path(__file__).parents[2]
MIB = 1024


def network(name: str) -> ClinicalNetwork:
    """A network of the project."""
    found = load_network(ROOT / "model/networks" / name)
    assert isinstance(found, ClinicalNetwork)
    return found


class Server:
    """A running server.

    Parameters
    ----------
    people
        As ``--person`` takes them; a number makes that many clinicians who also review.
    """

    def __init__(self, place: Path, database: str, *, people: int | Sequence[str] = 1, model: str = "starter") -> None:
        self.database = database
        self._log = place / "serve.log"
        arguments = {
            "--model": f"model/networks/{model}",
            "--cases": f"cases/corpora/{model}",
            "--database": database,
            "--runs": str(place / "runs"),
            "--port": "0",
        }
        listed = [word for pair in arguments.items() for word in pair]
        if isinstance(people, int):
            people = [f"Doctor {number}: clinician, reviewer" for number in range(people)]
        for person in people:
            listed += ["--person", person]
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "validation", "serve", "--local", *listed],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("http://"):
            self.close()
            raise AssertionError(self.log)
        self.address = line.split()[0]

    @property
    def log(self) -> str:
        """What it wrote down so far."""
        return self._log.read_text()

    @property
    def peak_mib(self) -> float:
        """The most memory that it ever had resident, MiB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) / MIB

    def kill(self) -> None:
        """SIGKILL: no goodbye, no clean-up."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it, if it still runs."""
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def served(place: Path, database: str, *, people: int | Sequence[str] = 1, model: str = "starter") -> Iterator[Server]:
    """A server that is ended afterwards, and that met nothing unexpected."""
    server = Server(place, database, people=people, model=model)
    try:
        yield server
    finally:
        server.close()
    assert " ERROR " not in server.log


class Person:
    """A signed-in person: keeps the cookie, sends the token, makes up keys."""

    def __init__(self, server: Server, number: int = 0) -> None:
        self.http = httpx.Client(base_url=server.address, timeout=120)
        page = self.http.get("/sign-in", headers={"Accept": "text/html"})
        token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)
        assert token, page.text
        answer = self.http.post("/sign-in", data={"person": str(number), "csrf_token": token[1]})
        assert answer.status_code == 303, answer.text
        self.token = self.http.get("/api/v1/me").json()["csrf_token"]

    def get(self, path: str, **options: Any) -> httpx.Response:
        """From the API."""
        return self.http.get(f"/api/v1{path}", **options)

    def post(self, path: str, *, version: int | None = None, key: str | None = None, **options: Any) -> httpx.Response:
        """To the API."""
        headers = {"X-CSRF-Token": self.token, "Idempotency-Key": key or token_hex(8)}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.http.post(f"/api/v1{path}", headers=headers, **options)

    def upload(self, data: bytes, name: str = "cases.csv", key: str | None = None) -> httpx.Response:
        """A file, with the statement that it identifies nobody."""
        return self.post("/uploads", key=key, files={"file": (name, data)}, data={"no_identifiers": "true"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

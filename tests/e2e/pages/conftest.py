"""A real `clinval serve` process, and doctors in a real browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.lacking import lacks

from ..conftest import CHROMIUM

ROOT = Path(__file__).parents[3]
HTMX = ROOT / "reports/web/node_modules/htmx.org/dist/htmx.min.js"
AXE = ROOT / "reports/web/node_modules/axe-core/axe.min.js"


def pytest_runtest_setup() -> None:
    """Say what lacks, instead of testing less in silence."""
    for path in (CHROMIUM, HTMX, AXE):
        if not path.exists():
            lacks(f"no {path}: `make test` installs it")


class Server:
    """``clinval serve --local`` as a process of its own, on any free port."""

    def __init__(self, place: Path, model: str = "starter") -> None:
        self.place, self.model = place, model
        self.repository = place / "repository"
        self.process: subprocess.Popen[str] | None = None
        self.address = ""
        if not self.repository.exists():
            self.git("init", "-q", "-b", "main", str(self.repository), inside=False)
            (self.repository / "README").write_text("cases\n")
            self.git("add", "README")
            self.git("commit", "-q", "-m", "start")

    def git(self, *arguments: str, inside: bool = True) -> str:
        """Run git in the repository that cases are published to."""
        where = ["-C", str(self.repository)] if inside else []
        who = {
            f"GIT_{role}_{what}": "test@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        done = subprocess.run(
            ["git", *where, *arguments], check=True, capture_output=True, text=True, env={**os.environ, **who}
        )
        return done.stdout

    def start(self) -> Server:
        """Serve; returns when requests are answered."""
        arguments = {
            "--model": f"model/networks/{self.model}",
            "--cases": "cases/corpora/starter",
            "--database": f"sqlite:///{self.place}/desk.db",
            "--repository": str(self.repository),
            "--runs": str(self.place / "runs"),
            "--port": "0",
        }
        command = [
            sys.executable,
            "-m",
            "validation",
            "serve",
            "--local",
            *(x for pair in arguments.items() for x in pair),
        ]
        log = (self.place / "serve.log").open("a")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("http://"), (self.place / "serve.log").read_text()
        self.address = line.split()[0]
        return self

    def kill(self) -> None:
        """SIGKILL: no goodbye, no clean-up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    @property
    def log(self) -> str:
        """What it wrote down so far."""
        return (self.place / "serve.log").read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module."""
    running = Server(tmp_path_factory.mktemp("desk")).start()
    yield running
    if running.process is not None:
        running.kill()
    assert "ERROR" not in running.log


Doctor = Callable[..., Page]
REFUSED = ("Failed to load resource: the server responded with a status of 4", "Response Status Error Code 4")
"""What the browser and HTMX say of a refusal that a test asks for."""


@pytest.fixture
def doctor(browser: Browser, server: Server) -> Iterator[Doctor]:
    """``doctor("Dr A")`` signs somebody in, in a window of their own.

    Afterwards: no error in a console, no dialog, no request to anywhere else.
    """
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def sign_in(name: str, *, width: int = 1280, scheme: Any = "light", script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in ("error", "warning") and not message.text.startswith(REFUSED)
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: _is_ours(request.url, server, complaints))
        page.goto(f"{server.address}/sign-in")
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not complaints


def _is_ours(url: str, server: Server, complaints: list[str]) -> None:
    if not url.startswith((server.address, "data:", "blob:")):
        complaints.append(f"request: {url}")

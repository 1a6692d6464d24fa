"""An application on a database of its own, and browsers of several persons."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `web` is not installed")

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from cases.desk import Desk
from reports.web import LOCAL_PEOPLE, Settings, create_app
from reports.web.server import configured, listen
from reports.web.settings import Rate, Rates

NO_LIMIT = Rates(Rate(1, 0.0), Rate(1, 0.0), Rate(1, 0.0))
CI_TOKEN = "t" * 40
PEOPLE = {person.name: number for number, person in enumerate(LOCAL_PEOPLE)}
RECORD: dict[str, Any] = {
    "source": "written for a test",
    "licence": "Apache-2.0",
    "complaint": "My belly hurts.",
    "patient": {"age": 23, "sex": "female"},
    "unlisted": "absent",
    "findings": {
        "abdominal_pain": {"state": "present", "initial": True},
        "right_lower_abdominal_pain": {"state": "present", "initial": True},
        "pain_moved_to_right_lower": "present",
        "abdominal_pain_worse_on_movement": "present",
        "loss_of_appetite": "present",
        "began_within_day": "present",
        "nausea": "present",
        "fever": "present",
        "diarrhoea": "absent",
    },
    "expected": {"condition": "appendicitis", "triage": ["urgent", "emergency"]},
}


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them: copying it is quicker than making one."""
    path = tmp_path_factory.mktemp("desk") / "desk.db"
    desk = Desk(f"sqlite:///{path}")
    desk.upgrade()
    desk.close()
    return path


@pytest.fixture
def settings(tmp_path: Path, new_database: Path) -> Settings:
    shutil.copy(new_database, tmp_path / "desk.db")
    return Settings(
        database=f"sqlite:///{tmp_path / 'desk.db'}",
        model=Path("model/networks/starter"),
        runs=tmp_path / "runs",
        repository=tmp_path,
        public_url="http://testserver",
        secret="s" * 40,
        local_people=LOCAL_PEOPLE,
        ci_token_sha256=(hashlib.sha256(CI_TOKEN.encode()).hexdigest(),),
        rates=NO_LIMIT,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings)
    with TestClient(made):  # Start-up makes the tables; the end closes the database.
        yield made


class Browser:
    """A person's browser: keeps the cookie, sends the token, makes up keys."""

    def __init__(self, app: FastAPI, person: str | None = None) -> None:
        self.http = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        self.token = ""
        if person is not None:
            self.sign_in(person)

    def sign_in(self, person: str) -> None:
        page = self.http.get("/sign-in", headers={"Accept": "text/html"})
        form = {"person": str(PEOPLE[person]), "csrf_token": form_token(page.text)}
        assert self.http.post("/sign-in", data=form).status_code == 303
        self.token = self.http.get("/api/v1/me").json()["csrf_token"]

    def get(self, path: str, **options: Any) -> Any:
        return self.http.get(f"/api/v1{path}", **options)

    def send(
        self, method: str, path: str, *, version: int | None = None, key: str | None = None, **options: Any
    ) -> Any:
        headers = {"X-CSRF-Token": self.token, "Idempotency-Key": key or token_hex(8)}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        headers |= options.pop("headers", {})
        return self.http.request(method, f"/api/v1{path}", headers=headers, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.send("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.send("PUT", path, json=json, **options)


@pytest.fixture
def browser(app: FastAPI) -> Callable[..., Browser]:
    return partial(Browser, app)


def form_token(page: str) -> str:
    """The token in a page's form."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """A real server on the loopback, in a thread; its address."""
    socket = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{socket.getsockname()[1]}"
    app = create_app(replace(settings, public_url=address))
    server = uvicorn.Server(configured(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        assert server.started
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        socket.close()

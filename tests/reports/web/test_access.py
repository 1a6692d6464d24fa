"""Role × endpoint: walked over every route that the application has, the pages among them (owners: test_owners)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.testclient import TestClient

from cases.desk import Actor, Role
from reports.web import Settings, create_app
from reports.web.access import Access, GuardedRoute, access_of, allow, guarded_router, public
from reports.web.app import STATIC

from .conftest import CI_TOKEN, RECORD, Browser, form_token

PERSONS: dict[str, frozenset[Role]] = {
    **{role.value: frozenset({role}) for role in Role},
    "nothing": frozenset(),
    "other_clinician": frozenset({Role.CLINICIAN}),
}
HEX = "0" * 32
FILL = {"case_id": HEX, "upload_id": HEX, "key": "0" * 16, "position": "0", "number": "1"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    people = tuple(Actor(f"local|{name}", name, roles) for name, roles in PERSONS.items())
    return replace(settings, local_people=people)


@pytest.fixture
def person(app: FastAPI) -> Any:
    made: dict[str, Browser] = {}

    def browser(name: str) -> Browser:
        if name not in made:
            made[name] = Browser(app)
            page = made[name].http.get("/sign-in", headers={"Accept": "text/html"})
            form = {"person": str(list(PERSONS).index(name)), "csrf_token": form_token(page.text)}
            made[name].http.post("/sign-in", data=form)
            made[name].token = made[name].http.get("/api/v1/me").json()["csrf_token"]
        return made[name]

    return browser


def endpoints(app: FastAPI) -> Iterator[tuple[str, str, Access]]:
    """(method, path, declared access) of every route; whatever is no route of ours fails."""
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path in STATIC, f"{route.path} is mounted past the guard"
            continue
        inner = getattr(route, "original_router", None)
        for one in [route] if inner is None else inner.routes:
            assert isinstance(one, GuardedRoute), f"{one} is not behind the guard"
            for method in sorted(one.methods - {"HEAD"}):
                yield method, one.path, one.access


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: FILL.get(found[1], "0"), path)


def call(http: TestClient, method: str, path: str, **headers: str) -> Any:
    wants = "application/json" if path.startswith("/api/") else "text/html"
    return http.request(method, filled(path), headers={"Accept": wants, **headers})


def test_every_endpoint_is_there_and_declared(app: FastAPI) -> None:
    found = list(endpoints(app))
    assert len(found) > 40
    assert len({(method, path) for method, path, _ in found}) == len(found)
    for _, path, access in found:
        assert access.is_public or access.roles or access.needs_no_role or access.ci, path


def test_the_public_ones_are_known(app: FastAPI) -> None:
    open_to_all = {(method, path) for method, path, access in endpoints(app) if access.is_public}
    open_to_all = {(method, path) for method, path in open_to_all if not path.startswith("/static/")}
    assert open_to_all == {
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
    }


def test_an_endpoint_without_a_declaration_does_not_come_into_being() -> None:
    router = guarded_router()
    with pytest.raises(TypeError, match="does not say who may call it"):

        @router.get("/forgotten")
        def forgotten() -> None: ...

    assert access_of(public(lambda: None)).is_public
    assert access_of(allow(Role.REVIEWER)(lambda: None)).roles == {Role.REVIEWER}


def test_nobody_gets_in_without_a_session_96(app: FastAPI) -> None:
    nobody = TestClient(app, follow_redirects=False)
    for method, path, access in endpoints(app):
        if access.is_public:
            continue
        answer = call(nobody, method, path)
        if path.startswith("/api/"):
            assert answer.status_code == 401, (method, path)
            assert answer.json()["code"] == "E-SIGN-IN"
            assert "WWW-Authenticate" in answer.headers
        else:
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("name", [*(role.value for role in Role), "nothing"])
def test_the_role_decides_97(app: FastAPI, person: Any, name: str) -> None:
    browser, roles = person(name), PERSONS[name]
    n_refused = 0
    for method, path, access in endpoints(app):
        if access.is_public or path == "/sign-out":
            continue
        answer = call(browser.http, method, path, **{"X-CSRF-Token": browser.token})
        may = access.needs_no_role or bool(access.roles & roles)
        if may:
            assert answer.status_code not in (401, 405), (method, path)
            assert answer.status_code < 500, (method, path, answer.text)
        else:
            n_refused += 1
            assert answer.status_code == 403, (method, path, answer.status_code)
    assert n_refused > 3


@pytest.mark.parametrize("token", ["forged", "", CI_TOKEN[:-1], CI_TOKEN + "t", "ü"])
def test_a_forged_token_106(app: FastAPI, token: str) -> None:
    nobody = TestClient(app, follow_redirects=False)
    for method, path, _ in endpoints(app):
        answer = nobody.request(
            method,
            filled(path),
            headers=[("authorization", f"Bearer {token}".encode()), ("accept", "application/json")],
        )
        assert answer.status_code == 401, (method, path)


def test_a_ci_token_does_what_ci_does_and_no_more_106(app: FastAPI) -> None:
    ci = TestClient(app, follow_redirects=False, headers={"Authorization": f"Bearer {CI_TOKEN}"})
    for method, path, access in endpoints(app):
        if access.is_public:
            continue
        answer = ci.request(method, filled(path), headers={"Accept": "application/json"})
        assert (answer.status_code == 403) == (not access.ci), (method, path, answer.status_code)


def test_the_pages_hide_what_is_somebody_elses_98(app: FastAPI, person: Any) -> None:
    owner, other = person("clinician"), person("other_clinician")
    ids = {"case_id": owner.post("/cases", {"record": RECORD}).json()["id"]}
    file = {"file": ("a.csv", b"id,expected\na,appendicitis\n", "text/csv")}
    ids["upload_id"] = owner.post("/uploads", files=file, data={"no_identifiers": "true"}).json()["id"]
    for method, path, access in endpoints(app):
        named = [name for name in ids if f"{{{name}}}" in path]
        if path.startswith("/api/") or not named or Role.CLINICIAN not in access.roles:
            continue
        address = filled(path.replace(f"{{{named[0]}}}", ids[named[0]]))
        answer = other.http.request(method, address, headers={"Accept": "text/html", "X-CSRF-Token": other.token})
        if answer.status_code == 303:  # A form that was refused may lead back to its page, which is not there either.
            answer = other.http.get(answer.headers["location"], headers={"Accept": "text/html"})
        assert answer.status_code >= 400, (method, path)
        assert RECORD["complaint"] not in answer.text, (method, path)
    assert owner.get(f"/cases/{ids['case_id']}").json()["current"] == 1, "nothing was changed by anybody"


def test_nobody_approves_their_own_case_105(settings: Settings) -> None:
    both = Actor("local|both", "Both", frozenset({Role.CLINICIAN, Role.REVIEWER}))
    with TestClient(create_app(replace(settings, local_people=(both,)))) as http:
        browser = Browser(http.app)  # type: ignore[arg-type]
        page = browser.http.get("/sign-in", headers={"Accept": "text/html"})
        browser.http.post("/sign-in", data={"person": "0", "csrf_token": form_token(page.text)})
        browser.token = browser.http.get("/api/v1/me").json()["csrf_token"]
        case = browser.post("/cases", {"record": RECORD}).json()["id"]
        assert browser.post(f"/cases/{case}/submit", {"no_identifiers": True}, version=1).status_code == 200
        assert browser.get("/reviews/queue").json() == []
        assert browser.get(f"/reviews/{case}/blind").status_code == 403
        opinion = {"condition": "appendicitis", "triage": "urgent"}
        assert browser.post(f"/reviews/{case}/opinion", opinion, version=1).status_code == 403
        refused = browser.post(f"/reviews/{case}/decision", {"verdict": "accept"}, version=1)
        assert refused.status_code == 403
        assert browser.get(f"/cases/{case}").json()["state"] == "in_review"

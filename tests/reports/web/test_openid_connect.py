"""Sign-in by OpenID Connect, against a real provider on the loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from cases.desk import Role
from model.errors import InputError
from reports.web import Settings, create_app
from reports.web.settings import OpenIdConnect, oidc_from
from reports.web.sign_in.oidc import RETURN, roles_in

from .provider import CLIENT, SECRET, Provider, running

ADDRESS = "https://testserver"


def browser(app: FastAPI, **options: Any) -> TestClient:
    return TestClient(app, ADDRESS, follow_redirects=False, headers={"Accept": "application/json"}, **options)


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running(Provider()) as provider:
        yield provider


@pytest.fixture
def provider(server: Provider) -> Provider:
    server.lie, server.claims = "", {"sub": "17", "name": "Dr Ada", "roles": ["clinician"]}
    return server


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    oidc = OpenIdConnect(provider.address, CLIENT, SECRET)
    return replace(settings, local_people=(), public_url=ADDRESS, oidc=oidc)


@pytest.fixture
def http(app: FastAPI) -> TestClient:
    return browser(app)


def to_provider(address: str) -> str:
    """Where the provider sends the browser back to."""
    import httpx2 as httpx

    answer = httpx.get(address)
    assert answer.status_code == 302
    return answer.headers["location"]


def sign_in(http: TestClient, next_: str = "/") -> Any:
    left = http.get("/sign-in", params={"next": next_})
    assert left.status_code == 302, left.text
    back = urlsplit(to_provider(left.headers["location"]))
    assert back.path == RETURN
    return http.get(f"{back.path}?{back.query}")


def test_signing_in(http: TestClient, provider: Provider) -> None:
    came_back = sign_in(http, "/uploads")
    assert came_back.status_code == 303
    assert came_back.headers["location"] == "/uploads"
    me = http.get("/api/v1/me").json()
    assert (me["id"], me["name"], me["roles"]) == (f"{provider.address}|17", "Dr Ada", ["clinician"])


def test_two_people_of_one_name_are_told_apart(http: TestClient, app: FastAPI, provider: Provider) -> None:
    sign_in(http)
    provider.claims["sub"] = "18"
    other = browser(app)
    sign_in(other)
    assert other.get("/api/v1/me").json()["name"] == "Dr Ada (2)"


@pytest.mark.parametrize(
    ("lie", "claims"),
    [
        ("signature", {}),
        ("algorithm", {}),
        ("", {"iss": "https://evil.example"}),
        ("", {"aud": "another client"}),
        ("", {"aud": None}),
        ("", {"exp": int(time.time()) - 3600}),
        ("", {"exp": None}),
        ("", {"iat": None}),
        ("", {"nonce": "of another sign-in"}),
        ("", {"nonce": None}),
        ("", {"sub": None}),
        ("", {"sub": ""}),
        ("", {"azp": "another client", "aud": [CLIENT, "another client"]}),
    ],
)
def test_what_does_not_prove_true(http: TestClient, provider: Provider, lie: str, claims: dict[str, Any]) -> None:
    provider.lie = lie
    provider.claims |= claims
    refused = sign_in(http)
    assert refused.status_code == 401, refused.headers
    assert refused.json()["code"] == "E-OIDC"
    assert http.get("/api/v1/me").status_code == 401


def test_a_person_sees_why_and_is_not_sent_in_circles(http: TestClient, provider: Provider) -> None:
    provider.lie = "signature"
    back = urlsplit(to_provider(http.get("/sign-in").headers["location"]))
    page = http.get(f"{back.path}?{back.query}", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "did not confirm who you are" in page.text


def test_signing_out_stays_signed_out(http: TestClient) -> None:
    sign_in(http)
    token = http.get("/api/v1/me").json()["csrf_token"]
    left = http.post("/sign-out", headers={"X-CSRF-Token": token})
    assert left.headers["location"] == "/signed-out"
    assert http.get("/signed-out", headers={"Accept": "text/html"}).status_code == 200
    assert http.get("/api/v1/me").status_code == 401


def test_coming_back_without_having_left(http: TestClient) -> None:
    assert http.get(f"{RETURN}?code=x&state=y").status_code == 401
    assert http.get(RETURN).status_code == 401
    assert http.get(f"{RETURN}?error=access_denied").status_code == 401


def test_coming_back_in_another_browser(http: TestClient, app: FastAPI) -> None:
    back = urlsplit(to_provider(http.get("/sign-in").headers["location"]))
    victim = browser(app)
    assert victim.get(f"{back.path}?{back.query}").status_code == 401, "an attacker's sign-in is not the victim's"
    victim.get("/sign-in")
    assert victim.get(f"{back.path}?{back.query}").status_code == 401, "nor with a state of its own"


def test_a_code_is_good_once(http: TestClient) -> None:
    back = urlsplit(to_provider(http.get("/sign-in").headers["location"]))
    cookie = http.cookies.get("clinval_sign_in", path=RETURN)
    assert http.get(f"{back.path}?{back.query}").status_code == 303
    http.cookies.set("clinval_sign_in", cookie or "", path=RETURN)
    assert http.get(f"{back.path}?{back.query}").status_code == 401


def test_every_sign_in_has_secrets_of_its_own(http: TestClient) -> None:
    asked = [parse_qs(urlsplit(http.get("/sign-in").headers["location"]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]


def test_open_redirect_107(http: TestClient) -> None:
    assert http.get("/sign-in", params={"next": "//evil.example"}).status_code == 400


def test_the_session_is_new_104(http: TestClient) -> None:
    sign_in(http)
    first = http.cookies["__Host-clinval"]
    assert browser(http.app, cookies={"__Host-clinval": first}).get("/api/v1/me").status_code == 200
    sign_in(http)
    assert browser(http.app, cookies={"__Host-clinval": first}).get("/api/v1/me").status_code == 401


def test_a_person_without_a_role_may_do_nothing(http: TestClient, provider: Provider) -> None:
    provider.claims["roles"] = ["something else"]
    sign_in(http)
    assert http.get("/api/v1/me").json()["roles"] == []
    assert http.get("/api/v1/cases").status_code == 403


def test_a_provider_that_is_down(settings: Settings) -> None:
    nowhere = replace(settings, oidc=OpenIdConnect("http://127.0.0.1:9", CLIENT, SECRET))
    with browser(create_app(nowhere)) as http:
        answer = http.get("/sign-in")
        assert answer.status_code == 503
        assert answer.json()["code"] == "E-OIDC"


@pytest.mark.parametrize(
    ("claim", "claims", "roles"),
    [
        ("roles", {"roles": ["clinician", "reviewer"]}, {Role.CLINICIAN, Role.REVIEWER}),
        ("roles", {"roles": "clinician"}, {Role.CLINICIAN}),
        ("realm_access.roles", {"realm_access": {"roles": ["administrator"]}}, {Role.ADMINISTRATOR}),
        ("roles", {}, set()),
        ("roles", {"roles": None}, set()),
        ("roles", {"roles": {"clinician": True}}, set()),
        ("roles", {"roles": [["clinician"], 1, None, "CLINICIAN"]}, set()),
        ("a.b", {"a": "clinician"}, set()),
    ],
)
def test_roles_of_claims(claim: str, claims: dict[str, Any], roles: set[Role]) -> None:
    assert roles_in(claims, OpenIdConnect("https://x", "c", "s", claim)) == roles


ENVIRONMENT = {
    "CLINVAL_OIDC_ISSUER": "https://id.example/realm/",
    "CLINVAL_OIDC_CLIENT_ID": "clinval",
    "CLINVAL_OIDC_CLIENT_SECRET": "s",
}


def test_the_environment() -> None:
    assert oidc_from({}) is None
    made = oidc_from({**ENVIRONMENT, "CLINVAL_OIDC_ROLES": "doctors = clinician, seniors=reviewer"})
    assert made is not None
    assert made.issuer == "https://id.example/realm"
    assert made.roles == {"doctors": Role.CLINICIAN, "seniors": Role.REVIEWER}
    assert "secret" not in repr(made)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"CLINVAL_OIDC_CLIENT_ID": "", "CLINVAL_OIDC_CLIENT_SECRET": ""}, ["E-OIDC", "E-OIDC"]),
        ({"CLINVAL_OIDC_ISSUER": "http://id.example"}, ["E-OIDC"]),
        ({"CLINVAL_OIDC_ROLES": "doctors=king, =clinician, x"}, ["E-OIDC-ROLES"] * 3),
    ],
)
def test_an_environment_that_does_not_fit(change: dict[str, str], codes: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        oidc_from({**ENVIRONMENT, **change})
    assert [problem.code for problem in refused.value.problems] == codes


def test_the_provider_may_change_its_keys(app: FastAPI, provider: Provider) -> None:
    """A key of a new name is fetched; nobody has to start the server again."""
    assert sign_in(browser(app)).status_code == 303
    before, old = provider.key, provider.n_keys_read
    try:
        provider.key, provider.key_id = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"}), "two"
        assert sign_in(browser(app)).status_code == 303
        assert sign_in(browser(app)).status_code == 303
        assert provider.n_keys_read <= old + 2, "not at every sign-in"
    finally:
        provider.key, provider.key_id = before, "one"

"""The API is described completely, answers as described, and never with a 5xx.

``CLINVAL_FUZZ_REQUESTS=22000 pytest -s -o timeout=0 tests/reports/web/test_openapi.py``
sends over 20,000 (schemathesis).
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cases.desk import Actor, Desk, Role
from reports.web import Settings, create_app

from .conftest import CI_TOKEN, RECORD, Browser, form_token

N_REQUESTS = int(os.environ.get("CLINVAL_FUZZ_REQUESTS", "500"))
EVERYBODY = Actor("local|all", "Everybody", frozenset(Role))
SEED = 5
SHARE_SENT = 20 / 22
"""Of the requests that are asked for: some that are drawn no client can send, and an endpoint without parameters
has only so many that differ."""


@pytest.fixture
def described(app: FastAPI) -> dict[str, Any]:
    answer = TestClient(app).get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_every_operation_is_described(described: dict[str, Any]) -> None:
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) > 40
    assert all(path.startswith(("/api/v1/", "/health/")) for path in described["paths"]), "pages are not in it"
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)
    for name, operation in operations.items():
        assert operation.get("description") or operation.get("summary"), name
        assert operation["tags"], name
        answers = operation["responses"]
        good = [answers[status] for status in answers if status.startswith("2")]
        assert good, name
        for answer in good:
            described_by = list(answer.get("content", {}).values())
            assert described_by or "204" in answers, f"{name} does not say what it answers"
            assert all(
                one.get("schema") != {} or "application/json" not in answer["content"] for one in described_by
            ), name
        assert operation["security"], name
        if "/health/" not in name:
            assert {"401", "403", "422", "429"} & set(answers), name
    problem = described["components"]["schemas"]["ProblemDetails"]
    assert {"title", "status", "detail", "code"} <= set(problem["required"])


def test_every_request_with_a_body_may_be_too_large_93(described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            refusals = {"400", "408", "413"} & set(operation["responses"])
            assert len(refusals) == (3 if "requestBody" in operation else 0), (method, path)
            assert ("x-most-bytes" in operation) == (method != "get")


def test_every_creating_request_has_a_key_100(described: dict[str, Any]) -> None:
    """A POST that answers 201 takes an Idempotency-Key, unless its name follows from its content."""
    by_content = {"/api/v1/runs", "/api/v1/diffs", "/api/v1/publications"}
    for path, methods in described["paths"].items():
        if "201" in methods.get("post", {}).get("responses", {}) and path not in by_content:
            headers = {
                one["name"] for one in methods["post"]["parameters"] if one["in"] == "header" and one["required"]
            }
            assert "Idempotency-Key" in headers, path


def test_no_case_text_in_addresses_108(described: dict[str, Any]) -> None:
    """Addresses take opaque ids and numbers; the one search word is bounded, and not logged."""
    for path, methods in described["paths"].items():
        for operation in methods.values():
            for one in operation.get("parameters", []):
                if one["in"] == "path":
                    schema = one["schema"]
                    assert "pattern" in schema or schema["type"] == "integer", (path, one["name"])
                if one["in"] == "query":
                    assert one["name"] in {"q", "kind", "most", "state", "start", "csv"}, (path, one["name"])
                    if one["name"] == "q":
                        assert one["schema"]["maxLength"] == 100


@pytest.fixture
def fuzzed(settings: Settings) -> Any:
    """An application with a case and an upload in it, one person with every role, and that person's browser."""
    with TestClient(create_app(replace(settings, local_people=(EVERYBODY,)))) as http:
        browser = Browser(http.app)  # type: ignore[arg-type]
        page = browser.http.get("/sign-in", headers={"Accept": "text/html"})
        browser.http.post("/sign-in", data={"person": "0", "csrf_token": form_token(page.text)})
        browser.token = browser.http.get("/api/v1/me").json()["csrf_token"]
        _publishable(http.app.state.services.desk, settings.repository)  # type: ignore[attr-defined]
        yield browser


def _publishable(desk: Desk, repository: Path) -> None:
    """A case that two have signed off, and a repository to publish it to."""
    both = [Role.CLINICIAN, Role.REVIEWER]
    one, other = (desk.people.sign_in(f"fuzz|{name}", name, both) for name in ("One", "Other"))
    case = desk.drafts.create(one, {**RECORD, "complaint": "Another belly."})
    desk.drafts.submit(one, case.id, case.number, no_identifiers=True)
    desk.reviews.give_opinion(other, case.id, case.number, condition="appendicitis", triage="urgent")
    desk.reviews.decide(other, case.id, case.number, "accept")
    who = ["-c", "user.name=t", "-c", "user.email=t@t"]
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "0"]):
        subprocess.run(["git", "-C", str(repository), *command], check=True)


class Description:
    """The document, against which every answer is held."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._validators: dict[tuple[str, str, str], Any] = {}

    def must_tell(self, method: str, path: str, answer: Any) -> None:
        """Fail where an answer's status, kind of content or content is not as described."""
        import jsonschema

        described = self._document["paths"][path][method.lower()]["responses"]
        status = str(answer.status_code)
        assert status in described, (method, path, status, answer.text[:300])
        contents = described[status].get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert not contents or kind in contents, (method, path, status, kind)
        if not contents or not kind.endswith("json"):
            return
        place = (method, path, status)
        if place not in self._validators:
            schema = {**contents[kind]["schema"], "components": self._document["components"]}
            self._validators[place] = jsonschema.Draft202012Validator(schema)
        wrong = next(self._validators[place].iter_errors(answer.json()), None)
        assert wrong is None, (*place, wrong.message[:300] if wrong else "")


class Fuzz:
    """Requests made from the description, half of them against what exists; none may end in a 5xx, and all are
    answered as described."""

    def __init__(self, browser: Browser, existing: dict[str, str], description: Description) -> None:
        self.browser, self.existing, self.description = browser, existing, description
        self.statuses: Counter[int] = Counter()

    def sender(self, path: str) -> Callable[[tuple[Any, bool, bool]], None]:
        def send(drawn: tuple[Any, bool, bool]) -> None:
            self.send(drawn[0], path, is_real=drawn[1], as_ci=drawn[2])

        return send

    def send(self, case: Any, path: str, *, is_real: bool, as_ci: bool) -> None:
        for name in set(case.path_parameters or {}) & set(self.existing) if is_real else ():
            case.path_parameters[name] = self.existing[name]
        n_sent = self.statuses.total()
        headers = {"X-CSRF-Token": self.browser.token, "Idempotency-Key": f"fuzz-{n_sent}", "If-Match": '"1"'}
        if as_ci and path in ("/api/v1/runs", "/api/v1/diffs", "/api/v1/interview"):
            headers = {"Authorization": f"Bearer {CI_TOKEN}"}
        if not is_real:
            headers |= {name: value for name, value in (case.headers or {}).items() if isinstance(value, str)}
        arguments = case.as_transport_kwargs(base_url="http://testserver", headers=headers)
        arguments.pop("cookies", None)  # Ours, which says who we are.
        if isinstance(arguments.get("data"), str | bytes):
            arguments["content"] = arguments.pop("data")
        try:
            answer = self.browser.http.request(**arguments)
        except (UnicodeError, ValueError, TypeError):  # What no client can send.
            return
        self.statuses[answer.status_code] += 1
        assert answer.status_code < 500, (path, answer.status_code, answer.text[:500])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (path, answer.status_code)
        self.description.must_tell(case.method, path, answer)


@pytest.mark.slow
def test_no_5xx(fuzzed: Browser) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed
    from hypothesis import settings as hypothesis_settings
    from hypothesis import strategies as st
    from schemathesis.generation import GenerationMode

    schemathesis.serializer("application/x-tar")(lambda _context, value: value)
    file = {"file": ("a.csv", b"id,expected\na,appendicitis\n", "text/csv")}
    existing = {
        "case_id": fuzzed.post("/cases", {"record": RECORD}).json()["id"],
        "upload_id": fuzzed.post("/uploads", files=file, data={"no_identifiers": "true"}).json()["id"],
    }
    app: Any = fuzzed.http.app
    fuzz = Fuzz(fuzzed, existing, Description(app.openapi()))
    operations = [one.ok() for one in schemathesis.openapi.from_dict(app.openapi()).get_all_operations()]
    options = hypothesis_settings(
        max_examples=-(-N_REQUESTS // len(operations)), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for operation in operations:
        cases = st.one_of(
            [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
        )
        drawn = st.tuples(cases, st.booleans(), st.booleans())
        seed(SEED)(options(given(drawn)(fuzz.sender(operation.path))))()
    n_sent = fuzz.statuses.total()
    print(f"{n_sent} requests: {dict(sorted(fuzz.statuses.items()))}")
    assert n_sent >= SHARE_SENT * N_REQUESTS, f"{n_sent} requests were sent, of {N_REQUESTS} that were asked for"
    assert fuzz.statuses[200] > 0.02 * n_sent, f"hardly anything got through: {fuzz.statuses}"

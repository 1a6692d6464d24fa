"""Role × endpoint × owner over the API: the endpoints come from the application, the expectations from here.

An endpoint about somebody's case or upload that has no line in ``BODIES`` and ``IN_REVIEW`` fails the test.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from cases.desk import Role

from .conftest import RECORD, Browser
from .test_access import HEX, PERSONS, endpoints, person, settings

__all__ = ["person", "settings"]

API = "/api/v1"
OWNED = ("case_id", "upload_id")
NOT_OWNED = {"key"}
"""Runs and diffs are everybody's who has a role."""
OPINION = {"condition": "appendicitis", "triage": "urgent"}
WHY = {"reason": "for a test"}

BODIES: dict[tuple[str, str], Any] = {
    ("GET", "/cases/{case_id}"): None,
    ("PUT", "/cases/{case_id}"): {"record": {}},
    ("POST", "/cases/{case_id}/submit"): {"no_identifiers": True},
    ("POST", "/cases/{case_id}/recall"): WHY,
    ("POST", "/cases/{case_id}/withdraw"): WHY,
    ("POST", "/cases/{case_id}/hand-over"): {"to": "local|other_clinician", **WHY},
    ("GET", "/cases/{case_id}/versions"): None,
    ("GET", "/cases/{case_id}/versions/{number}"): None,
    ("GET", "/cases/{case_id}/history"): None,
    ("GET", "/cases/{case_id}/likeness"): None,
    ("POST", "/cases/{case_id}/answer"): None,
    ("POST", "/cases/{case_id}/preview"): None,
    ("GET", "/reviews/{case_id}/blind"): None,
    ("POST", "/reviews/{case_id}/take"): None,
    ("POST", "/reviews/{case_id}/give-back"): None,
    ("POST", "/reviews/{case_id}/assign"): {"reviewer": "local|reviewer", **WHY},
    ("POST", "/reviews/{case_id}/opinion"): OPINION,
    ("GET", "/reviews/{case_id}"): None,
    ("POST", "/reviews/{case_id}/decision"): {"verdict": "accept"},
    ("GET", "/uploads/{upload_id}"): None,
    ("POST", "/uploads/{upload_id}/check"): None,
    ("POST", "/uploads/{upload_id}/confirm"): {"hidden": True},
    ("GET", "/uploads/{upload_id}/rows"): None,
    ("POST", "/uploads/{upload_id}/rows/{position}/fix"): {"problem": 0, "fix": 0},
    ("POST", "/uploads/{upload_id}/rows/{position}/edit"): {"column": "id", "text": "x"},
    ("POST", "/uploads/{upload_id}/rows/{position}/override"): {"code": "E-IDENTIFIER", **WHY},
    ("POST", "/uploads/{upload_id}/drop"): {"positions": [0], **WHY},
    ("POST", "/uploads/{upload_id}/take"): {"count": 1},
    ("POST", "/uploads/{upload_id}/erase"): WHY,
    ("GET", "/uploads/{upload_id}/annotated"): None,
}
ADMINISTRATORS = {
    ("POST", "/cases/{case_id}/hand-over"): 200,
    ("POST", "/uploads/{upload_id}/erase"): 200,
}
"""What an administrator may do to what is somebody's alone, without seeing it."""

COLUMNS = ("owner", "other_clinician", "reviewer", "reviewer with an opinion", "model_author", "administrator")
IN_REVIEW: dict[tuple[str, str], tuple[int, ...]] = {
    # Before an opinion of one's own nobody sees the author's answer: to a reviewer the case is not there.
    ("GET", "/cases/{case_id}"): (200, 404, 404, 200, 404, 200),
    ("PUT", "/cases/{case_id}"): (409, 404, 403, 403, 403, 403),
    ("POST", "/cases/{case_id}/submit"): (409, 404, 403, 403, 403, 403),
    ("POST", "/cases/{case_id}/recall"): (200, 404, 403, 403, 403, 403),
    ("POST", "/cases/{case_id}/withdraw"): (409, 404, 403, 403, 403, 403),
    ("POST", "/cases/{case_id}/hand-over"): (403, 403, 403, 403, 403, 200),
    ("GET", "/cases/{case_id}/versions"): (200, 404, 404, 200, 404, 200),
    ("GET", "/cases/{case_id}/versions/{number}"): (200, 404, 404, 200, 404, 200),
    ("GET", "/cases/{case_id}/history"): (200, 404, 404, 200, 404, 200),
    ("GET", "/cases/{case_id}/likeness"): (200, 404, 404, 200, 404, 200),
    ("POST", "/cases/{case_id}/answer"): (200, 404, 403, 403, 403, 403),
    ("POST", "/cases/{case_id}/preview"): (422, 404, 404, 200, 404, 200),  # The owner fixes the answer first.
    # Nobody reviews their own: not even their own evidence is shown as a blind reviewer would see it.
    ("GET", "/reviews/{case_id}/blind"): (403, 403, 200, 200, 403, 403),
    ("POST", "/reviews/{case_id}/take"): (403, 403, 204, 204, 403, 403),
    ("POST", "/reviews/{case_id}/give-back"): (403, 403, 409, 409, 403, 409),  # Nobody has taken it.
    ("POST", "/reviews/{case_id}/assign"): (403, 403, 403, 403, 403, 204),
    ("POST", "/reviews/{case_id}/opinion"): (403, 403, 200, 409, 403, 403),
    ("GET", "/reviews/{case_id}"): (200, 404, 404, 200, 404, 200),
    ("POST", "/reviews/{case_id}/decision"): (403, 403, 409, 200, 403, 403),  # First the blind opinion.
}


def owned(app: FastAPI) -> Iterator[tuple[str, str, frozenset[Role]]]:
    """(method, path, roles) of every endpoint of the API that is about somebody's case or upload."""
    for method, path, access in endpoints(app):
        if path.startswith(API) and any(f"{{{name}}}" in path for name in OWNED):
            yield method, path.removeprefix(API), access.roles


def a_case(owner: Browser, number: int) -> str:
    """A draft of its owner's; every number makes another patient."""
    record = {**copy.deepcopy(RECORD), "patient": {"age": 20 + number / 10, "sex": "female"}}
    made = owner.post("/cases", {"record": record})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def an_upload(owner: Browser) -> str:
    """A checked file of its owner's."""
    file = {"file": ("a.csv", b"id,expected\na,appendicitis\n", "text/csv")}
    upload = owner.post("/uploads", files=file, data={"no_identifiers": "true"}).json()["id"]
    assert owner.post(f"/uploads/{upload}/check").status_code == 200
    return str(upload)


def call(browser: Browser, endpoint: tuple[str, str], of: str) -> Any:
    """The endpoint on one case or upload."""
    method, path = endpoint
    address = re.sub(r"\{(case_id|upload_id)\}", of, path).format(number=1, position=0)
    return browser.send(method, address, version=1, json=BODIES[endpoint])


def test_every_endpoint_on_what_is_owned_has_its_line(app: FastAPI) -> None:
    assert {(method, path) for method, path, _ in owned(app)} == set(BODIES)
    assert {one for one in BODIES if "{case_id}" in one[1]} == set(IN_REVIEW)
    named = {name for _, path, _ in endpoints(app) if path.startswith(API) for name in re.findall(r"\{(\w+)", path)}
    within = {"position", "number"}
    assert named - within == {*OWNED, *NOT_OWNED}, "a new kind of thing: is it somebody's?"


@pytest.mark.parametrize("name", [one for one in PERSONS if one != "clinician"])
def test_what_is_somebody_elses_is_not_there_98(app: FastAPI, person: Any, name: str) -> None:
    owner, stranger = person("clinician"), person(name)
    person("reviewer"), person("other_clinician")  # Whom one can hand a case to has signed in before.
    case, upload = a_case(owner, 0), an_upload(owner)
    for method, path, roles in owned(app):
        if name == "administrator" and (method, path) in ADMINISTRATORS:
            continue
        answer = call(stranger, (method, path), upload if "upload_id" in path else case)
        if roles & PERSONS[name]:
            assert answer.status_code == 404, (method, path, answer.text)
            nowhere = call(stranger, (method, path), HEX)
            assert answer.json() == nowhere.json(), "somebody else's looks as if there were none"
        else:
            assert answer.status_code == 403, (method, path, answer.text)
    assert owner.get(f"/cases/{case}").json()["current"] == 1, "nothing was changed by anybody"
    assert owner.get(f"/uploads/{upload}").json()["state"] == "checked"


def test_what_an_administrator_may_do_to_it(person: Any) -> None:
    owner, administrator = person("clinician"), person("administrator")
    other = person("other_clinician")
    ids = {"case_id": a_case(owner, 0), "upload_id": an_upload(owner)}
    for (method, path), status in ADMINISTRATORS.items():
        of = next(value for name, value in ids.items() if name in path)
        answer = call(administrator, (method, path), of)
        assert answer.status_code == status, (method, path, answer.text)
        assert RECORD["complaint"] not in answer.text
    assert owner.get(f"/cases/{ids['case_id']}").status_code == 404
    assert other.get(f"/cases/{ids['case_id']}").status_code == 200


@pytest.mark.parametrize("column", COLUMNS)
def test_a_case_in_review(person: Any, column: str) -> None:
    owner = person("clinician")
    person("reviewer"), person("other_clinician")  # Whom one can hand a case to has signed in before.
    reviewer, caller = person("reviewer"), person("clinician" if column == "owner" else column.split(maxsplit=1)[0])
    found = {}
    for number, endpoint in enumerate(IN_REVIEW):
        case = a_case(owner, number)
        handed_in = call(owner, ("POST", "/cases/{case_id}/submit"), case)
        assert handed_in.status_code == 200, handed_in.text
        if column.endswith("opinion"):
            assert call(reviewer, ("POST", "/reviews/{case_id}/opinion"), case).status_code == 200
        answer = call(caller, endpoint, case)
        found[endpoint] = answer.status_code
        if column not in ("owner", "administrator", "reviewer with an opinion"):
            assert "appendicitis" not in answer.text or endpoint[1].endswith("/opinion"), "the author's answer"
    assert found == {endpoint: statuses[COLUMNS.index(column)] for endpoint, statuses in IN_REVIEW.items()}

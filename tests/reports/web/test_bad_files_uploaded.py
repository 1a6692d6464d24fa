"""Catalogue 41–88 through HTTP: every bad file of ``tests/cases`` is sent, checked and read on its page.

The tables are those that the readers are tested with; here the answer of the running application counts: the file
is stored, its faults are told with their number, what is good is ready, and the page says the same.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from model.network import ClinicalNetwork
from model.network.save import save_network
from reports.web import LOCAL_PEOPLE, Settings, create_app
from tests.cases import test_bad_files as text_files
from tests.cases import test_intake as rows
from tests.cases import test_spreadsheet as workbooks
from tests.cases.conftest import network, record, vary
from tests.cases.test_checks import ONE_CASE
from tests.cases.uploads import HEADER, line
from tests.cases.workbooks import row, workbook

from .conftest import NO_LIMIT, Browser, TestClient

__all__ = ["network", "record", "vary"]

FIRST, LAST = 41, 89
_keys = count(1)


@dataclass(frozen=True)
class BadFile:
    """A file, and what has to be said of it."""

    catalogue: int
    name: str
    data: bytes
    code: str
    is_refused: bool = False

    @property
    def label(self) -> str:
        """As pytest shows it."""
        return f"{self.catalogue}-{self.name}-{self.code}"


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _bad_files() -> Iterator[BadFile]:
    """Every row of the tables that has a number of the catalogue."""
    for number, name, content, code, _ in text_files.REFUSED:
        yield BadFile(number or 0, name, _bytes(content), code, is_refused=True)
    for number, name, content, code, _ in text_files.SET_ASIDE:
        yield BadFile(number or 0, name, _bytes(content), code)
    for number, name, content, code in text_files.NORMALISED:
        yield BadFile(number, name, _bytes(content), code)
    for number, data, code, _ in workbooks.REFUSED:
        yield BadFile(number or 0, "c.xlsx", data, code, is_refused=True)
    for number, cells, code, _ in workbooks.SET_ASIDE:
        yield BadFile(number or 0, "c.xlsx", workbook([row(**cells), row(id="good")]), code)
    for number, name, content, code, _ in rows.REFUSED:
        yield BadFile(number or 0, name, _bytes(content), code, is_refused=True)
    for number, changes, code, *_ in rows.ONE_ROW:
        bad = "a-1,JD\n" if changes is None else line(**changes)
        yield BadFile(number or 0, "c.csv", (HEADER + bad).encode(), code)


ELSEWHERE = {
    "E-AUTHOR",  # Whoever is signed in is the author where the cell is empty: below.
    "E-JSON",  # A CSV called .json is simply no JSON.
}
FILES = {one.label: one for one in _bad_files() if FIRST <= one.catalogue <= LAST and one.code not in ELSEWHERE}
ONE_ROW_WAITS = {"E-DUPLICATE-ID"}
"""What refuses a set of cases in CI, but has a button on the page."""


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory, new_database: Path) -> Iterator[Browser]:
    """Dr A, on a server with the small network of the tables, in which no man has appendicitis."""
    place = tmp_path_factory.mktemp("bad")
    small: ClinicalNetwork = network.__wrapped__()  # type: ignore[attr-defined]
    first, second = small.conditions
    save_network(replace(small, conditions=(replace(first, prevalence=((0.01,), (0.0,))), second)), place / "model")
    settings = Settings(
        database=f"sqlite:///{place / 'desk.db'}", model=place / "model", runs=place / "runs", repository=place,
        public_url="http://testserver", secret="s" * 40, local_people=LOCAL_PEOPLE, rates=NO_LIMIT,
    )  # fmt: skip
    (place / "desk.db").write_bytes(new_database.read_bytes())
    app = create_app(settings)
    with TestClient(app):
        yield Browser(app, "Dr A")


def uploaded(author: Browser, name: str, data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """The upload as it is after the check, its rows, and all pages about it."""
    sent = author.post("/uploads", files={"file": (name, data)}, data={"no_identifiers": "true"}, key=f"k{next(_keys)}")
    assert sent.status_code == 201, sent.text
    upload = sent.json()["id"]
    checked = author.post(f"/uploads/{upload}/check")
    assert checked.status_code == 200, checked.text
    found = author.get(f"/uploads/{upload}/rows").json()
    pages = [
        author.http.get(f"/uploads/{upload}?show={state}", headers={"Accept": "text/html"})
        for state in {one["state"] for one in found} or {""}
    ]
    assert {page.status_code for page in pages} == {200}
    return checked.json(), found, html.unescape("".join(page.text for page in pages))


@pytest.mark.parametrize("label", FILES)
def test_what_is_wrong_is_told_by_its_number_and_shown(author: Browser, label: str) -> None:
    bad = FILES[label]
    upload, found, pages = uploaded(author, bad.name, bad.data)
    of_rows = [one for row in found for one in row["problems"]]
    told = [
        one for one in (*upload["problems"], *of_rows) if one["code"] == bad.code and one["catalogue"] == bad.catalogue
    ]
    assert told, [(one["code"], one["catalogue"]) for one in (*upload["problems"], *of_rows)]
    assert told[0]["sentence"].startswith("Found ")
    assert told[0]["sentence"] in pages
    assert bad.code in pages
    if bad.is_refused and bad.code not in ONE_ROW_WAITS:
        assert (upload["state"], upload["rows"].get("ready", 0)) == ("refused", 0)
        assert told[0]["severity"] == "reject"
        take = author.post(f"/uploads/{upload['id']}/take", {"count": 1}, version=upload["revision"])
        assert take.status_code in (409, 422)
    elif told[0]["severity"] != "warn":
        bad_rows = [one for one in found if told[0] in one["problems"]]
        assert {one["state"] for one in bad_rows} <= {"waiting", "held"}
        assert bad_rows
    else:
        assert upload["rows"].get("ready", 0) == len(found)


@pytest.mark.parametrize("case", ONE_CASE, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_case_in_json_is_told_like_any_row(author: Browser, vary: Any, case: Any) -> None:
    catalogue, changes, code, severity, _ = case
    _, (found,), pages = uploaded(author, "c.json", json.dumps([vary(**changes)]).encode())
    code = "E-OUT-OF-SCOPE" if (code, "condition" in changes.get("expected", {})) == ("W-CONDITION", True) else code
    told = [one for one in found["problems"] if (one["code"], one["catalogue"]) == (code, catalogue)]
    assert told, found["problems"]
    assert told[0]["sentence"] in pages
    if severity.value == "hold":
        assert found["state"] == "held"
        assert not any(text in pages for text in ("john.doe", "170 1234567", "555-0199", "Stein", "Harley", "1980"))


def _csv(**changes: str) -> bytes:
    return (HEADER + line(**changes)).encode()


TAKEN_AS_IT_IS = [
    (44, _csv(complaint='"It hurts,\nhere"') + line(id="b", age="400").encode(), "complaint", "It hurts,\nhere"),
    (49, _csv(complaint="NA"), "complaint", "NA"),
    (49, _csv(complaint="null"), "complaint", "null"),
    (50, _csv(id="007"), "id", "007"),
    (54, _csv(complaint="=1+1"), "complaint", "=1+1"),
    (87, _csv(author=""), "author", "Dr A"),
]


@pytest.mark.parametrize(("catalogue", "data", "column", "text"), TAKEN_AS_IT_IS)
def test_what_looks_wrong_and_is_right(author: Browser, catalogue: int, data: bytes, column: str, text: str) -> None:
    upload, found, pages = uploaded(author, "c.csv", data)
    assert (found[0]["state"], found[0]["record"][column]) == ("ready", text)
    assert text in pages
    if catalogue == 44:
        assert found[1]["place"].endswith("line 4")  # Lines of the file, not rows.
    file = author.get(f"/uploads/{upload['id']}/annotated").text
    if catalogue == 54:
        assert "'=1+1" in file


def test_evidence_that_no_patient_can_have_73(author: Browser) -> None:
    _, found, pages = uploaded(author, "c.csv", _csv(sex="male") + line(id="b", present="diarrhoea").encode())
    (told,) = (one for one in found[0]["problems"] if one["code"] == "E-IMPOSSIBLE")
    assert (told["catalogue"], found[0]["state"], found[1]["state"]) == (73, "waiting", "ready")
    assert told["sentence"] in pages


def test_likeness_80_to_83(author: Browser) -> None:
    same, near, rival = line(id="b"), line(id="c", age="24"), line(id="d", expected="gastroenteritis")
    _, found, pages = uploaded(author, "c.csv", (HEADER + line() + line(age="70") + same + near + rival).encode())
    told = {(one["code"], one["catalogue"]): row for row in found for one in row["problems"]}
    expected = {
        ("E-DUPLICATE-ID", 80): "waiting", ("E-DUPLICATE", 81): "waiting", ("W-NEAR-DUPLICATE", 82): "ready",
        ("W-CONFLICT", 83): "ready",
    }  # fmt: skip
    assert {key: told[key]["state"] for key in expected} == expected
    assert all(code in pages for code, _ in expected)

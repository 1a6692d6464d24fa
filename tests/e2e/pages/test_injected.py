"""Hostile text in every field that anybody can fill: shown as text on every page, never run (catalogue 91).

The pages' own security policy would stop a script as well; here it must find nothing to stop, because a browser
reports what it stops, and ``doctor`` fails a test for anything that is reported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ..serving import Person, Server, served
from .conftest import Doctor
from .steps import saved

pytestmark = pytest.mark.slow

RUNS = "window.ran=1"
HOSTILE = (
    f'\'"></textarea></title><script>{RUNS}</script><img src=x onerror="{RUNS}"><svg onload={RUNS}>'
    f'<a href="javascript:{RUNS}">x</a><b hx-get="/cases" hx-trigger="load">\u202etxt.exe\u2066{{{{7*7}}}}${{7*7}}'
)
NO_SLASH = f'"><img src=x onerror={RUNS}>'
"""For ids and names of files."""
LINK = f"javascript:{RUNS}"
NAME = f'"><img src=x onerror={RUNS}> Dr'
AUTHOR, SECOND, THIRD, CHIEF = (f"{NAME} {number}" for number in range(4))
RECORD: dict[str, Any] = {
    "author": HOSTILE,
    "source": LINK,
    "licence": HOSTILE,
    "notes": HOSTILE,
    "specialty": HOSTILE,
    "family": HOSTILE,
    "complaint": HOSTILE,
    "patient": {"age": 23, "sex": "female"},
    "unlisted": "absent",
    "findings": {"nausea": {"state": "present", "initial": True}, "fever": "present"},
    "expected": {"condition": "appendicitis", "triage": ["urgent", "emergency"]},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose people have names that nobody should have."""
    place = tmp_path_factory.mktemp("injected")
    roles = "clinician, reviewer, model_author, administrator"
    people = [f"{name}: {roles}" for name in (AUTHOR, SECOND, THIRD, CHIEF)]
    with served(place, f"sqlite:///{place / 'desk.db'}", people=people) as running:
        _plant(running)
        yield running


def _plant(server: Server) -> None:
    """Cases, uploads and reviews made of hostile text, through the API, which refuses less than the forms do."""
    with Person(server, 0) as author, Person(server, 1) as second, Person(server, 2) as third:
        _upload(author)
        unfinished = {
            **RECORD,
            "expected": {"condition": HOSTILE, "acceptable": [HOSTILE]},
            "findings": {HOSTILE: "present"},
        }
        kept = author.post("/cases", json={"record": unfinished, "card_id": NO_SLASH})
        assert kept.status_code == 201, kept.text
        reviewed = []
        for number in range(2):
            record = {**RECORD, "patient": {"age": 30 + 9 * number, "sex": "female"}}
            new = author.post("/cases", json={"record": record, "card_id": f"{NO_SLASH} {number}", "why": HOSTILE})
            case = new.json()["id"]
            sent = author.post(f"/cases/{case}/submit", json={"no_identifiers": True}, version=1)
            assert sent.status_code == 200, sent.text
            reviewed.append(case)
        for doctor, verdict in ((second, "reject"), (third, "accept")):
            opinion = {
                "condition": HOSTILE[:500], "triage": "routine", "comment": HOSTILE, "differential": [HOSTILE[:200]],
                "number": 1,
            }  # fmt: skip
            said = doctor.post(
                f"/reviews/{reviewed[0]}/opinion", version=1, json={k: v for k, v in opinion.items() if k != "number"}
            )
            assert said.status_code in (200, 201), said.text
            decided = doctor.post(
                f"/reviews/{reviewed[0]}/decision", version=1, json={"verdict": verdict, "reason": HOSTILE}
            )
            assert decided.status_code in (200, 201), decided.text
        assert author.post(f"/cases/{reviewed[1]}/recall", json={"reason": HOSTILE}).status_code == 200


def _upload(author: Person) -> None:
    """A file in which headings, words and name are hostile; a row dropped and a cell edited with hostile reasons."""
    text = io.StringIO(newline="")
    write = csv.writer(text)
    write.writerow(["id", "author", "age", "sex", "complaint", "present", "absent", "expected", "notes", HOSTILE])
    good = ["a-1", HOSTILE, "23", "female", HOSTILE, "nausea", "fever", "appendicitis", LINK, HOSTILE]
    write.writerow(good)
    write.writerow(["a-2", LINK, "24", "female", HOSTILE, HOSTILE, "fever", HOSTILE, HOSTILE, ""])
    write.writerow([HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE])
    write.writerow(["a-4", *good[1:]])
    unknown = ["a-5", "A", "25", "female", "It hurts.", HOSTILE, "fever", "appendicitis", "", ""]
    write.writerow(unknown)
    without_column = [row[:-1] for row in csv.reader(io.StringIO(text.getvalue()))]
    also = io.StringIO(newline="")
    csv.writer(also).writerows(without_column)
    for data, name in ((text, f"{LINK}.csv"), (also, f"{NO_SLASH}.csv")):
        upload = author.upload(data.getvalue().encode(), name).json()["id"]
        checked = author.post(f"/uploads/{upload}/check")
        assert checked.status_code == 200, checked.text
    version = checked.json()["revision"]
    assert checked.json()["rows"]["waiting"] >= 2
    dropped = author.post(f"/uploads/{upload}/drop", version=version, json={"positions": [2], "reason": HOSTILE})
    assert dropped.status_code == 200, dropped.text
    edit = {"column": "present", "text": HOSTILE}
    edited = author.post(f"/uploads/{upload}/rows/4/edit", version=version + 1, json=edit)
    assert edited.status_code == 200, edited.text


def _crawl(page: Page, server: Server) -> list[str]:
    """Every page that can be reached by links; nothing on any of them may have run."""
    waiting, seen = [server.address + "/"], []
    while waiting:
        address = waiting.pop(0)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        seen.append(address)
        _is_only_text(page)
        for link in page.eval_on_selector_all(
            "a[href]", "links => links.filter(a => !a.hasAttribute('download')).map(a => a.href)"
        ):
            assert link.startswith(server.address), link
            plain = link.partition("#")[0]
            if plain not in seen and plain not in waiting and "/template." not in plain:
                waiting.append(plain)
    return seen


def _is_only_text(page: Page) -> None:
    assert page.evaluate("window.ran") is None, page.url
    assert page.locator("img, svg[onload], [onerror], a[href^=javascript], b[hx-get]").count() == 0, page.url
    assert "49" not in re.findall(r"txt\.exe\S*?(49)", page.locator("body").inner_text()), page.url


@pytest.mark.parametrize("name", [AUTHOR, SECOND, CHIEF])
def test_nothing_is_run_on_any_page_91(doctor: Doctor, server: Server, name: str) -> None:
    page = doctor(name)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    seen = _crawl(page, server)
    kinds = {
        re.sub(r"[0-9a-f]{32}|\d+", "…", address.removeprefix(server.address).partition("?")[0]) for address in seen
    }
    assert {"/", "/cases", "/uploads", "/reviews", "/publish"} <= kinds
    if name == AUTHOR:
        assert {"/uploads/…", "/cases/…", "/cases/…/edit", "/cases/…/preview", "/cases/…/alike"} <= kinds


def test_what_is_typed_into_the_form_is_not_run_91(doctor: Doctor, server: Server) -> None:
    """The parts that HTMX puts in while one types."""
    page = doctor(AUTHOR)
    page.goto(server.address)
    page.get_by_role("button", name="Write a case").first.click()
    page.get_by_label("In the patient's own words").fill(HOSTILE)
    page.get_by_label("Age", exact=True).fill("<b>")
    for kind in ("finding", "risk_factor"):
        rows = page.locator(f"#list-{kind} .stated-row")
        page.locator(f"#add_{kind}").fill(HOSTILE[:90])
        page.locator(f"#list-{kind}").get_by_role("button", name="Present", exact=True).click()
        expect(rows).to_have_count(1)
    page.locator("#condition").fill(HOSTILE[:90])
    page.locator("#condition").blur()
    saved(page)
    _is_only_text(page)
    page.reload()
    expect(page.get_by_label("In the patient's own words")).to_have_value(HOSTILE)
    _is_only_text(page)


def test_a_downloaded_file_is_text_too_54_91(doctor: Doctor, server: Server) -> None:
    page = doctor(AUTHOR)
    page.goto(f"{server.address}/uploads")
    page.locator("tbody a").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file with remarks").click()
    assert re.fullmatch(r"checked-[0-9a-f]{8}\.csv", download.value.suggested_filename)
    assert "<script>" in Path(download.value.path()).read_text("utf-8-sig")

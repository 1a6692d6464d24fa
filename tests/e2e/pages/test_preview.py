"""“Your case does not say: no / unknown?”: each answer goes onto the card, and the interview is held again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ..serving import Person
from .conftest import Doctor, Server
from .planted import DR_A, case_of, new_case
from .steps import home

pytestmark = pytest.mark.slow


@pytest.fixture
def author(server: Server) -> Iterator[Person]:
    """Dr A, past the pages."""
    with Person(server, DR_A) as one:
        yield one


def _previewed(author: Person, page: Page, unlisted: str, age: int) -> str:
    """A case whose preview is open."""
    case = new_case(author, {**case_of(age), "unlisted": unlisted}, f"preview-{age}")
    assert author.post(f"/cases/{case}/answer", version=1).status_code == 200
    page.goto(f"{home(page)}/cases/{case}/preview")
    expect(page.locator("#interview-title")).to_be_visible()
    return case


SAID = {"No": ("absent", "no"), "Not known": ("unsure", "cannot say"), "Yes": ("present", "yes")}


@pytest.mark.parametrize("unlisted", ["unknown", "absent"])
def test_each_answer_goes_onto_the_card(doctor: Doctor, author: Person, unlisted: str) -> None:
    page = doctor("Dr A")
    case = _previewed(author, page, unlisted, 31 if unlisted == "unknown" else 47)
    before = author.get(f"/cases/{case}").json()["record"]["findings"]
    added: dict[str, str] = {}
    for number, (button, (state, word)) in enumerate(SAID.items(), 2):
        row = page.locator("tr.not-said").first
        expect(row).to_contain_text("Your case does not say" + (": counts as no." if unlisted == "absent" else "."))
        finding = row.locator('input[name="finding"]').get_attribute("value")
        assert finding is not None
        question = row.locator(".asked").inner_text().splitlines()[-1].strip()
        row.get_by_role("button", name=re.compile(f": {button.lower()}$")).click()
        answered = page.locator(".questions-asked tr", has_text=question)
        expect(answered.locator(".answer")).to_have_text(word)
        expect(answered.locator("button")).to_have_count(0)
        added[finding] = state
        now = author.get(f"/cases/{case}").json()
        assert now["number"] == number
        listed = now["record"]["findings"].items()
        states = {name: said if isinstance(said, str) else said["state"] for name, said in listed}
        assert {name: states[name] for name in added} == added
        assert set(states) == {*before, *added}, "nothing else was touched"
        assert now["record"]["expected"] == case_of(31)["expected"]
        history = author.get(f"/cases/{case}/history").json()
        assert history[-1]["details"]["number"] == number
        assert "in the preview" in history[-1]["why"]
    expect(page.locator(".verdict")).to_be_visible()
    page.get_by_role("link", name="Back to the case").click()
    expect(page.locator("#list-finding .stated-row")).to_have_count(len(before) + 3)


def test_the_interview_after_an_answer_is_another(doctor: Doctor, author: Person) -> None:
    page = doctor("Dr A")
    _previewed(author, page, "unknown", 39)
    leading = page.locator(".leading").last.inner_text()
    page.locator("tr.not-said").first.get_by_role("button", name=": yes").click()
    expect(page.locator(".leading").last).not_to_have_text(leading, use_inner_text=True)


def test_a_double_click_answers_once(doctor: Doctor, author: Person) -> None:
    page = doctor("Dr A")
    case = _previewed(author, page, "unknown", 43)
    row = page.locator("tr.not-said").first
    question = row.locator(".asked").inner_text().splitlines()[-1].strip()
    row.get_by_role("button", name=re.compile(": no$")).dblclick()
    expect(page.locator(".questions-asked tr", has_text=question).locator(".answer")).to_have_text("no")
    assert author.get(f"/cases/{case}").json()["number"] == 2


def test_who_reads_a_case_is_not_asked_what_it_does_not_say(doctor: Doctor, author: Person) -> None:
    page, reader = doctor("Dr A"), doctor("Administrator")
    case = _previewed(author, page, "unknown", 52)
    assert author.post(f"/cases/{case}/submit", version=1, json={"no_identifiers": True}).status_code == 200
    reader.goto(f"{home(reader)}/cases/{case}/preview")
    expect(reader.locator("tr.not-said").first).to_contain_text("The case does not say")
    expect(reader.locator(".questions-asked button")).to_have_count(0)

"""Administrators: people, a leaver's cases to another clinician, and whether the trail is whole."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cases.desk import Actor, Role
from reports.web import LOCAL_PEOPLE, Settings
from reports.web.pages.administration import key_of_person

from ..conftest import RECORD, Browser, form_token

HTML = {"Accept": "text/html"}
DR_A, DR_C, AUTHOR = (key_of_person(f"local|{name}") for name in ("dr-a", "dr-c", "model-author"))


@pytest.fixture
def administrator(browser: Callable[..., Browser]) -> Browser:
    return browser("Administrator")


def _cases(browser: Callable[..., Browser], n: int = 2) -> list[str]:
    author = browser("Dr A")
    return [author.post("/cases", {"record": RECORD, "card_id": f"belly-{number}"}).json()["id"] for number in range(n)]


def _page(browser: Browser, address: str) -> Any:
    return browser.http.get(address, headers=HTML)


def _hand_over(browser: Browser, key: str, **form: Any) -> Any:
    address = f"/administration/people/{key}"
    token = form_token(_page(browser, address).text)
    return browser.http.post(f"{address}/hand-over", data={"csrf_token": token, **form}, headers=HTML)


def test_from_the_list_of_people_to_a_new_owner(browser: Callable[..., Browser], administrator: Browser) -> None:
    first, second = _cases(browser)
    browser("Dr C")
    people = _page(administrator, "/administration").text
    assert re.search(
        rf'href="/administration/people/{DR_A}">Dr A</a></th>\s*<td>clinician</td>\s*<td class="num">2<', people
    )
    assert "belly-0" in _page(administrator, f"/administration/people/{DR_A}").text
    done = _hand_over(administrator, DR_A, case=[first], to=DR_C, reason="Dr A has left")
    assert (done.status_code, done.headers["location"]) == (303, f"/administration/people/{DR_C}")
    heir = browser("Dr C")
    assert [one["id"] for one in heir.get("/cases").json()] == [first]
    assert "Dr A has left" in _page(heir, f"/cases/{first}").text
    assert [one["id"] for one in browser("Dr A").get("/cases").json()] == [second]


LACKING = {
    "a case": ({"to": DR_C, "reason": "left"}, "Still missing: a case."),
    "a new owner": ({"case": "?", "reason": "left"}, "Still missing: who gets them."),
    "a reason": ({"case": "?", "to": DR_C}, "Still missing: the reason."),
    "somebody else's case": ({"case": "0" * 32, "to": DR_C, "reason": "left"}, "Still missing: a case."),
}


@pytest.mark.parametrize("what", LACKING)
def test_what_lacks_is_said_and_the_rest_is_kept(
    browser: Callable[..., Browser], administrator: Browser, what: str
) -> None:
    [case] = _cases(browser, 1)
    browser("Dr C")
    form, words = LACKING[what]
    refused = _hand_over(administrator, DR_A, **{name: case if text == "?" else text for name, text in form.items()})
    assert refused.status_code == 422
    assert words in refused.text
    for name, kept in (("case", f'value="{case}"'), ("reason", 'value="left"'), ("to", f'value="{DR_C}" selected')):
        tag = next((tag for tag in re.findall(r"<[^>]*>", refused.text) if kept in tag), "")
        assert bool(tag and (name != "case" or " checked" in tag)) == (form.get(name) not in (None, "0" * 32)), name
    assert browser("Dr A").get("/cases").json()[0]["id"] == case


def test_only_clinicians_get_cases(browser: Callable[..., Browser], administrator: Browser) -> None:
    [case] = _cases(browser, 1)
    browser("Model author")
    refused = _hand_over(administrator, DR_A, case=case, to=AUTHOR, reason="left")
    assert refused.status_code == 403
    assert "is no clinician" in refused.text
    to = {"to": "local|model-author", "reason": "left"}
    assert administrator.post(f"/cases/{case}/hand-over", to).status_code == 403


def test_the_trail_is_checked(browser: Callable[..., Browser], administrator: Browser, settings: Settings) -> None:
    [case] = _cases(browser, 1)
    page = _page(administrator, "/administration/trail").text
    assert "Whole" in page
    assert re.search(r"<code>\d+:[0-9a-f]{64}</code>", page)
    with sqlite3.connect(settings.database.removeprefix("sqlite:///")) as database:
        database.execute('UPDATE "case" SET owner = ?', ("local|administrator",))
    page = _page(administrator, "/administration/trail").text
    assert "Somebody has changed the database" in page
    assert f"case {case}</strong>: found another owner than the trail tells of" in page


@pytest.mark.parametrize("person", ["Dr A", "Dr B", "Model author"])
def test_it_is_for_administrators_alone_97(browser: Callable[..., Browser], person: str) -> None:
    one = browser(person)
    for address in ("/administration", "/administration/trail", f"/administration/people/{DR_A}"):
        assert _page(one, address).status_code == 403
    assert "/administration" not in _page(one, "/").text


class TestWhoReviewsAsWell:
    """The id of a card may name its answer."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        both = Actor("local|administrator", "Administrator", frozenset({Role.ADMINISTRATOR, Role.REVIEWER}))
        return replace(settings, local_people=(*LOCAL_PEOPLE[:-1], both))

    def test_is_told_no_name_of_a_case_that_may_come_to_review(
        self, browser: Callable[..., Browser], administrator: Browser
    ) -> None:
        _cases(browser, 1)
        page = _page(administrator, f"/administration/people/{DR_A}").text
        assert "belly-0" not in page
        assert "You review as well" in page

"""Who types faster than the server answers gets the word that was typed, never one proposed for its beginning."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Doctor
from .steps import home, saved

pytestmark = pytest.mark.slow


@pytest.fixture
def new_case(doctor: Doctor) -> Page:
    """A new case's form."""
    page = doctor("Dr A")
    page.goto(home(page))
    page.get_by_role("button", name="Write a case").click()
    page.wait_for_url("**/edit")
    return page


@pytest.fixture
def form(new_case: Page) -> Page:
    """The form on a line where proposals for the beginning of a word come late."""
    page = new_case

    def late(route: Route) -> None:
        (typed,) = parse_qs(urlsplit(route.request.url).query)["q"]
        if len(typed) < 6:
            time.sleep(0.6)
        route.continue_()

    page.route("**/words?*", late)
    return page


def _type(page: Page, field: str, *parts: str) -> None:
    """Type with a pause after each part, long enough for the field to ask."""
    box = page.locator(f"#{field}")
    box.click()
    for part in parts[:-1]:
        box.press_sequentially(part)
        page.wait_for_timeout(250)
    box.press_sequentially(parts[-1])


def test_a_condition_is_the_one_that_was_typed(form: Page) -> None:
    _type(form, "condition", "a", "ppendic")
    form.keyboard.press("ArrowDown")
    form.keyboard.press("Enter")
    expect(form.locator("#condition")).to_have_value("Appendicitis")
    form.wait_for_timeout(800)  # The answer to "a" is here by now.
    expect(form.locator("#condition")).to_have_value("Appendicitis")
    expect(form.locator("#condition-options")).to_be_hidden()


def test_a_finding_and_its_state(form: Page) -> None:
    _type(form, "add_finding", "n", "ausea")
    for key in ("ArrowDown", "a"):
        form.keyboard.press(key)
    row = form.locator("#list-finding .stated-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Nausea")
    expect(row.get_by_label("absent")).to_be_checked()


def test_escape_ends_the_asking(form: Page) -> None:
    _type(form, "condition", "ast")
    form.wait_for_timeout(200)
    form.keyboard.press("Escape")
    form.wait_for_timeout(800)
    expect(form.locator("#condition-options")).to_be_hidden()
    expect(form.locator("#condition")).to_have_value("ast")


@pytest.fixture
def slow_to_save(new_case: Page) -> Page:
    """The form on a line where saving takes most of a second."""

    def late(route: Route) -> None:
        if route.request.method == "POST":
            time.sleep(0.8)
        route.continue_()

    new_case.route("**/edit", late)
    return new_case


def test_the_next_word_may_be_typed_while_one_is_added(slow_to_save: Page) -> None:
    form = slow_to_save
    rows = form.locator("#list-finding .stated-row")
    _type(form, "add_finding", "nausea")
    expect(form.locator("#add_finding-options .option").first).to_be_visible()
    for key in ("ArrowDown", "a"):
        form.keyboard.press(key)
    expect(form.locator("#add_finding")).to_have_value("")  # Free for the next one at once.
    form.keyboard.type("diarr", delay=10)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Nausea")
    expect(form.locator("#add_finding")).to_have_value("diarr")
    form.keyboard.type("hoea", delay=10)
    expect(form.locator("#add_finding-options .option").first).to_contain_text("Diarrhoea")
    form.keyboard.press("ArrowDown")
    form.keyboard.press("u")
    expect(rows).to_have_count(2)
    expect(rows.last.get_by_role("radio", name="unsure")).to_be_checked()


def test_who_has_gone_on_to_another_field_stays_there(new_case: Page) -> None:
    form = new_case
    _type(form, "add_finding", "nausea")
    expect(form.locator("#add_finding-options .option").first).to_be_visible()
    form.evaluate(
        "document.body.addEventListener('htmx:oobAfterSwap', () =>"
        "  setTimeout(() => document.getElementById('condition').focus(), 0), { once: true })"
    )
    form.keyboard.press("ArrowDown")
    form.keyboard.press("p")
    expect(form.locator("#list-finding .stated-row")).to_have_count(1)
    form.wait_for_timeout(200)  # Long after the new list has settled.
    expect(form.locator("#condition")).to_be_focused()
    form.keyboard.type("appendic", delay=10)
    expect(form.locator("#condition-options .option").first).to_contain_text("Appendicitis")


def test_what_is_typed_before_the_script_is_there_is_saved(new_case: Page) -> None:
    form = new_case

    def late(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    form.route("**/static/pages.js", late)
    form.goto(form.url, wait_until="commit")
    form.get_by_label("In the patient's own words").fill("I typed at once.")
    assert form.evaluate("document.documentElement.dataset.pages") is None, "the script is not there yet"
    form.wait_for_load_state()
    saved(form)
    form.unroute("**/static/pages.js")
    form.reload()
    expect(form.get_by_label("In the patient's own words")).to_have_value("I typed at once.")


def test_a_word_that_was_not_taken_is_still_there(new_case: Page) -> None:
    form = new_case
    _type(form, "add_finding", "nausea")
    expect(form.locator("#add_finding-options .option").first).to_be_visible()
    form.route("**/edit", lambda route: route.fulfill(status=429, body="Too many requests at once."))
    with form.expect_response("**/edit"):
        form.get_by_role("button", name="Present").first.click()
    expect(form.locator("#add_finding")).to_have_value("nausea")

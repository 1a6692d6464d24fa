"""Who types faster than the server answers gets the word that was typed, never one proposed for its beginning."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Doctor
from .steps import home

pytestmark = pytest.mark.slow


@pytest.fixture
def form(doctor: Doctor) -> Page:
    """A new case's form, on a line where proposals for the beginning of a word come late."""
    page = doctor("Dr A")
    page.goto(home(page))
    page.get_by_role("button", name="Write a case").click()

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

"""One case in the form, by keyboard alone; the preview, which comes only after the author's own answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Doctor
from .steps import choose, hand_in, home, saved, write_case

pytestmark = pytest.mark.slow


def _type(page: Page, text: str) -> None:
    page.keyboard.type(text, delay=10)


def _tab_to(page: Page, element_id: str) -> None:
    for _ in range(80):
        if page.evaluate("document.activeElement.id") == element_id:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {element_id} by Tab")


def test_by_keyboard_alone(doctor: Doctor) -> None:
    page = doctor("Dr A")
    page.goto(home(page))
    page.get_by_role("button", name="Write a case").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")
    _tab_to(page, "age")
    _type(page, "23")
    _tab_to(page, "sex_")
    page.keyboard.press("ArrowRight")  # Around to the first: female.
    expect(page.locator("#sex_female")).to_be_checked()
    _tab_to(page, "add_finding")
    rows = page.locator("#list-finding .stated-row")
    for number, (typed, key, state) in enumerate(
        (("right lower bely", "p", "present"), ("vomitting", "a", "absent"), ("loose stool", "u", "unsure"))
    ):
        _type(page, typed)  # With typing errors, and by a synonym.
        expect(page.locator("#add_finding-options .option").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press(key)
        expect(rows).to_have_count(number + 1)
        expect(rows.last.get_by_role("radio", name=state)).to_be_checked()
        expect(page.locator("#add_finding")).to_be_focused()  # On with the next word.
    for name in ("right lower belly", "Vomiting", "Diarrhoea"):
        expect(page.locator("#list-finding")).to_contain_text(re.compile(name, re.IGNORECASE))
    _tab_to(page, "finding_1_absent")
    page.keyboard.press("u")
    expect(page.locator("#finding_1_unsure")).to_be_checked()
    page.keyboard.press("Delete")
    expect(rows).to_have_count(2)
    page.locator("#condition").focus()
    _type(page, "appendix")
    expect(page.locator("#condition-options .option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#condition-options")).to_be_hidden()
    page.locator("#condition").fill("")
    choose(page, "condition", "appendicit")
    expect(page.locator("#problems-title")).to_contain_text("Complete")
    saved(page)
    page.reload()
    expect(rows).to_have_count(2)
    expect(page.locator("#condition")).to_have_value("Appendicitis")


def test_synonyms_codes_and_typing_errors_are_found(doctor: Doctor) -> None:
    page = doctor("Dr A")
    for kind, typed, name in (
        ("finding", "stomach ache", "Belly pain"),
        ("finding", "diarhoea", "Diarrhoea"),
        ("condition", "heart attakc", "Acute coronary syndrome"),
        ("condition", "K35", "Appendicitis"),
    ):
        page.goto(f"{home(page)}/words?kind={kind}&q={typed}")
        expect(page.locator("body")).to_contain_text(re.compile(name, re.IGNORECASE))


def test_a_word_of_no_model_says_so_and_offers_the_nearest(doctor: Doctor) -> None:
    page = doctor("Dr A")
    write_case(page, "My belly hurts, and it is odd.", age="44")
    page.locator("#condition").fill("appendicitus")
    page.keyboard.press("Tab")
    expect(page.locator("#scope")).to_contain_text("not in the model")
    page.get_by_role("button", name="Take “Appendicitis”").click()
    expect(page.locator("#condition")).to_have_value("Appendicitis")
    expect(page.locator("#scope")).to_be_empty()
    page.get_by_label("Age", exact=True).fill("400")
    expect(page.locator("#problems")).to_contain_text("expected a number from 0 to 130 years")
    page.get_by_label("In the patient's own words").fill("I am John Smith, born 12/03/1980.")
    page.get_by_label("Age", exact=True).fill("44")
    expect(page.locator("#problems")).to_contain_text("may identify a patient")


def test_the_preview_waits_for_the_author(doctor: Doctor) -> None:
    page = doctor("Dr A")
    page.get_by_role("button", name="Write a case").click()
    page.wait_for_url("**/edit")
    page.goto(page.url.replace("/edit", "/preview"))
    expect(page.get_by_text("First complete the case")).to_be_visible()

    write_case(page, "All on the right, since last night.", age="29")
    page.get_by_role("button", name="Preview the interview").click()
    expect(page.get_by_role("heading", name="Your answer first")).to_be_visible()
    expect(page.locator("#interview-title")).to_have_count(0)
    for version in range(12):  # No address shows it: the answer is fixed by a form, and in the history.
        page.goto(f"{page.url.partition('?')[0]}?version={version}")
        expect(page.get_by_role("heading", name="Your answer first")).to_be_visible()
    page.get_by_role("button", name="This is my answer").click()
    expect(page.locator("#interview-title")).to_be_visible()
    unsaid = page.locator("tr.not-said")
    question = unsaid.first.locator(".asked").inner_text().splitlines()[-1].strip()
    unsaid.first.get_by_role("button", name=": no", exact=False).first.click()
    row = page.locator(".questions-asked tr", has_text=question).first
    expect(row.locator(".answer")).to_have_text("no")
    expect(page.locator(".verdict")).to_be_visible()
    page.get_by_role("link", name="Back to the case").click()
    expect(page.locator("#list-finding .stated-row")).to_have_count(3)
    expect(page.locator("#list-finding .stated-row").last.get_by_role("radio", name="absent")).to_be_checked()


def test_a_model_that_fails_is_no_error_of_the_case(doctor: Doctor) -> None:
    page = doctor("Dr A")
    write_case(page, "A belly that hurts, expected to be something else.", age="33")
    page.locator("#condition").fill("")
    choose(page, "condition", "migraine")
    saved(page)
    page.get_by_role("button", name="Preview the interview").click()
    page.get_by_role("button", name="This is my answer").click()
    expect(page.get_by_role("heading", name="The model does not find it")).to_be_visible()
    expect(page.get_by_text("That is no error of your case.")).to_be_visible()
    hand_in(page)


def test_a_case_like_another_is_shown_beside_it(doctor: Doctor) -> None:
    page = doctor("Dr A")
    write_case(page, "I have this ache low down on the right side of my belly today.", age="61")
    write_case(page, "I have this ache low down on the right side of my belly today!", age="62")
    page.get_by_role("link", name="Cases like this one").click()
    expect(page.get_by_text("nearly the same").first).to_be_visible()
    expect(page.locator("tr.differs").first).to_contain_text("6")

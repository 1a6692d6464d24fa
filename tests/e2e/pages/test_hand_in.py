"""Before a case is handed in: the statement, a reason for a late change; a word mended in many rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Doctor
from .steps import APPENDICITIS, csv_file, home, upload, write_case

pytestmark = pytest.mark.slow

TICK = "nothing that identifies a patient"


def _text_number(page: Page) -> int:
    return int(page.locator("#number").get_attribute("value") or 0)


def test_the_form_asks_for_the_statement_and_for_a_late_reason(doctor: Doctor) -> None:
    page = doctor("Dr A")
    write_case(page, "It has hurt on the right since this morning.")
    case = page.url.removesuffix("/edit")
    page.get_by_role("button", name="Hand in for review").click()
    refusal = page.locator("#saved[role=alert]")
    expect(refusal).to_contain_text("Saved, but not handed in. Look through the case, then tick the box.")
    refusal.get_by_role("link", name="Go there").click()
    tick = page.get_by_label(TICK)
    expect(tick).to_be_in_viewport()
    tick.focus()
    with page.expect_response(re.compile("/edit$")):
        page.keyboard.press("Space")
    expect(page.locator("#saved")).not_to_have_attribute("role", "alert")
    expect(tick).to_be_focused()  # A save takes neither the tick nor the focus away.
    page.reload()
    expect(tick).to_be_checked()

    expect(page.get_by_label("Why was it changed")).to_have_count(0)
    page.get_by_role("button", name="Preview the interview").click()
    page.get_by_role("button", name="This is my answer").click()
    expect(page.locator("#interview-title")).to_be_visible()
    page.goto(f"{case}/edit")
    page.get_by_label("Age", exact=True).fill("32")
    why = page.get_by_label("Why was it changed after the preview?")
    expect(why).to_be_visible()
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.locator("#saved[role=alert]")).to_contain_text("Say why it was changed, then hand it in")
    number = _text_number(page)
    with page.expect_response(re.compile("/edit$")):
        why.press_sequentially("a slip of the pen")
    expect(why).to_be_focused()
    expect(why).to_have_value("a slip of the pen")
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in review")
    texts = re.findall(r"text (\d+)", page.locator("main").inner_text())
    assert int(texts[-1]) == number, "words alone make no new text"
    history = page.get_by_role("region", name="Table of the history")
    expect(history).to_contain_text("stated that it identifies no patient")
    expect(history).to_contain_text("age 23 → 32")
    expect(history.get_by_role("row").last).to_contain_text("a slip of the pen")


def test_a_word_that_is_wrong_in_many_rows_is_mended_by_one_click(doctor: Doctor, tmp_path: Path) -> None:
    page = doctor("Dr A")
    rows = [{**APPENDICITIS, "id": f"many-{n}", "age": str(30 + n), "present": "nausae"} for n in range(3)]
    upload(page, csv_file(tmp_path / "many.csv", *rows))
    expect(page.locator("#take-title")).to_have_text("0 of 3 cases are ready, 3 to be looked at")
    page.get_by_role("button", name="Take “Nausea” in all 3 rows").first.click()
    expect(page.locator("#take-title")).to_have_text("3 of 3 cases are ready")
    page.get_by_role("button", name="Accept 3 of 3").click()
    page.goto(f"{home(page)}/cases")
    page.get_by_role("link", name="many-1").click()
    page.get_by_role("link", name="as it reads").click()
    expect(page.get_by_role("region", name="Table of the history")).to_contain_text("from many.csv, row 3")
    expect(page.get_by_label(TICK)).to_have_count(0)  # Stated of the file.
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in review")

"""What doctors do, step by step."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

COLUMNS = (
    "id", "author", "age", "age_unit", "sex", "pregnant", "complaint", "initial", "present", "absent", "unsure",
    "risk_factors_present", "expected", "must_not_miss", "triage_least", "triage_most", "unlisted",
)  # fmt: skip
APPENDICITIS = {
    "id": "belly-1", "author": "Dr A", "age": "23", "age_unit": "years", "sex": "female",
    "complaint": "My belly has hurt since last night and now it is all on the right.",
    "initial": "right_lower_abdominal_pain", "present": "nausea", "absent": "diarrhoea",
    "expected": "appendicitis", "must_not_miss": "appendicitis", "triage_least": "urgent", "triage_most": "emergency",
    "unlisted": "absent",
}  # fmt: skip


def csv_file(path: Path, *rows: dict[str, str]) -> Path:
    """A file of cases as a spreadsheet would save it."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: row.get(name, "") for name in COLUMNS} for row in rows)
    return path


def home(page: Page) -> str:
    """The address of the server."""
    found = re.match(r"https?://[^/]+", page.url)
    assert found
    return found[0]


def upload(page: Page, path: Path) -> None:
    """Send a file, and read what the check says."""
    page.goto(f"{home(page)}/uploads")
    page.set_input_files("#file", path)
    page.get_by_label("nothing that identifies a patient").check()
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_selector("#check")


def row_of(page: Page, case_id: str) -> object:
    """The part of the check page that is about a case."""
    return page.locator("article.upload-row", has=page.get_by_role("heading", name=re.compile(re.escape(case_id))))


def choose(page: Page, field: str, typed: str, key: str = "Enter") -> None:
    """Type into a field that proposes words, take the first proposal."""
    box = page.locator(f"#{field}")
    box.click()
    box.fill("")
    box.press_sequentially(typed, delay=10)
    expect(page.locator(f"#{field}-options .option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(key)


def write_case(page: Page, complaint: str, *, age: str = "23", absent: str = "vomiting") -> None:
    """A complete case in the form; the page stays on it."""
    page.goto(home(page))
    page.get_by_role("button", name="Write a case").click()
    page.get_by_label("Age", exact=True).fill(age)
    page.check("#sex_female")
    page.get_by_label("In the patient's own words").fill(complaint)
    rows = page.locator("#list-finding .stated-row")
    choose(page, "add_finding", "right lower belly", "p")
    expect(rows).to_have_count(1)
    choose(page, "add_finding", absent, "a")
    expect(rows).to_have_count(2)
    choose(page, "condition", "appendic")
    page.select_option("#triage_least", "urgent")
    page.select_option("#triage_most", "emergency")
    expect(page.get_by_role("button", name="Hand in for review")).to_be_visible()
    saved(page)


def saved(page: Page) -> None:
    """Wait until the form has said that nothing is left to send."""
    expect(page.locator('#case-form[data-unsaved="yes"]')).to_have_count(0)
    expect(page.locator("#saved")).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("Saved")


def hand_in(page: Page) -> str:
    """Hand the open case in; its address."""
    page.get_by_label("nothing that identifies a patient").check()
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in review")
    return page.url


def open_review(page: Page, complaint: str) -> None:
    """Take a case from the queue."""
    page.goto(f"{home(page)}/reviews")
    item = page.locator(".queue-item", has_text=complaint)
    item.locator("a.button, button").first.click()


def give_opinion(page: Page, condition: str, triage: str, comment: str = "") -> None:
    """The blind half."""
    choose(page, "condition", condition)
    page.check(f"#triage_{triage}")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Give my opinion").click()
    expect(page.get_by_role("heading", name="Opinions")).to_be_visible()

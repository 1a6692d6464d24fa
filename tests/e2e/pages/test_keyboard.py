"""The whole path by Tab, Enter, Space and arrows alone: upload, mend, preview, review, publish; the focus is seen.

No step here clicks, and none sets the focus: what cannot be reached by Tab fails.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Doctor, Server
from .steps import APPENDICITIS, csv_file, home

pytestmark = pytest.mark.slow

COMPLAINT = "It began around the navel, and now it is all on the right."
SEEN = """element => {
  const shown = one => { const style = getComputedStyle(one);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none'; };
  const label = element.matches('.segment input') ? element.nextElementSibling : null;
  return shown(element) || (label !== null && shown(label)); }"""

WHERE = "document.activeElement.outerHTML"


def tab_to(page: Page, target: Locator, *, most: int = 150) -> None:
    """Press Tab until ``target`` has the focus, which has to be seen on everything on the way."""
    expect(target).to_be_visible()
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() == 0:  # The browser's own frame; around to the first element.
            continue
        for _ in range(40):  # Until the page is drawn.
            if page.evaluate(f"({SEEN})(document.activeElement)"):
                break
            page.wait_for_timeout(50)
        else:
            raise AssertionError(f"no focus is seen on {page.evaluate(WHERE)[:200]}")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"no way to {target} by Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go there by Tab, and press it."""
    tab_to(page, target)
    page.keyboard.press(key)


def _chosen_file(page: Page, path: Path) -> None:
    """The button that opens the system's own dialog for files, which no page sees."""
    with page.expect_file_chooser() as dialog:  # Waited for from the first Tab on: it takes a while to be set up.
        tab_to(page, page.locator("#file"))
        page.keyboard.press("Enter")
    dialog.value.set_files(path)


def test_from_the_file_to_the_branch(doctor: Doctor, server: Server, tmp_path: Path) -> None:
    author = doctor("Dr A")
    press(author, author.get_by_role("link", name="Upload", exact=True))
    row = {**APPENDICITIS, "id": "by-keys", "complaint": COMPLAINT, "present": "nausae"}
    _chosen_file(author, csv_file(tmp_path / "keys.csv", row))
    press(author, author.get_by_label("nothing that identifies a patient"), "Space")
    press(author, author.get_by_role("button", name="Upload and check"))
    press(author, author.get_by_role("button", name="Take “Nausea”", exact=True))
    expect(author.locator("#take-title")).to_have_text("1 of 1 case is ready")
    press(author, author.get_by_role("button", name="Accept 1 of 1"), "Space")
    press(author, author.get_by_role("link", name="open the case"))
    expect(author.get_by_role("heading", level=1)).to_contain_text("by-keys")

    press(author, author.get_by_role("link", name="Preview the interview"))
    press(author, author.get_by_role("button", name="This is my answer"))
    press(author, author.locator("tr.not-said").first.get_by_role("button", name=re.compile(": no$")), "Space")
    expect(author.locator("tr:not(.not-said) .answer").first).to_be_visible()
    press(author, author.get_by_role("button", name="Hand in for review"))
    expect(author.get_by_role("heading", level=1)).to_contain_text("in review")

    second = doctor("Dr B")
    press(second, second.get_by_role("link", name="Review", exact=True))
    press(second, second.get_by_role("button", name=f"Review: {COMPLAINT[:40]}"))
    tab_to(second, second.locator("#condition"))
    second.keyboard.type("appendic", delay=10)
    expect(second.locator("#condition-options .option").first).to_be_visible()
    second.keyboard.press("ArrowDown")
    second.keyboard.press("Enter")
    expect(second.locator("#condition")).to_have_value("Appendicitis")
    tab_to(second, second.locator("#triage_self_care"))
    for _ in range(2):
        second.keyboard.press("ArrowDown")
    expect(second.locator("#triage_urgent")).to_be_checked()
    tab_to(second, second.get_by_label("Comment"))
    second.keyboard.type("Classic.")
    press(second, second.get_by_role("button", name="Give my opinion"))
    expect(second.get_by_text("agrees with the author")).to_be_visible()
    press(second, second.get_by_role("button", name="Accept"))
    expect(second.get_by_role("heading", level=1)).to_contain_text("accepted")

    publisher = doctor("Model author")
    press(publisher, publisher.get_by_role("link", name="Publish", exact=True))
    tab_to(publisher, publisher.get_by_label("Name of the branch"))
    publisher.keyboard.press("Control+a")
    publisher.keyboard.type("by-keys")
    publisher.keyboard.press("Enter")
    expect(publisher.locator("#commit-made")).to_be_visible()
    commit = publisher.locator("#commit-made").inner_text()
    assert server.git("rev-parse", "by-keys").strip() == commit


def test_a_row_is_written_anew_kept_and_left_out(doctor: Doctor, tmp_path: Path) -> None:
    """What is folded away is reached as well."""
    page = doctor("Dr A")
    rows = [
        {**APPENDICITIS, "id": "keys-age", "age": "400"},
        {**APPENDICITIS, "id": "keys-man", "age": "51", "sex": "male", "pregnant": "yes"},
        {**APPENDICITIS, "id": "keys-none", "age": "62", "expected": "", "must_not_miss": ""},
    ]
    press(page, page.get_by_role("link", name="Upload", exact=True))
    _chosen_file(page, csv_file(tmp_path / "three.csv", *rows))
    press(page, page.get_by_label("nothing that identifies a patient"), "Space")
    press(page, page.get_by_role("button", name="Upload and check"))
    for code, folded, field, typed in (
        ("E-AGE", "Write something else", "age", "40"),
        ("E-PREGNANT-MALE", "It is right as it is", "Why?", "A transgender man."),
        ("E-NO-DIAGNOSIS", "Leave this row out", "Why?", "No diagnosis was made."),
    ):
        row = page.locator("article.upload-row", has=page.locator(".code", has_text=re.compile(rf"{code}$")))
        details = row.locator("details", has=page.locator("summary", has_text=folded))
        press(page, details.locator("summary"))
        tab_to(page, details.get_by_label(field))
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(row).to_have_count(0)
    expect(page.locator("#take-title")).to_contain_text("2 of 3 cases are ready")


def test_the_first_tab_leads_past_the_menu(doctor: Doctor) -> None:
    page = doctor("Dr A")
    page.goto(f"{home(page)}/cases")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#main").get_by_role("button", name="Write a case")).to_be_focused()

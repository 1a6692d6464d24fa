"""What was uploaded is shown letter by letter, on the author's pages and on the reviewer's."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect

from .conftest import Doctor
from .steps import APPENDICITIS, csv_file, home, open_review, upload

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>'\"><svg/onload=alert(3)>{{7*7}}"


def test_what_is_uploaded_is_never_run(doctor: Doctor, tmp_path: Path) -> None:
    author = doctor("Dr A")
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    author.on("dialog", note)
    row = {**APPENDICITIS, "age": "88", "complaint": f"My belly hurts {HOSTILE}", "expected": HOSTILE, "id": "x<b>y"}
    fine = {**APPENDICITIS, "age": "87", "complaint": f"My belly hurts {HOSTILE}", "id": "<i>z"}
    upload(author, csv_file(tmp_path / "<img src=x onerror=alert(4)>.csv", row, fine))
    expect(author.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(4)>.csv")
    expect(author.locator("main")).to_contain_text("onerror=alert(1)")
    author.get_by_role("button", name="Accept").click()
    author.goto(f"{home(author)}/cases")
    author.get_by_role("link", name="<i>z").click()
    expect(author.get_by_label("In the patient's own words")).to_have_value(fine["complaint"])
    author.goto(author.url.removesuffix("/edit"))
    expect(author.locator("blockquote")).to_have_text(fine["complaint"])
    assert "49" not in author.locator("blockquote").inner_text()
    author.get_by_role("button", name="Hand in for review").click()  # Its statement came with the file.
    expect(author.get_by_role("heading", level=1)).to_contain_text("in review")
    second = doctor("Dr B")
    second.on("dialog", note)
    open_review(second, "onerror")
    expect(second.locator("blockquote")).to_have_text(fine["complaint"])
    assert dialogs == []

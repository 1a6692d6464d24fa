"""Each message of a faulty workbook, read on the page; the same words in the workbook that is handed back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from .conftest import Doctor
from .faulty import COLUMNS, FAULTS, Fault, cell_of, workbook
from .steps import upload

pytestmark = pytest.mark.slow

SECRET = "Smith"


@pytest.fixture
def checked(doctor: Doctor, tmp_path: Path) -> Page:
    """The page about the faulty workbook."""
    author = doctor("Dr A")
    (tmp_path / "faulty.xlsx").write_bytes(workbook())
    upload(author, tmp_path / "faulty.xlsx")
    return author


def _problem(page: Page, number: int, fault: Fault) -> Locator:
    row = page.locator("article.upload-row", has=page.locator("h3", has_text=f"Row {number}"))
    return row.locator("li.problem", has=page.locator(".code", has_text=re.compile(rf"{fault.code}$")))


def test_what_where_and_what_to_do(checked: Page) -> None:
    page = checked
    n_rows = len(FAULTS) + 1
    expect(page.locator("#take-title")).to_have_text(f"1 of {n_rows} cases is ready, {n_rows - 1} to be looked at")
    for number, fault in enumerate(FAULTS, 3):
        tab = "held back" if fault.tab == "held" else "to be mended"
        if page.locator(".tabs a[aria-current]", has_text=tab).count() == 0:
            page.locator(".tabs a", has_text=tab).click()
            expect(page.locator(".tabs a[aria-current]")).to_contain_text(tab)
        problem = _problem(page, number, fault)
        expect(problem, fault.name).to_have_count(1)
        where = f"{fault.column} cell {cell_of(fault.column, number)}"
        expect(problem.locator(".where"), fault.name).to_contain_text(where)
        expect(problem.locator("p").nth(1), fault.name).to_have_text(fault.says)
        offered = problem.locator("button:not(details *):not(.quiet)")
        expect(offered, fault.name).to_have_text(list(fault.offers))
        assert SECRET not in page.locator("main").inner_text()


def test_the_workbook_that_is_handed_back_says_the_same(checked: Page, tmp_path: Path) -> None:
    with checked.expect_download() as download:
        checked.get_by_role("link", name="Download the file with remarks").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    download.value.save_as(tmp_path / "remarks.xlsx")
    book = load_workbook(tmp_path / "remarks.xlsx")
    sheet = book["Cases"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    assert list(heads) == ["clinval says", *COLUMNS]
    assert str(sheet["A2"].value).startswith("ready")
    for number, fault in enumerate(FAULTS, 3):
        cell = sheet.cell(number, heads[fault.column])
        remark = str(sheet.cell(number, 1).value)
        assert remark.startswith("held back" if fault.tab == "held" else "to be mended"), fault.name
        assert f"• {cell.coordinate} ({fault.column}): {fault.says}" in remark, (fault.name, remark)
        assert cell.comment is not None, fault.name
        assert fault.says in cell.comment.text, (fault.name, cell.comment.text)
        assert cell.fill.fill_type == "solid", fault.name
    words = [str(cell.value) for one in book for line in one.iter_rows() for cell in line]
    words += [cell.comment.text for line in sheet.iter_rows() for cell in line if cell.comment]
    assert not [one for one in words if SECRET in one]


def test_each_button_does_what_it_says(checked: Page) -> None:
    """The first of each row; in the end what cannot be mended by a button is left."""
    page = checked
    mended = 0
    for number, fault in enumerate(FAULTS, 3):
        if not fault.offers or fault.tab == "held":
            continue
        problem = _problem(page, number, fault)
        problem.get_by_role("button", name=fault.offers[0], exact=True).click()
        expect(problem, fault.name).to_have_count(0)
        mended += 1
        expect(page.locator("#take-title")).to_contain_text(f"{1 + mended} of {len(FAULTS) + 1} cases")
    page.locator(".tabs a", has_text="held back").click()
    page.get_by_role("button", name="Take out what may identify the patient").click()
    expect(page.locator("#take-title")).to_contain_text(f"{2 + mended} of {len(FAULTS) + 1} cases")
    left = [fault.name for fault in FAULTS if not fault.offers]
    expect(page.locator(".tabs a", has_text="to be mended")).to_contain_text(str(len(left)))

"""Every page, wide and narrow, light and dark: nothing serious for axe-core, nothing sticks out, nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.reports import samples

from .conftest import ROOT, Doctor, Server
from .steps import APPENDICITIS, csv_file, home, open_review, upload, write_case

pytestmark = pytest.mark.slow

AXE = ROOT / "reports/web/node_modules/axe-core/axe.min.js"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>'\"><svg/onload=alert(3)>{{7*7}}"
SCREENS = [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]


def _violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{page.url} {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def _sticks_out(page: Page) -> list[str]:
    pixels = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} is {pixels} px too wide"] if pixels > 0 else []


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    """A diff and its two runs in the server's directory of runs."""
    diff = samples.a_diff(server.place / "runs")
    return str(diff.candidate.manifest.plan.key)


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: make .venv/.web")
@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_pages(doctor: Doctor, run_key: str, tmp_path: Path, width: int, scheme: str) -> None:
    author = doctor("Dr A", width=width, scheme=scheme)
    bad: list[str] = []

    def look(page: Page) -> None:
        page.wait_for_load_state()  # With its style sheets.
        bad.extend([*_violations(page), *_sticks_out(page)])

    for path in ("/", "/template", "/uploads", "/cases", "/cases/accepted", "/reviews", "/runs", "/no-such-page"):
        author.goto(home(author) + path)
        look(author)
    name = f"{width}-{scheme}"
    age = str(20 + SCREENS.index((width, scheme)) * 15)
    rows = [
        {**APPENDICITIS, "id": f"{name}-1", "age": age, "present": "nausae"},
        {**APPENDICITIS, "id": f"{name}-2", "age": age},
    ]
    upload(author, csv_file(tmp_path / "cases.csv", *rows))
    look(author)
    write_case(author, f"My belly hurts ({name}).", age=age, absent="fever")
    look(author)
    case = author.url.removesuffix("/edit")
    author.get_by_role("button", name="Preview the interview").click()
    author.wait_for_url("**/preview")
    look(author)
    author.get_by_role("button", name="This is my answer").click()
    author.wait_for_selector("#interview-title")
    look(author)
    author.goto(f"{case}/alike")
    look(author)
    author.goto(case)
    look(author)
    author.get_by_role("button", name="Hand in for review").click()
    author.wait_for_load_state()
    second = doctor("Dr B", width=width, scheme=scheme)
    for path in ("/reviews", "/reviews/agreement"):
        second.goto(home(second) + path)
        look(second)
    open_review(second, f"({name})")
    look(second)
    second.fill("#condition", "Gastroenteritis")
    second.check("#triage_urgent")
    second.get_by_role("button", name="Give my opinion").click()
    second.wait_for_load_state()
    look(second)
    second.get_by_role("link", name="Edit it").click()
    second.wait_for_load_state()
    look(second)
    publisher = doctor("Model author", width=width, scheme=scheme)
    publisher.goto(f"{home(publisher)}/publish")
    look(publisher)
    publisher.goto(f"{home(publisher)}/runs/{run_key}")
    publisher.wait_for_selector("html[data-ready=yes]")
    look(publisher)
    assert not bad, "\n".join(bad)


def test_a_run_is_browsed_as_in_its_report(doctor: Doctor, run_key: str) -> None:
    page = doctor("Model author")
    page.goto(f"{home(page)}/runs")
    page.locator(f'a[href="/runs/{run_key}"]').click()
    page.wait_for_selector("html[data-ready=yes]")
    page.locator("#case-list a.open").first.click()
    expect(page.locator("#case-page h2")).to_be_visible()
    page.keyboard.press("Escape")
    chart = page.locator("[data-chart]").first
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg")).to_be_visible()


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
    author.get_by_role("button", name="Hand in for review").click()
    second = doctor("Dr B")
    second.on("dialog", note)
    open_review(second, "onerror")
    expect(second.locator("blockquote")).to_have_text(fine["complaint"])
    assert dialogs == []

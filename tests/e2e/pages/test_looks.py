"""Every page, wide and narrow, light and dark: nothing serious for axe-core, nothing sticks out.

With ``CLINVAL_SCREENSHOTS=DIRECTORY`` each is also written there, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reports.web.access import GuardedRoute
from reports.web.pages import routers
from tests.reports import samples
from validation.comparison.record import make_record, save_record

from .conftest import AXE, Doctor, Server
from .planted import Planted, plant
from .steps import choose, home

pytestmark = pytest.mark.slow

SCREENS: list[tuple[int, Any]] = [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]
SCREENSHOTS = os.environ.get("CLINVAL_SCREENSHOTS", "")
Show = Callable[[Page], None]


def _violations(page: Page, rules: str) -> list[str]:
    found: list[dict[str, Any]] = page.evaluate(
        f"axe.run({{ {rules} resultTypes: ['violations'] }}).then((result) => result.violations)"
    )
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def _sticks_out(page: Page) -> list[str]:
    pixels = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{pixels} px too wide"] if pixels > 0 else []


def _looks(page: Page, name: str) -> Iterator[str]:
    """What is wrong on any screen."""
    page.wait_for_load_state()  # With its style sheets.
    page.evaluate(AXE.read_text("utf-8"))
    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        rules = "" if scheme == "light" else "runOnly: ['color-contrast'],"  # Of the rest nothing changes in the dark.
        for one in (*_violations(page, rules), *_sticks_out(page)):
            yield f"{name}, {width} px, {scheme}: {one}"
        if SCREENSHOTS:
            path = f"{width}-{scheme}/{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
            page.screenshot(path=Path(SCREENSHOTS) / path, full_page=True)


@pytest.fixture(scope="module")
def planted(server: Server) -> Planted:
    """A desk with one of everything, a diff and its two runs."""
    found = plant(server)
    diff = samples.a_diff(server.place / "runs")
    runs = server.place / "runs"
    record = save_record(make_record(diff, runs, verdict=samples.judged(diff).to_dict()), runs)
    found.places |= {"run": f"/runs/{diff.candidate.manifest.plan.key}", "diff": f"/diffs/{record.name}"}
    return found


def _report(page: Page) -> None:
    page.wait_for_selector("html[data-ready=yes]")


def _case_of_a_report(page: Page) -> None:
    page.wait_for_selector("html[data-ready=yes]")
    page.locator("#case-list a.open").first.click()
    expect(page.locator("#case-page h2")).to_be_visible()


def _no_file(page: Page) -> None:
    page.locator(".upload-form").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("alert")).to_contain_text("No file was chosen")


def _too_large(page: Page) -> None:
    page.set_input_files("#file", {"name": "large.csv", "mimeType": "text/csv", "buffer": b"x" * (34 * 2**20)})
    page.get_by_label("nothing that identifies a patient").check()
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("too large")


def _proposals(page: Page) -> None:
    page.locator("#add_finding").press_sequentially("bely", delay=10)
    expect(page.locator("#add_finding-options .option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def _changed_elsewhere(page: Page) -> None:
    """Another window has stored another text since this one was opened."""
    page.locator("#number").evaluate("field => { field.value = '1' }")
    page.get_by_label("In the patient's own words").fill("It has hurt since Monday.")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")


def _both_texts(page: Page) -> None:
    _changed_elsewhere(page)
    page.get_by_role("button", name="Look at both texts").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("was changed elsewhere")


def _saved_twice(page: Page) -> None:
    """A draft with a second text, so that the first is an old one."""
    choose(page, "add_risk_factor", "smok")
    expect(page.locator("#list-risk_factor .stated-row")).not_to_have_count(0)


def _nothing_said(page: Page) -> None:
    page.get_by_role("button", name="Give my opinion").click()
    expect(page.get_by_role("alert")).to_contain_text("Still missing")


def _no_reason(page: Page) -> None:
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why in a few words")


def _published(page: Page) -> None:
    page.get_by_role("button", name="Make the branch").click()
    expect(page.locator("#commit-made")).to_be_visible()


def _stale(page: Page) -> None:
    """A button of a page that is older than the file's last change, where there is no script."""
    form = page.locator("article.upload-row form[hx-post]").first
    form.locator('[name="revision"]').evaluate("field => { field.value = '0' }")
    form.evaluate(
        "form => { const { name, value } = form.querySelector('button');"
        "  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));"
        "  form.submit() }"  # Past HTMX.
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("quicker")


def _stale_part(page: Page) -> None:
    form = page.locator("article.upload-row form[hx-post]").first
    form.locator('[name="revision"]').evaluate("field => { field.value = '0' }")
    form.get_by_role("button").first.click()
    expect(page.locator("#notice").get_by_role("alert")).to_be_visible()


def _a_person(page: Page) -> None:
    page.get_by_role("link", name="Dr A").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dr A")


def _a_person_and_no_reason(page: Page) -> None:
    _a_person(page)
    page.locator("main form").first.evaluate("form => { form.noValidate = true }")
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Still missing")


NO_PAGES = {"/words", "/template/cases.xlsx", "/template/cases.csv", "/uploads/{upload_id}/annotated"}
"""Proposals while one types, and files."""

# Who looks at what; a path as it is, or a name of what was planted; what is done there first.
VIEWS: list[tuple[str, str, str, Show | None]] = [
    ("Dr A", "home of a clinician", "/", None),
    ("Dr A", "template", "/template", None),
    ("Dr A", "uploads", "/uploads", None),
    ("Dr A", "uploads, no file", "/uploads", _no_file),
    ("Dr A", "my cases", "/cases", None),
    ("Dr A", "accepted cases", "/cases/accepted", None),
    ("Dr A", "runs", "/runs", None),
    *(
        ("Dr A", f"upload, {name}", f"upload, {name}", None)
        for name in (
            "rows to mend", "rows held", "rows ready", "a row beside another", "rows taken", "rows left out", "refused",
            "hidden rows to confirm", "encoding to confirm", "check cut off", "erased",
        )
    ),
    ("Dr A", "upload, stale button", "upload, rows to mend", _stale_part),
    ("Dr A", "error 409", "upload, rows to mend", _stale),
    ("Dr A", "error 403", "/publish", None),
    ("Dr A", "error 404", "/no-such-page", None),
    ("Dr A", "error 413", "/uploads", _too_large),
    ("Dr A", "case, form with proposals", "case, form", _proposals),
    ("Dr A", "case, saved again", "case, form", _saved_twice),
    *(
        ("Dr A", f"case, {name}", f"case, {name}", None)
        for name in (
            "form", "empty form", "form with faults", "draft", "like others", "preview too early",
            "preview before the answer", "preview", "preview of a failure", "in review", "accepted",
            "accepted and edited", "rejected",
        )
    ),
    ("Dr A", "case, not saved", "case, form", _changed_elsewhere),
    ("Dr A", "case, both texts", "case, form", _both_texts),
    ("Dr A", "review, approval of an edit", "review, approval of an edit", None),
    ("Dr B", "home of a reviewer", "/", None),
    ("Dr B", "queue", "/reviews", None),
    ("Dr B", "agreement", "/reviews/agreement", None),
    ("Dr B", "review, blind", "review, blind", None),
    ("Dr B", "review, nothing said", "review, blind", _nothing_said),
    ("Dr B", "review, decision", "review, decision", None),
    ("Dr B", "review, no reason", "review, decision after disagreement", _no_reason),
    ("Dr B", "review, edit", "review, edit", None),
    ("Dr C", "review, third", "review, third", None),
    ("Model author", "home of a model author", "/", None),
    ("Model author", "publish", "/publish", None),
    ("Model author", "published", "/publish", _published),
    ("Model author", "run", "run", _report),
    ("Model author", "run, a case", "run", _case_of_a_report),
    ("Model author", "diff", "diff", _report),
    ("Administrator", "home of an administrator", "/", None),
    ("Administrator", "case to assign", "case, in review", None),
    ("Administrator", "people", "/administration", None),
    ("Administrator", "person", "/administration", _a_person),
    ("Administrator", "person, no reason", "/administration", _a_person_and_no_reason),
    ("Administrator", "trail", "/administration/trail", None),
]  # fmt: skip


def test_every_page_is_among_them(planted: Planted) -> None:
    seen = [planted.places.get(place, place).partition("?")[0] for _, _, place, _ in VIEWS]
    pages = {
        route.path: route.path_regex
        for router in routers()
        for route in router.routes
        if isinstance(route, GuardedRoute) and "GET" in route.methods and not route.path.startswith("/static/")
    }
    unseen = {path for path, pattern in pages.items() if not any(pattern.fullmatch(one) for one in seen)}
    assert unseen == NO_PAGES | {"/administration/people/{key}"}  # Reached by a link.


@pytest.mark.parametrize("person", dict.fromkeys(view[0] for view in VIEWS))
def test_every_page(doctor: Doctor, planted: Planted, person: str) -> None:
    page = doctor(person)
    page.on("dialog", lambda dialog: dialog.accept())  # Leaving what was typed.
    bad: list[str] = []
    for _, name, place, show in (view for view in VIEWS if view[0] == person):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(home(page) + planted.places.get(place, place))
        if show is not None:
            show(page)
        bad += _looks(page, name)
    page.get_by_role("button", name="Change person").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    bad += _looks(page, "sign in")
    assert not bad, "\n".join(bad)


def test_a_run_is_browsed_as_in_its_report(doctor: Doctor, planted: Planted) -> None:
    page = doctor("Model author")
    page.goto(f"{home(page)}/runs")
    page.locator(f'a[href="{planted["run"]}"]').click()
    page.wait_for_selector("html[data-ready=yes]")
    page.locator("#case-list a.open").first.click()
    expect(page.locator("#case-page h2")).to_be_visible()
    page.keyboard.press("Escape")
    chart = page.locator("[data-chart]").first
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg")).to_be_visible()

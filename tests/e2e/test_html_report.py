"""The HTML report in a real browser: what a model author does with it, and what it must never do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.data import ReportData, report_data, run_data
from reports.html import write_html
from tests.reports import samples
from validation.comparison import Diff

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def diff(tmp_path_factory: pytest.TempPathFactory) -> Diff:
    return samples.a_diff(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def data(diff: Diff) -> ReportData:
    return report_data(diff, verdict=samples.judged(diff))


@pytest.fixture(scope="module")
def files(diff: Diff, data: ReportData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind."""
    directory = tmp_path_factory.mktemp("pages")
    paths = {
        name: directory / f"{name}.html" for name in ("diff", "static", "run", "hostile", "hostile_static", "many")
    }
    write_html(data, paths["diff"])
    write_html(replace(data, cases=data.cases[:5]), paths["static"], static=True)
    write_html(run_data(diff.candidate), paths["run"])
    write_html(samples.hostile(data), paths["hostile"])
    hostile = samples.hostile(data)
    write_html(replace(hostile, cases=hostile.cases[:3]), paths["hostile_static"], static=True)
    write_html(samples.many(data, 250), paths["many"])
    return paths


@pytest.fixture
def visit(browser: Browser, files: dict[str, Path]) -> Iterator[Open]:
    """Open a page; afterwards: no message in the console, no error, no dialog, no request but the file."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, fragment: str = "", *, width: int = 1280, scheme: Any = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        address = files[name].as_uri()
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == address or request.url.startswith("data:")
                else complaints.append(f"request: {request.url}")
            ),
        )
        page.goto(address + fragment)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def show_all_charts(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.querySelectorAll('[data-chart]:not([data-drawn])').length === 0")


def filters_in(page: Page) -> dict[str, list[str]]:
    return parse_qs(page.url.partition("?")[2])


def listed(page: Page) -> list[str]:
    return page.locator("#case-list a.open").all_inner_texts()


@pytest.mark.parametrize("name", ["diff", "run"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_charts_are_drawn(name: str, scheme: str, visit: Open) -> None:
    page = visit(name, scheme=scheme)
    show_all_charts(page)
    charts = page.locator("[data-chart]")
    assert charts.count() >= 4
    for place in range(charts.count()):
        chart = charts.nth(place)
        assert chart.locator("svg").count() == 1
        assert chart.locator("svg path").count() > 3
        assert (chart.get_attribute("aria-label") or "").strip()


def test_static_has_pictures(visit: Open, data: ReportData) -> None:
    page = visit("static", f"#/case/{data.cases[0].id}")
    assert page.locator("#trajectory svg").count() == 1
    page = visit("static")
    assert page.locator("#report .plot svg").count() >= 4
    assert page.evaluate("window.vegaEmbed") is None


def test_the_list_shows_what_changed_worst_first(visit: Open, data: ReportData) -> None:
    assert listed(visit("diff")) == [case.id for case in data.cases]


def test_filters_are_kept_in_the_address(visit: Open, data: ReportData) -> None:
    page = visit("diff")
    page.get_by_label("Show").select_option("broken")
    broken = [case.id for case in data.cases if case.change == "broken"]
    assert listed(page) == broken
    page.get_by_label("Search").fill(broken[-1])
    assert listed(page) == [broken[-1]]
    assert filters_in(page) == {"show": ["broken"], "q": [broken[-1]]}
    again = visit("diff", page.url.partition("#")[1] + page.url.partition("#")[2])
    assert listed(again) == [broken[-1]]
    expect(again.get_by_label("Show")).to_have_value("broken")
    again.get_by_role("button", name="Clear").click()
    expect(again.locator("#case-count")).to_have_text(f"{len(data.cases)} cases")
    assert filters_in(again) == {}


def test_filter_by_condition_and_words_of_the_complaint(visit: Open, data: ReportData) -> None:
    page = visit("diff")
    wanted = data.cases[0].expected
    page.locator("#filters").get_by_label("Expected").select_option(wanted)
    assert listed(page) == [case.id for case in data.cases if case.expected == wanted]


def test_never_events_and_what_is_as_before_can_be_listed(visit: Open, data: ReportData) -> None:
    page = visit("diff", "#/?show=never")
    assert listed(page) == [case.id for case in data.cases if case.never_events]
    page.get_by_label("Show").select_option("other")
    assert listed(page) == [line.id for line in data.other_cases]
    page.locator("#case-list a.open").first.click()
    expect(page.locator("#case-page h2")).to_have_text(data.other_cases[0].id)
    expect(page.locator("#case-page")).to_contain_text(f"clinval show {data.other_cases[0].id}")


def test_a_tile_of_the_headline_filters(visit: Open, data: ReportData) -> None:
    page = visit("diff")
    page.locator(".tile", has_text="fixed").get_by_role("link").click()
    expect(page.get_by_label("Show")).to_have_value("fixed")
    assert listed(page) == [case.id for case in data.cases if case.change == "fixed"]


def test_keys(visit: Open, data: ReportData) -> None:
    ids = [case.id for case in data.cases]
    page = visit("diff")
    focused = "document.activeElement.textContent"
    page.keyboard.press("j")
    assert page.evaluate(focused) == ids[0]
    page.keyboard.press("j")
    assert page.evaluate(focused) == ids[1]
    page.keyboard.press("k")
    assert page.evaluate(focused) == ids[0]
    page.keyboard.press("Enter")
    heading = page.locator("#case-page h2")
    expect(heading).to_have_text(ids[0])
    expect(heading).to_be_focused()
    page.keyboard.press("j")
    expect(heading).to_have_text(ids[1])
    page.keyboard.press("k")
    expect(heading).to_have_text(ids[0])
    page.keyboard.press("Escape")
    expect(page.locator("#report")).to_be_visible()
    assert page.evaluate(focused) == ids[0]
    page.keyboard.press("/")
    page.keyboard.type("jk?")
    expect(page.get_by_label("Search")).to_have_value("jk?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_back_returns_to_the_filtered_list(visit: Open) -> None:
    page = visit("diff", "#/?show=broken")
    before = listed(page)
    page.locator("#case-list a.open").nth(1).click()
    expect(page.locator("#case-page h2")).to_have_text(before[1])
    assert filters_in(page) == {"show": ["broken"]}
    page.go_back()
    expect(page.locator("#report")).to_be_visible()
    assert listed(page) == before


def test_the_page_of_a_case(visit: Open, data: ReportData) -> None:
    case = next(case for case in data.cases if case.parting and case.base and case.parting.number > 1)
    assert case.base is not None
    assert case.parting is not None
    page = visit("diff", f"#/case/{case.id}")
    shown = page.locator("#case-page")
    expect(shown).to_contain_text(case.words)
    expect(shown).to_contain_text(data.names.conditions[case.expected])
    expect(shown.locator(".parting")).to_contain_text(f"they part at question {case.parting.number}")
    rows = shown.locator(".transcript tbody tr")
    assert rows.count() == max(case.base.n_questions, case.candidate.n_questions) + 2
    expect(rows.nth(case.parting.number)).to_have_class("parts")
    for number, question in enumerate(case.base.transcript, start=1):
        row = rows.nth(number + (number >= case.parting.number))
        expect(row.locator("td").first).to_contain_text(data.names.questions[question.finding])
        expect(row.locator("td").first).to_contain_text(question.answer or "could not say")
    page.wait_for_selector("#trajectory[data-drawn] svg")
    expect(shown).to_contain_text(case.command)


def test_a_case_that_is_not_there_says_so(visit: Open) -> None:
    page = visit("diff", "#/case/no%20such%ZZ")
    expect(page.locator("#case-page")).to_contain_text("No such case")


def test_a_long_list_is_shown_in_part_and_whole_on_demand_and_on_paper(visit: Open) -> None:
    page = visit("many")
    assert len(listed(page)) == 100
    page.get_by_role("button", name="Show 150 more cases").click()
    assert len(listed(page)) == 250
    again = visit("many")
    again.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(listed(again)) == 250


@pytest.mark.parametrize("name", ["hostile", "hostile_static"])
def test_texts_that_mean_harm_stay_texts(name: str, visit: Open) -> None:
    page = visit(name)
    if name == "hostile":
        show_all_charts(page)
    assert page.locator("img").count() == 0
    page.locator("#case-list a.open").first.click()
    expect(page.locator("#case-page h2")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("img, iframe, object, embed").count() == 0
    assert "onerror" in unquote(page.url)
    page.wait_for_timeout(300)


def test_the_policy_stops_a_script_that_got_in(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(files["diff"].as_uri())
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.got_in = true";
            document.body.append(script);
            const image = document.createElement("div");
            image.innerHTML = "<img src=x onerror='window.got_in = true'>";
            document.body.append(image);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.got_in") is None
    page.close()


@pytest.mark.parametrize("name", ["diff", "run", "static"])
@pytest.mark.parametrize("place", ["", "case"])
def test_no_sideways_scrolling_on_a_phone(name: str, place: str, visit: Open) -> None:
    page = visit(name, width=400)
    if place:
        page.locator("#case-list a.open").first.click()
    elif name != "static":
        show_all_charts(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_on_paper_everything_is_shown_and_filters_are_not(visit: Open, data: ReportData) -> None:
    page = visit("diff")
    page.emulate_media(media="print")
    for hidden in ("#filters", ".contents"):
        expect(page.locator(hidden)).to_be_hidden()
    for section in page.locator("#report > section").all():
        expect(section).to_be_visible()
    expect(page.locator("#conditions table tbody tr").first).to_be_visible()
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    expect(page.locator("#case-list")).to_contain_text(data.cases[-1].id)


@pytest.mark.parametrize("fragment", ["", "case"])
def test_readable_without_eyes_or_mouse(fragment: str, visit: Open, data: ReportData) -> None:
    page = visit("diff", f"#/case/{data.cases[0].id}" if fragment else "")
    faults = page.evaluate(
        """() => {
            const visible = (e) => e.checkVisibility();
            const named = (e) => (e.getAttribute("aria-label") || e.textContent || "").trim() || e.labels?.length;
            const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            const levels = [...document.querySelectorAll("h1,h2,h3")].filter(visible).map((e) => Number(e.tagName[1]));
            return [
                ...[...document.querySelectorAll("a,button,input,select,summary,[role=img],[role=region],nav")]
                    .filter((e) => visible(e) && !named(e)).map((e) => `no name: ${e.outerHTML.slice(0, 80)}`),
                ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `id twice: ${id}`),
                ...levels.filter((level, place) => place && level > levels[place - 1] + 1).map((l) => `skips to h${l}`),
                ...[...document.querySelectorAll("table")].filter((e) => !e.querySelector("th")).map(() => "no header"),
                ...[...document.querySelectorAll("[aria-labelledby]")]
                    .filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))).map((e) => e.id),
            ];
        }"""
    )
    assert faults == []
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1:visible").count() == 1

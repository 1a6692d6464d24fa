"""The HTML file as text: what it is made of, what it may do, what it must not hold, how large it gets."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.data import ReportData, run_data
from reports.html import render, write_html
from reports.html.environment import TemplatesMissing, environment
from reports.html.payload import _p
from tests.reports import samples
from tests.reports.html.big import big


class Page(HTMLParser):
    """Elements, and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._pieces: list[list[str]] = []
        self._open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._pieces.append([])
        self._open = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self._pieces[-1].append(data)

    @property
    def raw(self) -> list[tuple[str, dict[str, str | None], str]]:
        """Scripts and styles with what they hold."""
        pairs = zip(self.elements, self._pieces, strict=True)
        return [(tag, given, "".join(data)) for (tag, given), data in pairs if tag in ("script", "style")]

    def data_of(self, id: str) -> str:
        return "".join(data for _, attributes, data in self.raw if attributes.get("id") == id)

    @property
    def policy(self) -> str:
        given = [a["content"] for tag, a in self.elements if tag == "meta" and a.get("http-equiv")]
        assert given[0] is not None
        return given[0]


def payload_of(page: Page) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(page.data_of("payload"))))
    return loaded


@pytest.fixture(scope="module")
def text(data: ReportData) -> str:
    return render(data)


@pytest.fixture(scope="module")
def static_text(data: ReportData) -> str:
    return render(replace(data, cases=data.cases[:4]), static=True)


def test_equal_data_give_equal_bytes(data: ReportData, text: str, tmp_path: Path) -> None:
    write_html(data, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == text.encode()


def test_every_part_of_the_report_is_there(text: str, data: ReportData) -> None:
    ids = {attributes.get("id") for _, attributes in Page(text).elements}
    assert ids >= {
        "gate", "cases", "outcomes", "figures", "conditions", "losses", "calibration", "questions", "not-comparable",
        "provenance",
    }  # fmt: skip
    assert data.verdict is not None
    assert data.verdict.heading in text


def test_all_cases_are_in_the_payload(text: str, data: ReportData) -> None:
    payload = payload_of(Page(text))
    assert [case["id"] for case in payload["cases"]] == [case.id for case in data.cases]
    assert [line[0] for line in payload["other"]] == [line.id for line in data.other_cases]
    first, packed = data.cases[0], payload["cases"][0]
    assert payload["conditions"][packed["expected"]][0] == first.expected
    assert [payload["findings"][q[0]][0] for q in packed["candidate"]["questions"]] == [
        question.finding for question in first.candidate.transcript
    ]
    assert packed["candidate"]["p"] == pytest.approx(first.candidate.p_expected, rel=1e-3)


@pytest.mark.parametrize("static", [False, True])
def test_nothing_is_allowed_but_its_own_style_and_script(static: bool, text: str, static_text: str) -> None:
    page = Page(static_text if static else text)
    policy = page.policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    executed = [(tag, data) for tag, a, data in page.raw if tag == "style" or a.get("type") == "module"]
    assert len(executed) == (2 if static else 3)
    for _, data in executed:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()}'" in policy
    assert not [a for _, a in page.elements if any(name.startswith("on") or name == "style" for name in a)]


@pytest.mark.parametrize("static", [False, True])
def test_no_element_refers_to_another_place(static: bool, text: str, static_text: str) -> None:
    for tag, attributes in Page(static_text if static else text).elements:
        for name in ("src", "href", "xlink:href", "action", "data", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)


def test_static_has_pictures_and_no_chart_library(text: str, static_text: str) -> None:
    assert "vegaEmbed=" in text
    assert "vegaEmbed=" not in static_text
    assert len(static_text) < 1_000_000
    charts = [a for tag, a in Page(static_text).elements if "plot" in (a.get("class") or "")]
    assert charts
    assert static_text.count("<svg") == len(charts)
    assert not [a for a in charts if "data-chart" in a]
    assert payload_of(Page(static_text))["drawings"].keys() <= {case["id"] for case in payload_of(Page(text))["cases"]}


@pytest.mark.parametrize("static", [False, True])
def test_texts_stay_texts(static: bool, data: ReportData, text: str, static_text: str) -> None:
    plain = Page(static_text if static else text)
    hostile = samples.hostile(data)
    hostile = replace(hostile, cases=hostile.cases[:3])
    page = Page(render(hostile, static=static))
    tags = {tag for tag, _ in page.elements}
    assert tags <= {tag for tag, _ in plain.elements} | {
        "details",
        "summary",
        "ul",
        "li",
        "code",
        "br",
        "strong",
        "section",
    }
    assert "img" not in tags
    scripts = [tag for tag, _ in page.elements if tag == "script"]
    assert scripts == [tag for tag, _ in plain.elements if tag == "script"]
    assert "<img src=x" not in render(hostile)


def test_a_run_has_the_same_page_with_one_side(diff: Any) -> None:
    data = run_data(diff.candidate)
    page = Page(render(data))
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert {"cases", "figures", "calibration", "provenance"} <= ids
    assert not {"outcomes", "model", "edits", "gate"} & ids
    assert all(case["base"] is None for case in payload_of(page)["cases"])


def test_an_empty_diff_says_so_in_one_line(data: ReportData) -> None:
    empty = replace(
        data, is_empty=True, cases=(), verdict=None, new_never_events=(), counts={"same": data.n_comparable}
    )
    text = render(empty)
    assert "No difference" in text
    assert f"{data.n_comparable} cases, equal to the last bit" in text


def test_five_thousand_changed_cases_of_three_hundred_conditions_stay_under_8_mb(data: ReportData) -> None:
    text = render(big(data, 5000, 300))
    assert len(text.encode()) < 8_000_000
    assert len(payload_of(Page(text))["cases"]) == 5000


@pytest.mark.parametrize(
    ("p", "packed"), [(1.0, 1.0), (0.999999, 0.9999), (0.0, 0.0), (0.123456, 0.1235), (None, None)]
)
def test_packing_makes_nothing_certain(p: float | None, packed: float | None) -> None:
    assert _p(p) == packed


def test_lone_surrogates_do_not_stop_it(data: ReportData, tmp_path: Path) -> None:
    write_html(replace(data, title="a\ud800b", notes=("c\udfffd",)), tmp_path / "report.html")
    assert "a?b" in (tmp_path / "report.html").read_text("utf-8")


def test_without_jinja_the_message_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(TemplatesMissing, match=re.escape("make .venv/.check")):
        environment()

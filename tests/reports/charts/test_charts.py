"""Charts: valid, described, in the colours of the page, told apart by more than colour."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from reports import charts
from reports.charts.theme import ChartsMissing, unit_from

Rows = list[dict[str, Any]]
BINS: Rows = [
    {"side": side, "n": 10, "confidence": 0.8, "accuracy": 0.7, "low": 0.55, "high": 0.9}
    for side in ("base", "candidate")
]
INTERVALS: Rows = [
    {"condition": "Appendicitis (4)", "side": side, "n": 4, "share": share, "low": 0.3, "high": 1.0}
    for side, share in (("base", 1.0), ("candidate", 0.5))
]
ASKED: Rows = [{"side": side, "questions": n, "cases": 3} for side in ("base", "candidate") for n in (4, 5)]
CURVE: Rows = [
    {"side": side, "question": n, "measure": measure, "share": 0.5 + n / 10}
    for side in ("base", "candidate") for measure in ("leads", "in the first three") for n in range(4)
]  # fmt: skip
LOSSES: Rows = [
    {"group": "all cases (8)", "side": side, "kind": kind, "cases": 2, "share": 0.25}
    for side in ("base", "candidate") for kind in charts.LOST_TO
]  # fmt: skip
POINTS: Rows = [
    {"side": side, "question": n, "p": n / 4, "leads": "Flu"} for side in ("base", "candidate") for n in range(4)
]

CHARTS: dict[str, tuple[Callable[[Rows], charts.Spec], Rows]] = {
    "reliability": (charts.reliability, BINS),
    "condition_intervals": (charts.condition_intervals, INTERVALS),
    "questions_asked": (charts.questions_asked, ASKED),
    "efficiency": (charts.efficiency, CURVE),
    "loss_shares": (charts.loss_shares, LOSSES),
    "trajectory": (charts.trajectory, POINTS),
}


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("sides", [("base", "candidate"), ("candidate",)])
def test_chart(name: str, sides: tuple[str, ...]) -> None:
    make, rows = CHARTS[name]
    chosen = [row for row in rows if row["side"] in sides]
    spec = charts.trajectory(chosen, sides=sides) if make is charts.trajectory else make(chosen)
    assert spec["description"].strip()
    assert "$schema" not in spec
    svg = charts.to_svg(spec)
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")
    assert " style=" not in svg  # The policy of the page forbids it.
    text = json.dumps(spec)
    assert "var(--" in text
    assert ("var(--base)" in text) == ("base" in sides and name != "loss_shares")


@pytest.mark.parametrize("name", ["reliability", "condition_intervals", "trajectory"])
def test_the_two_models_differ_in_shape(name: str) -> None:
    make, rows = CHARTS[name]
    assert '"circle", "diamond"' in json.dumps(make(rows))


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1b[31mb", "a\ud800b", "a\uffffb", "a\u202eb", "漢字 😀", "</svg><script>"]
)
def test_no_text_stops_the_renderer(text: str) -> None:
    """It ends the process at a control character."""
    svg = charts.to_svg(charts.condition_intervals([{**row, "condition": text} for row in INTERVALS]))
    assert "<script" not in svg
    assert svg.count("</svg>") == 1


def test_conditions_keep_the_order_given() -> None:
    rows = [{**INTERVALS[0], "condition": name} for name in ("c", "a", "b")]
    assert '"sort": ["c", "a", "b"]' in json.dumps(charts.condition_intervals(rows))


def test_losses_are_stacked_and_add_up() -> None:
    bars = charts.loss_shares(LOSSES)["layer"][0]["data"]["values"]
    for side in ("base", "candidate"):
        chosen = [(row["kind"], row["start"], row["end"]) for row in bars if row["side"] == side]
        assert chosen == [("stopping", 0, 0.25), ("policy", 0.25, 0.5), ("knowledge", 0.5, 0.75)]


def test_a_case_that_parts_has_a_mark_before_that_question() -> None:
    assert "part at question 3" in charts.to_svg(charts.trajectory(POINTS, 3))
    assert "part at question" not in charts.to_svg(charts.trajectory(POINTS))


@pytest.mark.parametrize(("lowest", "start"), [(0.0, 0), (0.57, 0.5), (0.9, 0.8), (0.05, 0)])
def test_an_axis_of_shares_begins_below_what_it_shows(lowest: float, start: float) -> None:
    assert unit_from(lowest).domain == [start, 1]


def test_the_bundle_cannot_end_a_script_element() -> None:
    bundle = charts.javascript_bundle()
    assert "</script" not in bundle
    assert "<!--" not in bundle
    assert "vegaEmbed" in bundle


@pytest.mark.parametrize("package", ["altair", "vl_convert"])
def test_without_the_packages_the_message_says_what_to_run(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = charts.reliability(BINS)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ChartsMissing, match=r"make \.venv/\.check"):
        charts.to_svg(spec) if package == "vl_convert" else charts.reliability(BINS)

"""The charts of a page: which there are, and their rows out of ``ReportData``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import charts
from ..charts import Spec
from ..data import ReportData
from ..data.case_shapes import Case
from ..data.figure_shapes import Calibration, Curve, LossShares, Shares
from .sections import Sections
from .words import label


def page_charts(data: ReportData, sections: Sections) -> dict[str, Spec]:
    """The charts that have anything to show, by the id of their place."""
    specs = {}
    if reliability := [*_bins("base", data.calibration_base), *_bins("candidate", data.calibration)]:
        specs["calibration-chart"] = charts.reliability(reliability)
    if sections.charted_conditions:
        specs["conditions-chart"] = charts.condition_intervals(list(_intervals(data, sections)))
    if asked := list(_histogram(data)):
        specs["questions-chart"] = charts.questions_asked(asked)
    if curve := [*_curve("base", data.efficiency_base), *_curve("candidate", data.efficiency)]:
        specs["efficiency-chart"] = charts.efficiency(curve)
    if losses := [row for entry in sections.charted_losses for row in _shares(entry)]:
        specs["losses-chart"] = charts.loss_shares(losses)
    return specs


def trajectory_template(data: ReportData) -> Spec:
    """The chart of any one case, for a page that fills in its rows, and leaves out the mark of a parting
    where there is none."""
    return charts.trajectory([], 1, sides=("candidate",) if data.is_run else ("base", "candidate"))


def trajectory_of(case: Case, data: ReportData) -> Spec:
    """The chart of one case."""
    sides = [(name, interview) for name, interview in (("base", case.base), ("candidate", case.candidate)) if interview]
    rows = [
        {"side": name, "question": number, "p": p, "leads": _leads(interview, number, data)}
        for name, interview in sides
        for number, p in enumerate(interview.p_expected_after)
    ]
    parts = None if case.parting is None else case.parting.number
    return charts.trajectory(rows, parts, tuple(name for name, _ in sides))


def _leads(interview: Any, number: int, data: ReportData) -> str:
    leading = interview.transcript[number - 1].leading if number else interview.initial_leading
    return data.names.conditions.get(leading[0].condition, leading[0].condition) if leading else ""


def _bins(side: str, calibration: Calibration | None) -> Iterator[dict[str, Any]]:
    for cell in calibration.bins if calibration else ():
        yield {
            "side": side, "n": cell.n, "confidence": cell.confidence, "accuracy": cell.accuracy,
            "low": cell.low, "high": cell.high,
        }  # fmt: skip


def _intervals(data: ReportData, sections: Sections) -> Iterator[dict[str, Any]]:
    for entry in sections.charted_conditions:
        name = f"{data.names.conditions.get(entry.condition, entry.condition)} ({entry.n})"
        if entry.base_right is not None:
            yield {
                "condition": name, "side": "base", "n": entry.n, "share": entry.base_right / entry.n,
                "low": entry.base_low, "high": entry.base_high,
            }  # fmt: skip
        yield {
            "condition": name, "side": "candidate", "n": entry.n, "share": entry.right / entry.n,
            "low": entry.low, "high": entry.high,
        }  # fmt: skip


def _histogram(data: ReportData) -> Iterator[dict[str, Any]]:
    asked = data.questions
    for side, counts in (("base", asked.histogram_base), ("candidate", asked.histogram)):
        for number, cases in zip(asked.n_questions, counts or (), strict=False):
            yield {"side": side, "questions": number, "cases": cases}


def _curve(side: str, curve: Curve | None) -> Iterator[dict[str, Any]]:
    if curve is None:
        return
    for measure, shares in (("leads", curve.top_1), ("in the first three", curve.top_3)):
        for number, share in enumerate(shares):
            yield {"side": side, "question": number, "measure": measure, "share": share}


def _shares(entry: LossShares) -> Iterator[dict[str, Any]]:
    group = f"{'all cases' if entry.by == 'all' else label(entry.group)} ({entry.n})"
    for side, shares in (("base", entry.base), ("candidate", entry.candidate)):
        for kind in charts.LOST_TO if shares else ():
            assert isinstance(shares, Shares)
            cases = getattr(shares, kind)
            yield {"group": group, "side": side, "kind": kind, "cases": cases, "share": cases / entry.n}

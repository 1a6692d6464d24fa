"""The summary of one run as Markdown, by the same parts as the comment on a diff."""

from __future__ import annotations

from ..data.shapes import ReportData
from ..data.words import count
from .escape import code, text
from .sections import GROUPS, Limits, more, notes, table, value


def lines(data: ReportData, limits: Limits) -> list[str]:
    """What is wrong first, then every figure."""
    side = data.candidate
    state = (
        "" if side.status == "complete" else f" · **INCOMPLETE** ({side.n_finished} of {count(side.n_cases, 'case')})"
    )
    n_unsafe = data.counts.get("unsafe", 0)
    unsafe = f"**{n_unsafe} unsafe**" if n_unsafe else "0 unsafe"
    counts = f"{data.counts.get('right', 0)} right · {data.counts.get('wrong', 0)} wrong · {unsafe}"
    return [
        f"**{text(data.title, limits.words)}**: {counts} · of {count(data.n_comparable, 'case')}{state}",
        "",
        *notes(data, limits),
        *_cases(data, limits),
        *_figures(data, limits),
    ]


def _cases(data: ReportData, limits: Limits) -> list[str]:
    if not data.cases:
        return []
    rows = [
        [("⚠ unsafe" if case.never_events else "✗ wrong"), limits.cut(case.id), limits.cut(case.words)]
        for case in data.cases[: limits.rows]
    ]
    heading = f"#### Worth a look ({len(data.cases)})"
    shown = table(["", "case", "what happened"], rows)
    return ["", heading, "", *shown, *more(len(data.cases), limits.rows, "in the report")]


def _figures(data: ReportData, limits: Limits) -> list[str]:
    written = ["", "#### Figures", ""]
    rows = []
    for figure in data.figures:
        side = figure.candidate
        scale = 100 if figure.unit == "share" else 1
        interval = "" if side is None else f"{scale * side.low:.3g} to {scale * side.high:.3g}"
        rows.append([GROUPS[figure.group], figure.label, value(figure, side), interval])
    meaning = code(" / ".join(data.unlisted), limits.words)
    return [
        *written,
        *table(["", "figure", "value", "95 % interval:"], rows),
        "",
        f"A finding that a card does not list means {meaning}.",
    ]

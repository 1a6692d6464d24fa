"""How charts look: CSS variables for colours, and signs that are more than colour for the two models."""

from __future__ import annotations

import re
from math import floor
from typing import Any

from model.errors import ClinvalError

Spec = dict[str, Any]
"""A Vega-Lite specification."""

INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"
BASE, CANDIDATE = "base", "candidate"
SIDES = (BASE, CANDIDATE)
COLOURS = {BASE: "var(--base)", CANDIDATE: "var(--candidate)"}
SHAPES = {BASE: "circle", CANDIDATE: "diamond"}
DASHES = {BASE: [5, 4], CANDIDATE: [1, 0]}


class ChartsMissing(ClinvalError):
    """The packages that draw are not installed."""


def altair() -> Any:
    """The Altair module, loaded when a chart is made.

    Raises
    ------
    ChartsMissing
        It is not installed.
    """
    try:
        import altair as module
    except ImportError as error:
        raise ChartsMissing(
            f"E-NO-CHARTS  {error.name} is not installed: reports need it for their charts; "
            "run `make .venv/.check`, or `pip install 'clinval[check]'`"
        ) from error
    return module


def side_scale(values: dict[str, Any], sides: tuple[str, ...]) -> Any:
    """A scale from the sides that are shown to their colours, shapes or dashes."""
    return altair().Scale(domain=list(sides), range=[values[side] for side in sides])


def sides_in(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """The sides that occur in rows with a ``side``, base first."""
    present = {row["side"] for row in rows}
    return tuple(side for side in SIDES if side in present)


def unit_from(lowest: float) -> Any:
    """A scale for shares that begins at the full tenth below what there is to show: a good model's
    points would else be crammed into a corner.  The axis says where it begins."""
    return altair().Scale(domain=[max(0.0, floor(10 * lowest - 1e-9) / 10), 1], nice=False, zero=False)


def percent_axis() -> Any:
    """An axis of shares."""
    return altair().Axis(format=".0%", tickCount=5)


def legend(sides: tuple[str, ...]) -> Any:
    """A legend where there is something to tell apart."""
    return altair().Legend(title=None, orient="top") if len(sides) > 1 else None


def themed(chart: Any, description: str) -> Spec:
    """The specification in the page's own colours and type."""
    spec: Spec = _drawable(chart.to_dict())
    spec.pop("$schema", None)  # An address that nobody has to fetch.
    spec["description"] = _drawable(description)
    spec["background"] = "transparent"
    spec["config"] = {
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED, "titleColor": MUTED, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE,
            "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 240,
        },
        "legend": {
            "labelColor": INK, "titleColor": MUTED, "labelFontSize": 12, "symbolSize": 90, "symbolStrokeWidth": 2,
        },
        "header": {"labelColor": INK, "titleColor": MUTED, "labelFontSize": 12},
        "text": {"color": INK, "fontSize": 12},
        "rule": {"color": MUTED},
    }  # fmt: skip
    return spec


_NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no SVG may hold; at a control character the renderer ends the whole process."""


def _drawable(part: Any) -> Any:
    """The same with a sign in place of each character that cannot be drawn."""
    if isinstance(part, str):
        return _NOT_IN_XML.sub("\ufffd", part)
    if isinstance(part, dict):
        return {_drawable(name): _drawable(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_drawable(item) for item in part]
    return part

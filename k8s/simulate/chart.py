"""The chart of the documentation: until the end, and what it costs, by machines and cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.charts.theme import Spec, altair

from .model import Outcome

INK, MUTED = "#1a1a1a", "#6b6b6b"
SHADES = ("#9ecae1", "#6baed6", "#3182bd", "#08519c")
"""Light to dark with the number of cases; shapes say it too."""
SHAPES = ("circle", "square", "triangle-up", "diamond")


def chart(outcomes: Mapping[str, Sequence[Outcome]], budget_s: float, currency: str) -> Spec:
    """A Vega-Lite specification in fixed colours: it stands in a page of text, light or dark.

    Parameters
    ----------
    outcomes
        By the title of their row of panels: of several numbers of machines and of cases.
    budget_s
        Drawn as a line; hollow points are runs that it cut off.
    currency
        Of the costs.
    """
    alt = altair()
    rows = [alt.hconcat(*_panels(found, title, budget_s, currency)) for title, found in outcomes.items()]
    spec: Spec = (
        alt.vconcat(*rows)
        .properties(
            background="white",
            title=alt.Title("What the fan-out takes and costs (simulated)", anchor="start", color=INK),
            description="Minutes to the end and cost against the number of machines, one line a number of cases.",
        )
        .configure_axis(grid=True, gridOpacity=0.3, labelColor=INK, titleColor=INK)
        .to_dict()
    )
    return spec


def _panels(outcomes: Sequence[Outcome], title: str, budget_s: float, currency: str) -> list[Any]:
    """Minutes beside cost."""
    alt = altair()
    order = [f"{n:,}" for n in sorted({one.n_cases for one in outcomes})]
    colour = alt.Color("cases:N", sort=order, title="cases", scale=alt.Scale(domain=order, range=list(SHADES)))
    shape = alt.Shape("cases:N", sort=order, title="cases", scale=alt.Scale(domain=order, range=list(SHAPES)))
    machines = alt.Axis(values=[1, 4, 16, 64, 250, 1000])

    def panel(field: str, heading: str) -> Any:
        base = alt.Chart(alt.Data(values=[_row(one) for one in outcomes])).encode(
            x=alt.X("machines:Q", scale=alt.Scale(type="log"), title="machines of 8 cores", axis=machines),
            y=alt.Y(f"{field}:Q", scale=alt.Scale(type="log"), title=heading),
        )
        lines = base.mark_line(strokeWidth=2).encode(color=colour)
        points = base.mark_point(size=70, strokeWidth=2).encode(
            color=colour, shape=shape, fill=alt.condition("datum.whole", colour, alt.value("white"))
        )
        return (lines + points).properties(width=300, height=220)

    limit = alt.Chart(alt.Data(values=[{"minutes": budget_s / 60}])).mark_rule(strokeDash=[5, 4], color=MUTED)
    minutes = (panel("minutes", "minutes to the end") + limit.encode(y="minutes:Q")).properties(title=title)
    return [minutes, panel("cost", f"cost of the run, {currency}")]


def _row(one: Outcome) -> dict[str, Any]:
    return {
        "machines": one.workers,
        "cases": f"{one.n_cases:,}",
        "minutes": round(one.end_s / 60, 3),
        "cost": round(one.cost, 4),
        "whole": one.is_whole,
    }

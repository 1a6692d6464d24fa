"""How the cases of each condition came out."""

from __future__ import annotations

from typing import Any

from .theme import COLOURS, SHAPES, Spec, altair, legend, percent_axis, side_scale, sides_in, themed

ROW_PX = 34


def condition_intervals(rows: list[dict[str, Any]]) -> Spec:
    """Share of cases that are right, with its interval: a dot a model, a row a condition, in the order given.

    ``rows`` : ``condition`` (name), ``side``, ``n``, ``share``, ``low``, ``high`` (95 %)
    """
    alt = altair()
    sides = sides_in(rows)
    names = list(dict.fromkeys(row["condition"] for row in rows))
    data = alt.Chart(alt.Data(values=rows))
    axis = alt.Axis(labelLimit=200, ticks=False, domain=False, grid=True)
    y = alt.Y("condition:N", title=None, sort=names, axis=axis)
    offset = alt.YOffset("side:N", scale=alt.Scale(domain=list(sides)))
    colour = alt.Color("side:N", scale=side_scale(COLOURS, sides), legend=legend(sides))
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("share:Q", title="share of cases that are right", scale=unit, axis=percent_axis())
    interval = data.mark_rule(strokeWidth=1.5).encode(y=y, yOffset=offset, x=alt.X("low:Q"), x2="high:Q", color=colour)
    point = data.mark_point(size=70, filled=True, opacity=1).encode(
        y=y, yOffset=offset, x=x, color=colour,
        shape=alt.Shape("side:N", scale=side_scale(SHAPES, sides), legend=legend(sides)),
        tooltip=["condition:N", "side:N", alt.Tooltip("n:Q", title="cases"), alt.Tooltip("share:Q", format=".1%")],
    )  # fmt: skip
    return themed(
        alt.layer(interval, point).properties(width="container", height=ROW_PX * max(1, len(names))),
        f"Share of cases that are right, with 95 % intervals, for {len(names)} conditions, the most harmed first. "
        "The numbers are in the table below.",
    )

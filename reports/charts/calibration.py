"""Whether probabilities may be believed."""

from __future__ import annotations

from typing import Any

from .theme import COLOURS, MUTED, SHAPES, Spec, altair, legend, percent_axis, side_scale, sides_in, themed, unit_from


def reliability(rows: list[dict[str, Any]]) -> Spec:
    """What was claimed against what came true, in bins of equally many cases.

    ``rows`` : ``side``, ``n`` (cases), ``confidence``, ``accuracy``, ``low``, ``high`` (95 % interval)
    """
    alt = altair()
    sides = sides_in(rows)
    unit = unit_from(min([min(row["confidence"], row["low"]) for row in rows] or [0]))
    corner = unit.domain[0]
    x = alt.X("confidence:Q", title="probability of the leading condition", scale=unit, axis=percent_axis())
    colour = alt.Color("side:N", scale=side_scale(COLOURS, sides), legend=legend(sides))
    diagonal = alt.Chart(alt.Data(values=[{"x": corner, "y": corner}, {"x": 1, "y": 1}])).mark_line(
        color=MUTED, strokeDash=[2, 3], strokeWidth=1
    ).encode(x="x:Q", y="y:Q")  # fmt: skip
    bins = alt.Chart(alt.Data(values=rows))
    interval = bins.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    point = bins.mark_point(size=64, filled=True, opacity=1).encode(
        x=x,
        y=alt.Y("accuracy:Q", title="share in which it is right", scale=unit, axis=percent_axis()),
        color=colour,
        shape=alt.Shape("side:N", scale=side_scale(SHAPES, sides), legend=legend(sides)),
        tooltip=[
            "side:N", alt.Tooltip("n:Q", title="cases"), alt.Tooltip("confidence:Q", format=".3f"),
            alt.Tooltip("accuracy:Q", format=".3f"),
            alt.Tooltip("low:Q", format=".3f"), alt.Tooltip("high:Q", format=".3f"),
        ],
    )  # fmt: skip
    return themed(
        alt.layer(diagonal, interval, point).properties(width="container", height=300),
        "Calibration: the probability of the leading condition against the share of cases in which it is the expected "
        "one, with 95 % intervals; on the diagonal the two agree. The numbers are in the table below.",
    )

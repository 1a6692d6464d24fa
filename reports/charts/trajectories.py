"""What happens question by question."""

from __future__ import annotations

from typing import Any

from .theme import (
    COLOURS,
    DASHES,
    MUTED,
    SHAPES,
    SIDES,
    Spec,
    altair,
    legend,
    percent_axis,
    side_scale,
    sides_in,
    themed,
    unit_from,
)  # fmt: skip

ROWS, PARTS = "rows", "parts"
"""The names of the two data sets of :func:`trajectory`: a page draws one specification for many cases
by replacing their values."""


def trajectory(rows: list[dict[str, Any]], parts: int | None = None, sides: tuple[str, ...] = SIDES) -> Spec:
    """The probability of the expected condition after each question of one case.

    Parameters
    ----------
    rows : ``side``, ``question`` (0 = what was volunteered), ``p``, ``leads`` (what leads then)
    parts : the number of the question at which the two interviews part; None: they do not
    """
    alt = altair()
    data = alt.Data(name=ROWS, values=rows)
    x = alt.X("question:Q", title="after question", axis=alt.Axis(tickMinStep=1, format="d", grid=False))
    y = alt.Y("p:Q", title="probability", scale=alt.Scale(domain=[0, 1]), axis=percent_axis())
    colour = alt.Color("side:N", scale=side_scale(COLOURS, sides), legend=legend(sides))
    lines = [
        alt.Chart(data)
        .mark_line(strokeWidth=2, strokeDash=DASHES[side])
        .transform_filter(f"datum.side === '{side}'")
        .encode(x=x, y=y, color=colour)
        for side in sides
    ]
    point = alt.Chart(data).mark_point(size=46, filled=True, opacity=1).encode(
        x=x, y=y, color=colour,
        shape=alt.Shape("side:N", scale=side_scale(SHAPES, sides), legend=legend(sides)),
        tooltip=[
            "side:N", alt.Tooltip("question:Q", title="after question"),
            alt.Tooltip("p:Q", format=".3f", title="expected"), "leads:N",
        ],
    )  # fmt: skip
    marks = []
    if parts is not None:
        part = alt.Chart(alt.Data(name=PARTS, values=[parting_row(parts)]))
        marks = [
            part.mark_rule(strokeDash=[2, 3], color=MUTED).encode(x="question:Q"),
            part.mark_text(align="left", dx=5, color=MUTED).encode(x="question:Q", y=alt.value(6), text="text:N"),
        ]
    return themed(
        alt.layer(*marks, *lines, point).properties(width="container", height=220),
        "Probability of the expected condition after each question; the same numbers are in the transcripts below.",
    )


def parting_row(number: int) -> dict[str, Any]:
    """The mark just before the question at which two interviews part."""
    return {"question": number - 0.5, "text": f"part at question {number}"}


def efficiency(rows: list[dict[str, Any]]) -> Spec:
    """The share of cases that are right after each question.

    ``rows`` : ``side``, ``question``, ``measure`` ("leads" or "in the first three"), ``share``
    """
    alt = altair()
    sides = sides_in(rows)
    unit = unit_from(min([row["share"] for row in rows] or [0]))
    line = alt.Chart(alt.Data(values=rows)).mark_line(strokeWidth=2).encode(
        x=alt.X("question:Q", title="after question", axis=alt.Axis(tickMinStep=1, format="d", grid=False)),
        y=alt.Y("share:Q", title="share of cases", axis=percent_axis(), scale=unit),
        color=alt.Color("side:N", scale=side_scale(COLOURS, sides), legend=legend(sides)),
        strokeDash=alt.StrokeDash("side:N", scale=side_scale(DASHES, sides), legend=legend(sides)),
        detail="measure:N",
        tooltip=["side:N", "measure:N", "question:Q", alt.Tooltip("share:Q", format=".1%")],
    )  # fmt: skip
    ends = {(row["measure"], row["side"]): row for row in rows}
    labels = [row for (_, side), row in sorted(ends.items()) if side == sides[-1]]
    above = alt.Chart(alt.Data(values=[row for row in labels if row["measure"] != "leads"]))
    below = alt.Chart(alt.Data(values=[row for row in labels if row["measure"] == "leads"]))
    text = [
        layer.mark_text(align="right", dy=dy).encode(x="question:Q", y="share:Q", text="measure:N")
        for layer, dy in ((above, -10), (below, 14))
    ]
    words = "; ".join(f"{side} {measure} {row['share']:.1%}" for (measure, side), row in sorted(ends.items()))
    return themed(
        alt.layer(line, *text).properties(width="container", height=240),
        "Share of cases whose right condition leads, or is in the first three, after each question. "
        f"At the end: {words}.",
    )

"""How long the interviews took."""

from __future__ import annotations

from typing import Any

from .theme import COLOURS, Spec, altair, legend, side_scale, sides_in, themed


def questions_asked(rows: list[dict[str, Any]]) -> Spec:
    """How many interviews took how many questions.

    ``rows`` : ``side``, ``questions``, ``cases``
    """
    alt = altair()
    sides = sides_in(rows)
    # Outlined, not filled, is the base: the two can be told apart without colour.
    chart = alt.Chart(alt.Data(values=rows)).mark_bar(strokeWidth=1.5).encode(
        x=alt.X("questions:O", title="questions asked", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        xOffset=alt.XOffset("side:N", scale=alt.Scale(domain=list(sides))),
        y=alt.Y("cases:Q", title="cases", axis=alt.Axis(tickMinStep=1, tickCount=5)),
        stroke=alt.Color("side:N", scale=side_scale(COLOURS, sides), legend=legend(sides)),
        fill=alt.Color(
            "side:N",
            scale=side_scale({"base": "transparent", "candidate": COLOURS["candidate"]}, sides),
            legend=legend(sides),
        ),
        tooltip=["side:N", "questions:O", "cases:Q"],
    )  # fmt: skip
    means = ", ".join(f"{side} {_mean(rows, side):.1f}" for side in sides)
    return themed(
        chart.properties(width="container", height=220),
        f"How many questions the interviews took. Mean: {means}.",
    )


def _mean(rows: list[dict[str, Any]], side: str) -> float:
    chosen = [row for row in rows if row["side"] == side]
    total = sum(row["cases"] for row in chosen)
    return sum(row["questions"] * row["cases"] for row in chosen) / total if total else 0.0

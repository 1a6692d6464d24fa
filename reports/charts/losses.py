"""Where what went wrong was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .theme import INK, SIDES, Spec, altair, percent_axis, themed

KINDS = ("stopping", "policy", "knowledge")
FILLS = {kind: f"var(--loss-{kind})" for kind in KINDS}
ROW_PX = 46


def loss_shares(rows: list[dict[str, Any]]) -> Spec:
    """The shares of each group's cases that were lost, a bar a model, in the order given; the rest is right.

    ``rows`` : ``group``, ``side``, ``kind`` (of ``KINDS``), ``share``, ``cases``
    """
    alt = altair()
    groups = list(dict.fromkeys(row["group"] for row in rows))
    sides = [side for side in SIDES if any(row["side"] == side for row in rows)]
    bars = list(_stacked(rows))
    longest = max([row["end"] for row in bars], default=0.0)
    data = alt.Chart(alt.Data(values=bars))
    y = alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labelLimit=180, ticks=False, domain=False))
    offset = alt.YOffset("side:N", scale=alt.Scale(domain=sides, paddingInner=0.15))
    x = alt.X("start:Q", title="share of cases that are lost", axis=percent_axis())
    scale = alt.Scale(domain=list(KINDS), range=[FILLS[kind] for kind in KINDS])
    bar = data.mark_bar(stroke="var(--paper)", strokeWidth=1).encode(
        y=y, yOffset=offset, x=x, x2="end:Q",
        fill=alt.Fill("kind:N", scale=scale, legend=alt.Legend(title=None, orient="top")),
        tooltip=["group:N", "side:N", "kind:N", "cases:Q", alt.Tooltip("share:Q", format=".1%")],
    )  # fmt: skip
    # In words where there is room: colour is not the only sign.
    roomy = alt.Chart(alt.Data(values=[row for row in bars if row["share"] >= 0.18 * longest]))
    label = roomy.mark_text(color=INK, fontSize=11).encode(y=y, yOffset=offset, x="middle:Q", text="kind:N")
    return themed(
        alt.layer(bar, label).properties(width="container", height=ROW_PX * max(1, len(groups))),
        "Share of cases that were lost to the stopping rule, the question policy or the network's knowledge, for "
        f"{len(groups)} groups{', base above candidate' if len(sides) > 1 else ''}. The numbers are in a table below.",
    )


def _stacked(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows that have any cases, each with the place of its part of the bar."""
    ends: dict[tuple[str, str], float] = {}
    for row in sorted(rows, key=lambda row: KINDS.index(row["kind"])):
        bar = row["group"], row["side"]
        start = ends.get(bar, 0.0)
        ends[bar] = start + row["share"]
        if row["cases"]:
            yield {**row, "start": start, "end": ends[bar], "middle": (start + ends[bar]) / 2}

"""Where what went wrong was lost."""

from __future__ import annotations

from typing import Any

from .theme import INK, PERCENT, SIDES, Spec, altair, themed

KINDS = ("right", "stopping", "policy", "knowledge")
FILLS = {
    "right": "var(--loss-right)",
    "stopping": "var(--loss-stopping)",
    "policy": "var(--loss-policy)",
    "knowledge": "var(--loss-knowledge)",
}
ROW_PX = 46


def loss_shares(rows: list[dict[str, Any]]) -> Spec:
    """The four shares of each group's cases, a bar a model, in the order given.

    ``rows`` : ``group``, ``side``, ``kind`` (of ``KINDS``), ``share``, ``cases``
    """
    alt = altair()
    groups = list(dict.fromkeys(row["group"] for row in rows))
    sides = [side for side in SIDES if any(row["side"] == side for row in rows)]
    data = alt.Chart(alt.Data(values=[{**row, "order": KINDS.index(row["kind"])} for row in rows]))
    y = alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labelLimit=180, ticks=False, domain=False))
    offset = alt.YOffset("side:N", scale=alt.Scale(domain=sides, paddingInner=0.15))
    x = alt.X("share:Q", title="share of cases", stack="zero", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=PERCENT, tickCount=5))
    bar = data.mark_bar(stroke="var(--paper)", strokeWidth=1).encode(
        y=y, yOffset=offset, x=x, order="order:Q",
        fill=alt.Fill(
            "kind:N", scale=alt.Scale(domain=list(KINDS), range=[FILLS[kind] for kind in KINDS]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=["group:N", "side:N", "kind:N", "cases:Q", alt.Tooltip("share:Q", format=".1%")],
    )  # fmt: skip
    # In words where there is room: colour is not the only sign.
    label = data.transform_filter("datum.share >= 0.12").mark_text(color=INK, fontSize=11).encode(
        y=y, yOffset=offset, x=alt.X("share:Q", stack="zero", bandPosition=0.5), order="order:Q", text="kind:N"
    )  # fmt: skip
    return themed(
        alt.layer(bar, label).properties(width="container", height=ROW_PX * max(1, len(groups))),
        "Share of cases that came out right, or were lost to the stopping rule, the question policy or the network's "
        f"knowledge, for {len(groups)} groups{', base above candidate' if len(sides) > 1 else ''}. "
        "The numbers are in the table below.",
    )

"""Rows of results by hand, for tests that need no replay."""

from __future__ import annotations

from typing import Any

PLAIN: dict[str, Any] = {
    "outcome": "answered",
    "error": "",
    "expected": "flu",
    "rank": 1,
    "rank_right": 1,
    "rank_must_not_miss": 0,
    "p_expected": 0.9,
    "p_top": 0.9,
    "must_not_miss": [],
    "must_ask": [],
    "differential": [{"condition": "flu", "p": 0.9}],
    "triage_advice": 1,
    "triage_least": -1,
    "n_questions": 3,
    "stop": "threshold",
    "loss": "right",
    "never_events": [],
}


def row(leads: str | None = "flu", **fields: Any) -> dict[str, Any]:
    """A right case, but for ``fields``; ``leads`` : the condition at the head of the differential."""
    differential = [] if leads is None else [{"condition": leads, "p": 0.9}]
    return {**PLAIN, "differential": differential, **fields}


def wrong(leads: str | None = "cold", rank: int = 2, **fields: Any) -> dict[str, Any]:
    """A case in which another condition leads."""
    return row(leads, **{"rank": rank, "rank_right": rank, "p_expected": 0.2, "loss": "policy", **fields})


def ask(finding: str, at: int, by: int = -1) -> dict[str, Any]:
    """A must-ask finding: asked as question ``at`` (0 volunteered, −1 never), wanted by ``by`` (−1 any time)."""
    return {"finding": finding, "by": by, "asked_at": at}

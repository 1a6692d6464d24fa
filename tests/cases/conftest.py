"""A card as a doctor would write it, to vary in tests."""

from __future__ import annotations

from typing import Any

import pytest

from cases import Card


@pytest.fixture
def record() -> dict[str, Any]:
    """The plain values of a card without any fault."""
    return {
        "id": "appendicitis-001",
        "author": "JD",
        "review_state": "accepted",
        "licence": "Apache-2.0",
        "unlisted": "absent",
        "complaint": "My belly has hurt since last night.",
        "patient": {"age": 23, "sex": "female"},
        "findings": {
            "rlq_pain": {"state": "present", "initial": True},
            "nausea": "present",
            "diarrhoea": "absent",
            "fever": "unsure",
        },
        "risk_factors": {"smoking": "absent"},
        "expected": {
            "condition": "appendicitis",
            "must_not_miss": ["appendicitis"],
            "triage": ["urgent", "emergency"],
            "must_ask": [{"finding": "rlq_pain", "by": 10}],
        },
    }


@pytest.fixture
def card(record: dict[str, Any]) -> Card:
    """A card without any fault."""
    return Card.model_validate(record)

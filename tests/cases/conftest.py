"""A card as a doctor would write it, to vary in tests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cases import Card
from model.network import ClinicalNetwork, Condition, Finding, Limits, Link, RiskFactor, Triage

# Two shared cores: an example that took long says nothing about the code.
settings.register_profile("shared-cores", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-cores")


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


def _finding(finding_id: str, name: str, **details: Any) -> Finding:
    return Finding(finding_id, name, f"Do you have {name.lower()}?", **details)


@pytest.fixture
def network() -> ClinicalNetwork:
    """Two conditions and five findings; nothing but appendicitis explains pain on the right."""
    findings = (
        _finding("rlq_pain", "Pain in the right lower abdomen", synonyms=("right iliac fossa pain", "side pain"),
                 codes={"snomed_ct": "301754002"}, leak=(1.0, 0.0)),
        _finding("flank_pain", "Flank pain", synonyms=("side pain",)),
        _finding("nausea", "Nausea", synonyms=("feeling sick",)),
        _finding("diarrhoea", "Diarrhoea"),
        _finding("fever", "Fever"),
        _finding("missed_period", "Missed period", limits=Limits(sex="female", min_age=12, max_age=55)),
    )  # fmt: skip
    link = {name: Link((1 - p, p)) for name, p in (("nausea", 0.7), ("fever", 0.5), ("diarrhoea", 0.2))}
    conditions = (
        Condition("appendicitis", "Acute appendicitis", Triage.EMERGENCY, must_not_miss=True, specialty="surgery",
                  synonyms=("inflamed appendix",), prevalence=((0.01,), (0.01,)),
                  links={**link, "rlq_pain": Link((0.1, 0.9))}),
        Condition("gastroenteritis", "Gastroenteritis", Triage.ROUTINE, specialty="general practice",
                  prevalence=((0.05,), (0.05,)), links={**link, "rlq_pain": Link((1.0, 0.0))}),
    )  # fmt: skip
    smoking = RiskFactor("smoking", "Smoking", prevalence=((0.2,), (0.3,)))
    return ClinicalNetwork(
        "small", conditions, findings, (smoking,), age_bands=((0.0, 150.0),), structure="one_condition"
    )


Vary = Callable[..., dict[str, Any]]


@pytest.fixture
def vary(record: dict[str, Any]) -> Vary:
    """A copy of the faultless record with some fields replaced; mappings are merged, None removes."""

    def varied(**changes: Any) -> dict[str, Any]:
        return _merged(record, changes)

    return varied


def _merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    new = copy.deepcopy(old)
    for name, value in changes.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict) and isinstance(new.get(name), dict):
            new[name] = _merged(new[name], value)
        else:
            new[name] = value
    return new

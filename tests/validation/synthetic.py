"""Small networks and cases made at random, for tests that need something to replay."""

from __future__ import annotations

import numpy as np

from cases.card import Card
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, RiskFactor, Triage


def network(
    n_conditions: int = 8, n_findings: int = 14, seed: int = 0, structure: str = "one_condition"
) -> ClinicalNetwork:
    """Conditions c00…, findings f00…; doctors' round numbers, so that scores tie."""
    rng = np.random.default_rng(seed)
    findings = tuple(
        Finding(f"f{i:02d}", f"Finding {i}", f"Do you have finding {i}?", red_flag=i % 5 == 0, leak=(0.95, 0.05))
        for i in range(n_findings)
    )
    conditions = []
    for i in range(n_conditions):
        linked = rng.choice(n_findings, size=max(2, min(8, n_findings // 2)), replace=False)
        links = {}
        for j in sorted(linked.tolist()):
            p = float(rng.choice([0.3, 0.5, 0.7, 0.9]))
            links[f"f{j:02d}"] = Link((1.0 - p, p))
        conditions.append(
            Condition(
                f"c{i:02d}",
                f"Condition {i}",
                Triage(i % 4),
                must_not_miss=i % 4 == 3,
                prevalence=((0.02,), (0.03,)),
                odds_ratios={"smoking": 2.0} if i % 3 == 0 else {},
                links=links,
            )
        )
    smoking = RiskFactor("smoking", "Smoking", "Do you smoke?", prevalence=((0.2,), (0.3,)))
    return ClinicalNetwork(
        name="synthetic",
        conditions=tuple(conditions),
        findings=findings,
        risk_factors=(smoking,),
        structure=structure,
        age_bands=((0.0, 150.0),),
        population=((0.5,), (0.5,)),
    )


def cards(source: ClinicalNetwork, n: int = 40, seed: int = 0, unlisted: str = "absent") -> list[Card]:
    """Cases sampled from the network: one condition each, its findings drawn, one volunteered."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(n):
        condition = source.conditions[number % len(source.conditions)]
        present = [name for name, link in condition.links.items() if rng.random() < link.probabilities[1]]
        present = present or [next(iter(condition.links))]
        level = condition.triage.label
        made.append(
            Card.model_validate(
                {
                    "id": f"{condition.id}-{number:04d}",
                    "author": "synthetic",
                    "unlisted": unlisted,
                    "complaint": f"I have {source.findings[source.finding_index[present[0]]].name.lower()}.",
                    "patient": {"age": int(rng.integers(1, 90)), "sex": ["female", "male"][number % 2]},
                    "findings": {
                        name: {"state": "present", "initial": position == 0} for position, name in enumerate(present)
                    },
                    "risk_factors": {"smoking": "present" if rng.random() < 0.3 else "absent"},
                    "expected": {
                        "condition": condition.id,
                        "triage": [level, level],
                        "must_not_miss": [condition.id] if condition.must_not_miss else [],
                        "must_ask": [{"finding": present[-1], "by": 5}] if len(present) > 1 else [],
                    },
                }
            )
        )
    return made

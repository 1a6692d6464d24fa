"""The digest of a network: SHA-256 over what it *means*.

In the digest is everything that can change an interview, an answer's reading or a score:

- ids and their order (ties go to the lowest index), states, and which of them means "present";
- every probability: leaks, links, prevalences, odds ratios, population, temperature, tables;
- structure, age bands, limits of age and sex, triage levels, must-not-miss, red flags;
- names, question texts, kinds, synonyms and codes, because cases are read by them and patients see them.

Not in it: the network's own name, title, description and licence; a condition's description and
specialty; the sources of figures; and how all of it is laid out in files.

Numbers enter as their shortest decimal form that reads back to the same float64.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from .network import ClinicalNetwork, Network, TabularNetwork
from .vocabulary import Condition, Finding, RiskFactor

DIGEST_VERSION = "clinval network 1"
"""Changes whenever the canonical form does, so that digests of two forms never meet."""


def network_digest(network: Network) -> str:
    """SHA-256 (hex) of the canonical form of ``network``."""
    form = json.dumps(canonical_form(network), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(form.encode("utf-8")).hexdigest()


def canonical_form(network: Network) -> dict[str, Any]:
    """The meaning of ``network`` as JSON values."""
    form: dict[str, Any] = {
        "version": DIGEST_VERSION,
        "age_bands": network.age_bands,
        "conditions": [_condition(condition) for condition in network.conditions],
        "findings": [_finding(finding) for finding in network.findings],
        "risk_factors": [_risk_factor(factor) for factor in network.risk_factors],
    }
    if isinstance(network, ClinicalNetwork):
        form |= {
            "structure": network.structure,
            "population": network.population,
            "temperature": float(network.temperature),
        }
    elif isinstance(network, TabularNetwork):
        form |= {
            "variables": [
                [variable.name, variable.states, variable.parents, variable.table.tolist()]
                for variable in network.variables
            ],
            "condition_roles": [[role.variable, role.state] for role in network.condition_roles],
            "finding_variables": network.finding_variables,
            "risk_factor_variables": network.risk_factor_variables,
            "age_variable": network.age_variable,
            "sex_variable": network.sex_variable,
        }
    return form


def _finding(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "codes": dict(finding.codes)}


def _risk_factor(factor: RiskFactor) -> dict[str, Any]:
    return {**asdict(factor), "codes": dict(factor.codes)}


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "id": condition.id,
        "name": condition.name,
        "triage": condition.triage.label,
        "must_not_miss": condition.must_not_miss,
        "synonyms": condition.synonyms,
        "codes": dict(condition.codes),
        "prevalence": condition.prevalence,
        "odds_ratios": {key: float(ratio) for key, ratio in condition.odds_ratios.items()},
        "links": {key: link.probabilities for key, link in condition.links.items()},
    }

"""A candidate taken apart into the smallest parts that can differ: one entry a number that an author edits.

Parts are named by keys of words, as the files nest them:

    ("condition", "appendicitis")                     it exists
    ("condition", "appendicitis", "link", "nausea")   P(nausea | appendicitis and no other)
    ("finding", "nausea", "leak")    ("risk_factor", "smoking", "prevalence")
    ("network", "population")        ("policy", "max_questions")

What has no key is no part of a candidate's meaning (see ``model.network.digest``).  A tabular network is
parted into its tables and, in one piece, what joins them, because a table fits no other parents.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from model.network.network import ClinicalNetwork, Network, TabularNetwork
from model.network.vocabulary import Condition, Finding, RiskFactor
from model.policy.config import Policy

from ..planning import Candidate

Key = tuple[str, ...]
"""The name of one part."""
Parts = dict[Key, Any]
"""Values compare equal exactly where the parts mean the same."""

WORDING: Key = ("wording",)
"""All names, questions, synonyms and codes: in the digest, but no replay depends on them."""
KIND: Key = ("network", "kind")
JOINTS: Key = ("network", "variables")
"""Of a tabular network: variables, states, parents and roles."""
POLICY_TABLES = {"questions": "policy", "stopping": "stopping", "differential": "differential"}
"""Attribute of a policy to table of its file."""


def parts_of(candidate: Candidate) -> Parts:
    """Every part of a candidate's network and policy."""
    network = candidate.network
    parts: Parts = {KIND: type(network).__name__}
    if isinstance(network, ClinicalNetwork):
        parts |= _clinical(network)
    elif isinstance(network, TabularNetwork):
        parts |= _tabular(network)
    parts[WORDING] = wording_of(network)
    for owner in ("questions", "stopping", "differential"):
        settings = getattr(candidate.policy, owner)
        parts |= {("policy", name): getattr(settings, name) for name in settings.__dataclass_fields__}
    return parts


def policy_from(parts: Parts, known: Container[str] | None = None) -> Policy:
    """The policy that ``parts`` hold; findings of its order that are not ``known`` are left out."""
    default = Policy()
    tables = {}
    for owner in POLICY_TABLES:
        settings = getattr(default, owner)
        values = {name: parts["policy", name] for name in settings.__dataclass_fields__}
        if "order" in values:
            values["order"] = tuple(name for name in values["order"] if known is None or name in known)
        tables[owner] = type(settings)(**values)
    return Policy(**tables)


def wording_of(network: Network) -> dict[Key, Any]:
    """What people and readers of cases know the entries by, by entry and field."""
    words: dict[Key, Any] = {}
    entry: Condition | Finding | RiskFactor
    for room, entries, fields in (
        ("condition", network.conditions, ("name", "synonyms", "codes")),
        ("finding", network.findings, ("name", "question", "kind", "synonyms", "codes")),
        ("risk_factor", network.risk_factors, ("name", "question", "synonyms", "codes")),
    ):
        for entry in entries:
            for name in fields:
                value = getattr(entry, name)
                words[room, entry.id, name] = dict(value) if name == "codes" else value
    return words


def _clinical(network: ClinicalNetwork) -> Parts:
    parts: Parts = {
        ("network", "structure"): network.structure,
        ("network", "temperature"): network.temperature,
        ("network", "age_bands"): network.age_bands,
        ("network", "population"): network.population,
        **_orders(network),
    }
    for condition in network.conditions:
        key = ("condition", condition.id)
        parts |= {key: True, (*key, "triage"): condition.triage, (*key, "must_not_miss"): condition.must_not_miss}
        parts[*key, "prevalence"] = condition.prevalence
        for factor, ratio in condition.odds_ratios.items():
            parts[*key, "odds_ratio", factor] = float(ratio)
        for finding, link in condition.links.items():
            parts[*key, "link", finding] = link.probabilities
    for each in network.findings:
        own = ("finding", each.id)
        parts |= {own: True, (*own, "states"): (each.states, each.present), (*own, "leak"): each.leak}
        parts |= {(*own, "red_flag"): each.red_flag, (*own, "limits"): each.limits}
    for risk in network.risk_factors:
        own = ("risk_factor", risk.id)
        parts |= {own: True, (*own, "states"): (risk.states, risk.present)}
        parts |= {(*own, "prevalence"): risk.prevalence, (*own, "limits"): risk.limits}
    return parts


def _orders(network: Network) -> Parts:
    """Ties go to the first, so an order is part of the meaning."""
    return {
        ("network", "order", "condition"): tuple(condition.id for condition in network.conditions),
        ("network", "order", "finding"): tuple(finding.id for finding in network.findings),
        ("network", "order", "risk_factor"): tuple(factor.id for factor in network.risk_factors),
    }


def _tabular(network: TabularNetwork) -> Parts:
    joints = (
        network.age_bands,
        tuple((variable.name, variable.states, variable.parents) for variable in network.variables),
        network.condition_roles,
        network.finding_variables,
        network.risk_factor_variables,
        network.age_variable,
        network.sex_variable,
        tuple((finding.id, finding.states, finding.present, finding.leak) for finding in network.findings),
        tuple((factor.id, factor.states, factor.present, factor.prevalence) for factor in network.risk_factors),
        tuple((condition.id, condition.prevalence) for condition in network.conditions),
    )
    parts: Parts = {JOINTS: joints}
    for variable in network.variables:
        shape = (variable.states, variable.parents, variable.table.shape)
        parts["table", variable.name] = (shape, variable.table.tolist())
    for condition in network.conditions:
        parts["condition", condition.id, "triage"] = condition.triage
        parts["condition", condition.id, "must_not_miss"] = condition.must_not_miss
    for finding in network.findings:
        parts["finding", finding.id, "red_flag"] = finding.red_flag
        parts["finding", finding.id, "limits"] = finding.limits
    for factor in network.risk_factors:
        parts["risk_factor", factor.id, "limits"] = factor.limits
    return parts

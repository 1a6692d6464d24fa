"""Noisy-OR networks by brute force: every joint value of background and conditions, one at a time.

Slow and obviously right; nothing here is shared with the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from model.network.network import ClinicalNetwork


@dataclass(frozen=True)
class Answer:
    """Everything that the network says, given one person's evidence."""

    evidence: float
    posterior: NDArray[np.float64]
    explaining: NDArray[np.float64]
    """(C,) P(condition present and at least one of its links to a present finding fired)."""
    p_present: NDArray[np.float64]
    """(F,) for every finding, also the known ones."""
    gain: NDArray[np.float64]
    """(F,) sum over the conditions of their mutual information with the finding, nats."""


def enumerate_network(
    network: ClinicalNetwork,
    findings: dict[int, int],
    risk_factors: dict[int, int],
    sex: int | None = None,
    band: int | None = None,
    without: int | None = None,
) -> Answer:
    """Exact answers; ``findings`` and ``risk_factors`` map an index to 0 absent, 1 present.

    ``without`` : a condition known to be absent
    """
    n_conditions, n_findings = len(network.conditions), len(network.findings)
    total = 0.0
    by_condition = np.zeros(n_conditions)
    idle = np.zeros(n_conditions)
    by_finding = np.zeros(n_findings)
    joint = np.zeros((n_findings, n_conditions))
    for prior, conditions in _worlds(network, risk_factors, sex, band):
        if without is not None and conditions[without]:
            continue
        p_present = np.array([_p_present(network, f, conditions) for f in range(n_findings)])
        weight = prior * prod(p_present[f] if value else 1.0 - p_present[f] for f, value in findings.items())
        total += weight
        for d in np.flatnonzero(conditions):
            idle[d] += prior * prod(_p_without(network, f, conditions, int(d), value) for f, value in findings.items())
        by_condition += weight * np.array(conditions)
        by_finding += weight * p_present
        joint += weight * np.outer(p_present, conditions)
    if total == 0.0:
        return Answer(0.0, by_condition, by_condition, by_finding, by_finding)
    posterior, p_present, joint = by_condition / total, by_finding / total, joint / total
    gain = np.array([_gain(posterior, p_present[f], joint[f]) for f in range(n_findings)])
    return Answer(total, posterior, posterior - idle / total, p_present, gain)


def _worlds(network, risk_factors, sex, band):  # type: ignore[no-untyped-def]
    """(probability, joint value of the conditions) of every world that the known background permits."""
    for s, b in product(range(2), range(len(network.age_bands))):
        if sex not in (None, s) or band not in (None, b):
            continue
        for risks in product((0, 1), repeat=len(network.risk_factors)):
            if any(risks[r] != value for r, value in risk_factors.items()):
                continue
            weight = network.population[s][b]
            for risk, value in zip(network.risk_factors, risks, strict=True):
                weight *= risk.prevalence[s][b] if value else 1.0 - risk.prevalence[s][b]
            prior = [_prior(network, condition, s, b, risks) for condition in network.conditions]
            for conditions in product((0, 1), repeat=len(prior)):
                yield weight * prod(p if c else 1.0 - p for p, c in zip(prior, conditions, strict=True)), conditions


def _prior(network, condition, sex, band, risks):  # type: ignore[no-untyped-def]
    p = condition.prevalence[sex][band]
    if p in (0.0, 1.0):
        return p
    odds = p / (1.0 - p)
    for risk, value in zip(network.risk_factors, risks, strict=True):
        if value:
            odds *= condition.odds_ratios.get(risk.id, 1.0)
    return odds / (1.0 + odds)


def _p_without(network, finding, conditions, idle, value):  # type: ignore[no-untyped-def]
    """P(finding has this value, and the link from the condition ``idle`` did not fire if it is present)."""
    p_present = _p_present(network, finding, conditions)
    if not value:
        return 1.0 - p_present
    others = [c if d != idle else 0 for d, c in enumerate(conditions)]
    silent_link = 1.0
    link = network.conditions[idle].links.get(network.findings[finding].id)
    leak = network.findings[finding].leak[1]
    if link is not None and link.probabilities[1] > leak:
        silent_link = (1.0 - link.probabilities[1]) / (1.0 - leak)
    return silent_link * _p_present(network, finding, others)


def _p_present(network, finding, conditions):  # type: ignore[no-untyped-def]
    leak = network.findings[finding].leak[1]
    silent = 1.0 - leak
    for condition, value in zip(network.conditions, conditions, strict=True):
        link = condition.links.get(network.findings[finding].id)
        if value and link is not None and link.probabilities[1] > leak:
            silent *= (1.0 - link.probabilities[1]) / (1.0 - leak)
    return 1.0 - silent


def _gain(posterior, p_present, joint):  # type: ignore[no-untyped-def]
    """Mutual information of the finding with each condition, from its 2 x 2 table."""
    total = 0.0
    for p, both in zip(posterior, joint, strict=True):
        table = [[1.0 - p - p_present + both, p_present - both], [p - both, both]]
        for d, f in product((0, 1), repeat=2):
            cell, independent = table[d][f], (p if d else 1.0 - p) * (p_present if f else 1.0 - p_present)
            if cell > 1e-300 and independent > 1e-300:
                total += cell * np.log(cell / independent)
    return total

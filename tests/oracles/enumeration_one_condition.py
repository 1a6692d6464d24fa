"""One condition by brute force: every full assignment of every variable, one at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model.network.network import ClinicalNetwork


@dataclass(frozen=True)
class Known:
    """What is known of one person: state indices by position; absent keys are not known."""

    findings: Mapping[int, int]
    risk_factors: Mapping[int, int]
    age_band: int | None = None
    sex: int | None = None


def joint_by_condition(network: ClinicalNetwork, known: Known) -> list[float]:
    """P(condition, what is known), one a condition: the sum over all assignments that agree with it."""
    totals: list[list[float]] = [[] for _ in network.conditions]
    for condition, probability in _assignments(network, known):
        totals[condition].append(probability)
    return [math.fsum(terms) for terms in totals]


def posterior(network: ClinicalNetwork, known: Known) -> list[float]:
    """P(condition | what is known), sharpened by the temperature; zeros where it is impossible."""
    joint = joint_by_condition(network, known)
    if sum(joint) == 0:
        return joint
    scaled = [(value / max(joint)) ** (1 / network.temperature) for value in joint]
    return [value / math.fsum(scaled) for value in scaled]


def predict(network: ClinicalNetwork, known: Known, finding: int) -> list[list[float]]:
    """P(condition, finding = state | what is known), [condition][state]; no temperature enters."""
    table = []
    total = math.fsum(joint_by_condition(network, known))
    for state in range(len(network.findings[finding].states)):
        observed = Known({**known.findings, finding: state}, known.risk_factors, known.age_band, known.sex)
        table.append([value / total for value in joint_by_condition(network, observed)])
    return [list(row) for row in zip(*table, strict=True)]


def gain(network: ClinicalNetwork, known: Known, finding: int) -> float:
    """Mutual information of the condition and one finding, nats: Σ p(d, s) ln p(d, s) / (p(d) p(s))."""
    joint = predict(network, known, finding)
    by_state = [math.fsum(column) for column in zip(*joint, strict=True)]
    return math.fsum(
        p * math.log(p / (math.fsum(row) * by_state[state])) for row in joint for state, p in enumerate(row) if p > 0
    )


def _assignments(network: ClinicalNetwork, known: Known) -> Iterator[tuple[int, float]]:
    """(condition, probability) of every full assignment that agrees with what is known."""
    sexes = range(2) if known.sex is None else [known.sex]
    bands = range(len(network.age_bands)) if known.age_band is None else [known.age_band]
    risks = [_states(known.risk_factors, index, 2) for index in range(len(network.risk_factors))]
    findings = [_states(known.findings, i, len(f.states)) for i, f in enumerate(network.findings)]
    for sex, band, condition in itertools.product(sexes, bands, range(len(network.conditions))):
        chosen = network.conditions[condition]
        total = sum(other.prevalence[sex][band] for other in network.conditions)
        prior = network.population[sex][band] * chosen.prevalence[sex][band] / total
        for risk_states in itertools.product(*risks):
            p_risks = math.prod(_risk(network, condition, index, state) for index, state in enumerate(risk_states))
            for states in itertools.product(*findings):
                p_findings = 1.0
                for finding, state in zip(network.findings, states, strict=True):
                    link = chosen.links.get(finding.id)
                    p_findings *= (finding.leak if link is None else link.probabilities)[state]
                yield condition, prior * p_risks * p_findings


def _states(known: Mapping[int, int], index: int, n_states: int) -> list[int]:
    return [known[index]] if index in known else list(range(n_states))


def _risk(network: ClinicalNetwork, condition: int, risk_factor: int, state: int) -> float:
    risk = network.risk_factors[risk_factor]
    base = sum(
        network.population[sex][band] * risk.prevalence[sex][band]
        for sex in range(2)
        for band in range(len(network.age_bands))
    )
    odds = base * network.conditions[condition].odds_ratios.get(risk.id, 1.0)
    present = odds / (1 - base + odds)
    return present if state == 1 else 1 - present

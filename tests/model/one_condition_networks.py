"""Small one_condition networks, by hypothesis and by seed."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from model.network.network import ONE_CONDITION, ClinicalNetwork
from model.network.vocabulary import BINARY, NOT_MENTIONED, UNSURE, Condition, Finding, Link, RiskFactor, Triage

FOUR_STATES = (*BINARY, UNSURE, NOT_MENTIONED)


def random_network(
    rng: np.random.Generator,
    n_conditions: int,
    n_findings: int,
    n_risk_factors: int = 0,
    n_bands: int = 1,
    zeros: float = 0.0,
    temperature: float = 1.0,
    named: float = 0.7,
) -> ClinicalNetwork:
    """A network with random numbers, of which a share ``zeros`` is 0 and findings have 2 to 4 states;
    a condition names a share ``named`` of them."""

    def distribution(n: int) -> tuple[float, ...]:
        weights = rng.random(n) + 0.01
        weights[rng.random(n) < zeros] = 0.0
        if not weights.any():
            weights[rng.integers(n)] = 1.0
        return tuple(float(p) for p in weights / weights.sum())

    findings = []
    for index in range(n_findings):
        states = FOUR_STATES[: rng.integers(2, 5)]
        if rng.random() < 0.3:
            states = states[::-1]
        findings.append(Finding(f"f{index}", f"f{index}", "?", states=states, leak=distribution(len(states))))
    risk_factors = [
        RiskFactor(f"r{index}", f"r{index}", prevalence=_by_sex_and_band(rng, n_bands))
        for index in range(n_risk_factors)
    ]
    conditions = [
        Condition(
            f"c{index}",
            f"c{index}",
            Triage.ROUTINE,
            prevalence=_by_sex_and_band(rng, n_bands),
            odds_ratios={risk.id: float(rng.uniform(0.2, 5)) for risk in risk_factors if rng.random() < 0.7},
            links={finding.id: Link(distribution(len(finding.states))) for finding in findings if rng.random() < named},
        )
        for index in range(n_conditions)
    ]
    population = rng.random((2, n_bands)) + 0.05
    population /= population.sum()
    return ClinicalNetwork(
        "random",
        tuple(conditions),
        tuple(findings),
        tuple(risk_factors),
        structure=ONE_CONDITION,
        age_bands=tuple((10.0 * band, 10.0 * (band + 1)) for band in range(n_bands)),
        population=tuple(tuple(float(share) for share in row) for row in population),
        temperature=temperature,
    )


@st.composite
def small_networks(draw: st.DrawFn) -> ClinicalNetwork:
    """Small enough to enumerate: every shape, zeros and temperatures included."""
    return random_network(
        np.random.default_rng(draw(st.integers(0, 2**32 - 1))),
        n_conditions=draw(st.integers(1, 4)),
        n_findings=draw(st.integers(0, 4)),
        n_risk_factors=draw(st.integers(0, 2)),
        n_bands=draw(st.integers(1, 2)),
        zeros=draw(st.sampled_from([0.0, 0.3])),
        temperature=draw(st.sampled_from([1.0, 0.6, 1.7])),
    )


def _by_sex_and_band(rng: np.random.Generator, n_bands: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(p) for p in rng.uniform(0.01, 0.6, n_bands)) for _ in range(2))

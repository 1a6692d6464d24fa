"""Random noisy-OR networks of every shape, and evidence for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from model.inference.protocol import Evidence
from model.network.network import ClinicalNetwork
from model.network.vocabulary import Condition, Finding, Link, RiskFactor, Triage

_PROBABILITY = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 0.1]), st.floats(1e-6, 1.0 - 1e-6))
_OPEN = st.one_of(st.sampled_from([0.5, 0.1, 0.01]), st.floats(1e-6, 1.0 - 1e-6))


@dataclass(frozen=True)
class Question:
    """A network and what is known of one person."""

    network: ClinicalNetwork
    findings: dict[int, int]
    risk_factors: dict[int, int]
    sex: int | None
    band: int | None

    def evidence(self) -> Evidence:
        known = Evidence.empty(self.network)
        for column, value in self.findings.items():
            known.findings[0, column] = value
        for column, value in self.risk_factors.items():
            known.risk_factors[0, column] = value
        known.sex[0] = -1 if self.sex is None else self.sex
        known.age_band[0] = -1 if self.band is None else self.band
        return known


@st.composite
def questions(
    draw: st.DrawFn, max_conditions: int = 5, max_findings: int = 7, max_risks: int = 3, certain: bool = True
) -> Question:
    probability = _PROBABILITY if certain else _OPEN
    n_bands = draw(st.integers(1, 2))
    grid = st.tuples(*[st.tuples(*[probability] * n_bands)] * 2)
    risks = tuple(
        RiskFactor(f"r{i}", f"risk {i}", prevalence=draw(grid)) for i in range(draw(st.integers(0, max_risks)))
    )
    findings = []
    for i in range(draw(st.integers(1, max_findings))):
        leak = draw(st.one_of(st.just(0.0), st.floats(1e-5, 0.3)) if certain else st.floats(1e-5, 0.3))
        findings.append(Finding(f"f{i}", f"finding {i}", "?", leak=(1.0 - leak, leak)))
    conditions = []
    for i in range(draw(st.integers(1, max_conditions))):
        links = {}
        for finding in findings:
            if draw(st.booleans()):
                p = draw(probability)
                links[finding.id] = Link((1.0 - p, p))
        ratios = {risk.id: draw(st.floats(0.1, 20.0)) for risk in risks if draw(st.booleans())}
        conditions.append(
            Condition(f"d{i}", f"condition {i}", Triage.ROUTINE, prevalence=draw(grid), odds_ratios=ratios, links=links)
        )
    shares = np.array(draw(st.lists(st.floats(0.1, 1.0), min_size=2 * n_bands, max_size=2 * n_bands)))
    population = (shares / shares.sum()).reshape(2, n_bands)
    network = ClinicalNetwork(
        "random",
        tuple(conditions),
        tuple(findings),
        risks,
        age_bands=((0.0, 18.0), (18.0, 150.0)) if n_bands == 2 else ((0.0, 150.0),),
        population=tuple(tuple(float(p) for p in row) for row in population),
    )
    known = st.sampled_from([None, 0, 1, 1])
    return Question(
        network,
        {i: value for i in range(len(findings)) if (value := draw(known)) is not None},
        {i: value for i in range(len(risks)) if (value := draw(known)) is not None},
        draw(st.sampled_from([None, 0, 1])),
        draw(st.sampled_from([None, *range(n_bands)])),
    )

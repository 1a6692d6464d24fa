"""What a clinical network says, looked at as a whole: can its conditions be told apart, and reached?

``model.network`` checks that a network is well formed.  These checks ask the inference engine as
well, so they take seconds, and what they find are warnings for the author, never a refusal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import Problem, Severity
from .inference.compile import compile_network
from .inference.protocol import UNKNOWN, Evidence, FloatArray
from .network.network import ClinicalNetwork
from .network.vocabulary import PRESENT, SEXES
from .policy.applicability import applicable_findings

TYPICAL = 0.4
"""A typical patient has what at least two in five of the patients have, and nothing else."""
OLDEST = 75.0
"""Years: the typical age of the last band, which has no end of its own."""
TOO_NEAR = 0.25
"""Bhattacharyya distance below which two conditions cannot be told apart by anything that is asked."""
TOTAL_PREVALENCE = (0.05, 1.5)
"""Conditions a person seeking care may plausibly have, on average."""


class Pair(NamedTuple):
    """Two conditions and how far their findings are apart."""

    distance: float
    """Bhattacharyya distance of their findings' joint distributions, each finding on its own."""
    one: str
    other: str


def check_content(network: ClinicalNetwork, where: str = "") -> list[Problem]:
    """Everything about the content that an author should look at, as warnings."""
    where = where or network.name
    return [
        *_unreachable(network, where),
        *_inseparable(network, where),
        *_red_flags(network, where),
        *_prevalence(network, where),
        *_questions(network, where),
    ]


def typical_patients(network: ClinicalNetwork) -> Evidence:
    """One interview a condition: its findings of p ≥ ``TYPICAL`` present and all others absent, in the
    sex and age band in which it is most frequent, without any risk factor."""
    everybody = Evidence.empty(network, len(network.conditions))
    likely = finding_probabilities(network) >= TYPICAL
    present = np.array([finding.state_index(PRESENT) for finding in network.findings], np.int8)
    absent = np.array([finding.state_index("absent") for finding in network.findings], np.int8)
    everybody.findings[:] = np.where(likely, present, absent)
    everybody.risk_factors[:] = 0
    for row, condition in enumerate(network.conditions):
        grid = np.array(condition.prevalence)
        everybody.sex[row], everybody.age_band[row] = np.unravel_index(grid.argmax(), grid.shape)
        for column, risk_factor in enumerate(network.risk_factors):
            if risk_factor.prevalence[everybody.sex[row]][everybody.age_band[row]] >= TYPICAL:
                everybody.risk_factors[row, column] = -1
    ages = np.array([np.mean(network.age_bands[band]) for band in everybody.age_band])
    applies = applicable_findings(network, everybody, np.minimum(ages, OLDEST))
    everybody.findings[~applies] = UNKNOWN
    return everybody


def finding_probabilities(network: ClinicalNetwork) -> FloatArray:
    """(C, F) P(finding present | the condition and no other)."""
    present = [finding.state_index(PRESENT) for finding in network.findings]
    p = np.tile(
        [finding.leak[state] for finding, state in zip(network.findings, present, strict=True)],
        (len(network.conditions), 1),
    )
    for row, condition in enumerate(network.conditions):
        for identifier, link in condition.links.items():
            column = network.finding_index[identifier]
            p[row, column] = link.probabilities[present[column]]
    return p


def nearest_pairs(network: ClinicalNetwork, n_pairs: int = 10) -> list[Pair]:
    """The pairs of conditions that are hardest to tell apart, nearest first; pairs that differ in sex or
    age alone count as far as their findings go."""
    p = finding_probabilities(network)
    distance = np.zeros((len(p), len(p)))
    for column in p.T:
        alike = np.sqrt(np.outer(column, column)) + np.sqrt(np.outer(1.0 - column, 1.0 - column))
        distance -= np.log(np.maximum(alike, 1e-300))
    rows, columns = np.triu_indices(len(p), 1)
    order = np.argsort(distance[rows, columns], kind="stable")[:n_pairs]
    names = [condition.id for condition in network.conditions]
    return [Pair(float(distance[r, c]), names[r], names[c]) for r, c in zip(rows[order], columns[order], strict=True)]


def _unreachable(network: ClinicalNetwork, where: str) -> list[Problem]:
    engine = compile_network(network)
    score: NDArray[np.float64] = engine.explaining(engine.init(typical_patients(network)))
    problems = []
    for row, condition in enumerate(network.conditions):
        first = int(score[row].argmax())
        if first != row:
            by = f"({score[row, first]:.2f} to {score[row, row]:.2f})"
            found = f"{network.conditions[first].id} ahead {by} in its typical patient"
            problems.append(
                _warn("W-UNREACHABLE", f"{where} › conditions › {condition.id}", found, f"{condition.id} first",
                      "let the findings that decide differ more")
            )  # fmt: skip
    return problems


def _inseparable(network: ClinicalNetwork, where: str) -> list[Problem]:
    return [
        _warn("W-INSEPARABLE", f"{where} › conditions", f"{pair.one} and {pair.other} {pair.distance:.2f} apart",
              f"at least {TOO_NEAR}", "name a finding that decides, or merge them")
        for pair in nearest_pairs(network)
        if pair.distance < TOO_NEAR
    ]  # fmt: skip


def _red_flags(network: ClinicalNetwork, where: str) -> list[Problem]:
    dangerous = {name for condition in network.conditions if condition.must_not_miss for name in condition.links}
    return [
        _warn("W-RED-FLAG", f"{where} › findings › {finding.id}", "a red flag of no must-not-miss condition",
              "one that leads to danger", "link it, or take the mark away")
        for finding in network.findings
        if finding.red_flag and finding.id not in dangerous
    ]  # fmt: skip


def _prevalence(network: ClinicalNetwork, where: str) -> list[Problem]:
    total = np.sum([condition.prevalence for condition in network.conditions], axis=0)
    low, high = TOTAL_PREVALENCE
    problems = []
    for sex, band in zip(*np.nonzero((total < low) | (total > high)), strict=True):
        place = f"{where} › {SEXES[sex]} › age band {band + 1}"
        found = f"{total[sex, band]:.2f} conditions a person"
        problems.append(
            _warn("W-TOTAL-PREVALENCE", place, found, f"{low} to {high}", "look at the prevalences of that band")
        )
    return problems


def _questions(network: ClinicalNetwork, where: str) -> list[Problem]:
    expected = "a question that ends in “?”"
    return [
        _warn("W-QUESTION", f"{where} › findings › {finding.id} › question", repr(finding.question), expected, "")
        for finding in network.findings
        if not finding.question.rstrip().endswith("?")
    ]


def _warn(code: str, where: str, found: str, expected: str, next_step: str) -> Problem:
    return Problem(code, where, found, expected, next_step=next_step, severity=Severity.WARN)

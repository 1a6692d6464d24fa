"""A clinical network as a general discrete network: the tables that its figures mean.

Variables (names are words wherever the ids are, so that BIF can spell them):

=================  ============================================================================
``sex``            ``female``, ``male``; root
``age_band``       the bands' labels; given ``sex``, by the population's shares
``risk.<id>``      given age band and sex; in ``one_condition`` given the condition
``condition.<id>`` ``noisy_or``: given its risk factors, age band and sex
``condition``      ``one_condition``: one state a condition, given age band and sex
``finding.<id>``   given the conditions linked to it
``cause.<n>.<id>`` ``noisy_or``: present if the leak or any of the first n + 1 causes did it
=================  ============================================================================

A noisy-OR finding with k causes is a chain of k binary nodes with at most two parents, which is exact
and never larger than 8 k numbers.  A variable has no parent on which it does not depend.

Figures, as everywhere in this project (the inference engines must agree with them):

- noisy_or link: w = 1 - (1 - p) / (1 - leak), and 0 where p ≤ leak (Henrion 1989; leaky noisy-OR).
- condition: odds = prevalence / (1 - prevalence) · Π odds ratio over the risk factors present.
- one_condition: P(condition | sex, band) ∝ prevalence; P(risk factor present | condition) has the
  odds of its population-weighted prevalence times the odds ratio.
- The temperature is no part of this: it is applied to posteriors afterwards.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .network import NOISY_OR, ClinicalNetwork, Role, TabularNetwork, Variable
from .raw import MAX_TABLE_CELLS
from .toml_writer import age_band_labels
from .vocabulary import BINARY, PRESENT, SEXES, Condition, Finding, RiskFactor

SEX, AGE_BAND, CONDITION = "sex", "age_band", "condition"
FloatArray = NDArray[np.float64]


def condition_node(identifier: str) -> str:
    """The variable of a condition in a ``noisy_or`` network."""
    return f"condition.{identifier}"


def finding_node(identifier: str) -> str:
    """The variable of a finding."""
    return f"finding.{identifier}"


def risk_node(identifier: str) -> str:
    """The variable of a risk factor."""
    return f"risk.{identifier}"


def as_tabular(network: ClinicalNetwork) -> TabularNetwork:
    """``network`` with a table for every variable, equal in meaning but for the temperature.

    :class:`InputError` names the conditions with so many risk factors that their table would pass
    2^20 cells.
    """
    noisy = network.structure == NOISY_OR
    variables = _people(network)
    if noisy:
        variables += [_risk_factor(factor) for factor in network.risk_factors]
        variables += [_condition(condition) for condition in network.conditions]
        for finding in network.findings:
            variables += _noisy_or(network, finding)
        roles = tuple(Role(condition_node(condition.id), PRESENT) for condition in network.conditions)
    else:
        variables.append(_one_condition(network))
        variables += [_risk_given_condition(network, index) for index in range(len(network.risk_factors))]
        variables += [_finding_given_condition(network, finding) for finding in network.findings]
        roles = tuple(Role(CONDITION, condition.id) for condition in network.conditions)
    return TabularNetwork(
        name=network.name,
        conditions=tuple(replace(each, prevalence=(), odds_ratios={}, links={}) for each in network.conditions),
        findings=tuple(replace(each, leak=()) for each in network.findings),
        risk_factors=tuple(replace(each, prevalence=()) for each in network.risk_factors),
        title=network.title,
        description=network.description,
        licence=network.licence,
        age_bands=network.age_bands,
        variables=tuple(variables),
        condition_roles=roles,
        finding_variables=tuple(finding_node(finding.id) for finding in network.findings),
        risk_factor_variables=tuple(risk_node(factor.id) for factor in network.risk_factors),
        age_variable=AGE_BAND,
        sex_variable=SEX,
    )


def link_probability(p: float, leak: float) -> float:
    """P(this condition alone causes the finding), given P(finding | only it) = ``p`` and the leak."""
    return 0.0 if p <= leak else 1.0 - (1.0 - p) / (1.0 - leak)


def multiply_odds(probability: FloatArray, ratio: float | FloatArray) -> FloatArray:
    """``probability`` with its odds multiplied; 0 and 1 stay as they are."""
    scaled = probability * ratio
    return np.asarray(scaled / (1.0 - probability + scaled), np.float64)


def base_prevalence(network: ClinicalNetwork, risk_factor: int) -> float:
    """P(risk factor) over the whole population."""
    prevalence = np.asarray(network.risk_factors[risk_factor].prevalence)
    return float((np.asarray(network.population) * prevalence).sum())


def _people(network: ClinicalNetwork) -> list[Variable]:
    population = np.asarray(network.population, np.float64)
    by_sex = population.sum(axis=1)
    n_bands = population.shape[1]
    given_sex = np.full((n_bands, 2), 1.0 / n_bands)
    np.divide(population.T, by_sex, out=given_sex, where=by_sex > 0)
    labels = tuple(age_band_labels(network.age_bands))
    return [
        Variable(SEX, SEXES, (), by_sex / by_sex.sum()),
        Variable(AGE_BAND, labels, (SEX,), given_sex),
    ]


def _on_people(grid: FloatArray) -> tuple[tuple[str, ...], FloatArray]:
    """The parents among age band and sex that ``grid`` (2, bands) depends on, and it by those."""
    by_band = grid.T
    if (by_band[:, 0] == by_band[:, 1]).all():
        return ((), by_band[0, 0]) if (by_band[:, 0] == by_band[0, 0]).all() else ((AGE_BAND,), by_band[:, 0])
    return ((SEX,), by_band[0]) if (by_band == by_band[0]).all() else ((AGE_BAND, SEX), by_band)


def _binary(name: str, parents: tuple[str, ...], present: FloatArray | float) -> Variable:
    present = np.asarray(present, np.float64)
    return Variable(name, BINARY, parents, np.stack([1.0 - present, present]))


def _risk_factor(factor: RiskFactor) -> Variable:
    parents, present = _on_people(np.asarray(factor.prevalence, np.float64))
    return _binary(risk_node(factor.id), parents, present)


def _condition(condition: Condition) -> Variable:
    parents, present = _on_people(np.asarray(condition.prevalence, np.float64))
    factors = sorted(condition.odds_ratios)
    cells = 2 * present.size * 2 ** len(factors)
    if cells > MAX_TABLE_CELLS:
        raise InputError.single(
            "E-TABLE-SIZE", condition.id, f"{len(factors)} risk factors", expected="fewer, for a table", catalogue=30
        )
    odds_ratio = np.ones(())
    for key in factors:
        odds_ratio = np.multiply.outer(odds_ratio, np.array([1.0, condition.odds_ratios[key]]))
    prior = present.reshape(present.shape + (1,) * len(factors))
    names = (*parents, *(risk_node(key) for key in factors))
    return _binary(condition_node(condition.id), names, multiply_odds(prior, odds_ratio))


def _noisy_or(network: ClinicalNetwork, finding: Finding) -> list[Variable]:
    leak = finding.leak[1]
    causes = [
        (condition_node(condition.id), weight)
        for condition in network.conditions
        if finding.id in condition.links
        and (weight := link_probability(condition.links[finding.id].probabilities[1], leak)) > 0
    ]
    if not causes:
        return [_binary(finding_node(finding.id), (), leak)]
    chain = []
    for position, (cause, weight) in enumerate(causes):
        last = position == len(causes) - 1
        name = finding_node(finding.id) if last else f"cause.{position}.{finding.id}"
        if position == 0:
            chain.append(_binary(name, (cause,), np.array([leak, 1.0 - (1.0 - leak) * (1.0 - weight)])))
        else:
            chain.append(_binary(name, (chain[-1].name, cause), np.array([[0.0, weight], [1.0, 1.0]])))
    return chain


def _one_condition(network: ClinicalNetwork) -> Variable:
    prevalence = np.array([condition.prevalence for condition in network.conditions], np.float64)
    table = prevalence / prevalence.sum(axis=0)
    names = tuple(condition.id for condition in network.conditions)
    if (table == table[:, :1, :1]).all():
        return Variable(CONDITION, names, (), table[:, 0, 0])
    return Variable(CONDITION, names, (AGE_BAND, SEX), np.ascontiguousarray(table.transpose(0, 2, 1)))


def _risk_given_condition(network: ClinicalNetwork, index: int) -> Variable:
    factor = network.risk_factors[index]
    ratios = np.array([condition.odds_ratios.get(factor.id, 1.0) for condition in network.conditions])
    present = multiply_odds(np.asarray(base_prevalence(network, index)), ratios)
    return _binary(risk_node(factor.id), (CONDITION,), present)


def _finding_given_condition(network: ClinicalNetwork, finding: Finding) -> Variable:
    columns = [
        condition.links[finding.id].probabilities if finding.id in condition.links else finding.leak
        for condition in network.conditions
    ]
    return Variable(finding_node(finding.id), finding.states, (CONDITION,), np.array(columns, np.float64).T)

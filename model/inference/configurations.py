"""Summing over what is not known of a person: risk factors, age band and sex.

A *configuration* is one joint value of the unknown background.  Given a configuration the conditions
are independent a priori, so exact inference is the mixture of one run a configuration.  To keep the
number of runs small without losing exactness, an unknown risk factor that changes one condition only
is summed into that condition's prior.  Where more than ``MAX_CONFIGURATIONS`` would be left, the
risk factors that matter least are summed into each condition's prior on its own; that drops the
dependence that they put between conditions, and the result is flagged as approximate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..network.network import ClinicalNetwork
from .protocol import UNKNOWN, FloatArray, StateArray

MAX_CONFIGURATIONS = 64
"""Six risk factors that couple conditions, sex and age known: about half a second an interview."""
_MAX_SUMMED_PER_CONDITION = 8
"""Risk factors of one condition that are summed exactly; the odds ratios of further ones are averaged."""


@dataclass(frozen=True)
class Configurations:
    """The unknown background of one person."""

    weights: FloatArray
    """(K,) P(configuration, what is known of the background)."""
    priors: FloatArray
    """(K, C) P(condition | configuration)."""
    approximate: bool


class Background:
    """The risk-factor layer of a network, ready to be enumerated."""

    def __init__(self, network: ClinicalNetwork) -> None:
        n_bands = len(network.age_bands)
        self.n_risk_factors = len(network.risk_factors)
        self._population = np.array(network.population, np.float64).reshape(2, n_bands)
        self._prevalence = np.array([condition.prevalence for condition in network.conditions]).reshape(-1, 2, n_bands)
        self._risk = np.array([risk.prevalence for risk in network.risk_factors]).reshape(-1, 2, n_bands)
        self._ratio = np.ones((self.n_risk_factors, len(network.conditions)))
        for column, condition in enumerate(network.conditions):
            for risk_factor, ratio in condition.odds_ratios.items():
                self._ratio[network.risk_factor_index[risk_factor], column] = ratio
        self._affects = self._ratio != 1.0

    def configurations(self, sex: int, age_band: int, risk_factors: StateArray) -> Configurations:
        """Every joint value of the unknown background that is compatible with what is known.

        Parameters
        ----------
        sex, age_band : index, or ``UNKNOWN``
        risk_factors : (R,) 0 absent, 1 present, ``UNKNOWN``
        """
        people = [
            (s, b)
            for s in ([sex] if sex != UNKNOWN else [0, 1])
            for b in ([age_band] if age_band != UNKNOWN else range(self._population.shape[1]))
        ]
        unknown = [
            r
            for r in range(self.n_risk_factors)
            if risk_factors[r] == UNKNOWN and self._affects[r].any() and any(self._risk[r, s, b] > 0 for s, b in people)
        ]
        enumerated, summed, approximate = self._split(unknown, people)
        values = np.array(list(product((False, True), repeat=len(enumerated))), bool)
        factors = np.where(values[:, :, None], self._ratio[enumerated], 1.0).prod(axis=1)
        weights, priors = [], []
        for s, b in people:
            risk = self._risk[:, s, b]
            known = self._population[s, b]
            odds = np.ones(self._ratio.shape[1])
            for r in np.flatnonzero(risk_factors != UNKNOWN).tolist():
                present = risk_factors[r] == 1
                known *= risk[r] if present else 1.0 - risk[r]
                if present:
                    odds = odds * self._ratio[r]
            weights.append(known * np.where(values, risk[enumerated], 1.0 - risk[enumerated]).prod(axis=1))
            priors.append(self._summed_priors(self._prevalence[:, s, b], odds * factors, summed, risk))
        return _merged(np.concatenate(weights), np.concatenate(priors), approximate)

    def _split(self, unknown: Sequence[int], people: Sequence[tuple[int, int]]) -> tuple[list[int], list[int], bool]:
        """Which unknown risk factors are enumerated, which are summed into the priors, and whether
        the latter loses anything."""
        coupling = [r for r in unknown if self._affects[r].sum() > 1]
        summed = [r for r in unknown if self._affects[r].sum() == 1]
        budget = max(0, (MAX_CONFIGURATIONS // len(people)).bit_length() - 1)
        if len(coupling) <= budget:
            return coupling, summed, False
        sexes, bands = (list(axis) for axis in zip(*people, strict=True))
        risk = self._risk[:, sexes, bands].mean(axis=1)
        prior = self._prevalence[:, sexes, bands].mean(axis=1)
        influence = risk * (1.0 - risk) * (np.abs(np.log(self._ratio)) * prior).sum(axis=1)
        by_influence = sorted(coupling, key=lambda r: (-influence[r], r))
        return sorted(by_influence[:budget]), sorted(summed + by_influence[budget:]), True

    def _summed_priors(
        self, prevalence: FloatArray, odds: FloatArray, summed: Sequence[int], risk: FloatArray
    ) -> FloatArray:
        """(K, C) P(condition), each condition's own share of ``summed`` risk factors summed over.

        ``odds`` : (K, C) the product of the odds ratios that a configuration has.
        """
        prior = _with_odds(prevalence, odds)
        affected = self._affects[list(summed)].any(axis=0) if summed else np.zeros(len(prevalence), bool)
        for column in np.flatnonzero(affected).tolist():
            own = [r for r in summed if self._affects[r, column]]
            own.sort(key=lambda r: (-abs(np.log(self._ratio[r, column])), r))
            own, rest = own[:_MAX_SUMMED_PER_CONDITION], own[_MAX_SUMMED_PER_CONDITION:]
            base = odds[:, column] * np.prod([1.0 + risk[r] * (self._ratio[r, column] - 1.0) for r in rest])
            values = np.array(list(product((False, True), repeat=len(own))), bool)
            weights = np.where(values, risk[own], 1.0 - risk[own]).prod(axis=1)
            factors = np.where(values, self._ratio[own, column], 1.0).prod(axis=1)
            given = _with_odds(prevalence[column], base[:, None] * factors)
            prior[:, column] = (given * weights).sum(axis=1)
        return prior


def _with_odds(probability: FloatArray | float, ratio: FloatArray) -> FloatArray:
    """``probability`` with its odds multiplied by ``ratio``; 0 and 1 stay."""
    scaled = probability * ratio
    result: FloatArray = scaled / (scaled + (1.0 - probability))
    return result


def _merged(weights: FloatArray, priors: FloatArray, approximate: bool) -> Configurations:
    """Configurations of equal priors as one, in the order of their first appearance."""
    if len(weights) == 1:
        return Configurations(weights, priors, approximate)
    _, first, inverse = np.unique(priors, axis=0, return_index=True, return_inverse=True)
    total = np.zeros(len(first))
    np.add.at(total, inverse.ravel(), weights)
    order = np.argsort(first)
    return Configurations(total[order], np.ascontiguousarray(priors[first[order]]), approximate)

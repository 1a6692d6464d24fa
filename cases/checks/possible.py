"""Whether a network can explain a case at all (73): asks the inference engine, so it is loaded only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.network.network import NOISY_OR, ClinicalNetwork
from model.network.vocabulary import ABSENT, PRESENT, SEXES

from ..card import Card
from .report import IsPossible

if TYPE_CHECKING:
    from model.inference.protocol import Evidence
    from model.network.network import Network

BATCH = 1024
"""Cases that are looked at together."""


def possible_under(network: Network) -> IsPossible:
    """The check of evidence for :func:`cases.checks.check_cases`, by the network's compiled engine."""
    from model.inference.compile import compile_network

    engine = compile_network(network)
    healthy = _Healthy.of(network)

    def is_possible(cards: Sequence[Card]) -> list[bool]:
        possible = [healthy is not None and healthy.explains(card) for card in cards]
        open_ = [row for row, is_sure in enumerate(possible) if not is_sure]
        for start in range(0, len(open_), BATCH):
            rows = open_[start : start + BATCH]
            state = engine.init(listed_evidence([cards[row] for row in rows], network))
            for row, finite in zip(rows, np.isfinite(engine.log_evidence(state)).tolist(), strict=True):
                possible[row] = finite
        return possible

    return is_possible


@dataclass(frozen=True)
class _Healthy:
    """Somebody with no condition of the network at all, who can have any finding whose leak allows it.

    Under noisy-OR a case that such a person explains is possible, and no inference is needed to see it.
    """

    network: ClinicalNetwork
    findings: frozenset[str]
    """Those that can be present and can be absent by their leak alone."""

    @classmethod
    def of(cls, network: Network) -> _Healthy | None:
        """None where everybody has some condition, so that this says nothing."""
        if not isinstance(network, ClinicalNetwork) or network.structure != NOISY_OR:
            return None
        if any(share >= 1 for one in network.conditions for shares in one.prevalence for share in shares):
            return None
        return cls(network, frozenset(one.id for one in network.findings if all(0 < p < 1 for p in one.leak)))

    def explains(self, card: Card) -> bool:
        """Whether the leaks allow its findings, and some sex and age band its risk factors."""
        if not self.findings.issuperset(card.findings):
            return False
        sexes = [SEXES.index(card.patient.sex)] if card.patient.sex else range(len(SEXES))
        known = self.network.age_band(card.patient.age_years)
        bands = [known] if known >= 0 else range(len(self.network.age_bands))
        return any(self._allows(card, sex, band) for sex in sexes for band in bands)

    def _allows(self, card: Card, sex: int, band: int) -> bool:
        if self.network.population[sex][band] <= 0:
            return False
        for name, state in card.risk_factors.items():
            column = self.network.risk_factor_index.get(name, -1)
            share = self.network.risk_factors[column].prevalence[sex][band] if column >= 0 else 0.5
            if (state == PRESENT and share <= 0) or (state == ABSENT and share >= 1):
                return False
        return True


def listed_evidence(cards: Sequence[Card], network: Network) -> Evidence:
    """What the cards say in so many words, for asking whether it is possible at all.

    Unlisted findings are left out, whatever ``unlisted`` means: were they impossible together, that
    would be the card's silence, and is a named outcome of its replay.  Unlisted risk factors: see
    :func:`_safely_absent`.
    """
    from model.inference.protocol import Evidence

    evidence = Evidence.empty(network, len(cards))
    for row, card in enumerate(cards):
        for name, finding in card.findings.items():
            column = network.finding_index.get(name, -1)
            if column >= 0:
                evidence.findings[row, column] = network.findings[column].state_index(finding.state)
        for name, state in card.risk_factors.items():
            column = network.risk_factor_index.get(name, -1)
            if column >= 0:
                evidence.risk_factors[row, column] = network.risk_factors[column].state_index(state)
        if card.patient.sex is not None:
            evidence.sex[row] = SEXES.index(card.patient.sex)
        evidence.age_band[row] = network.age_band(card.patient.age_years)
    for column in _safely_absent(network):
        unknown = evidence.risk_factors[:, column] < 0
        evidence.risk_factors[unknown, column] = network.risk_factors[column].state_index(ABSENT)
    return evidence


def _safely_absent(network: Network) -> list[int]:
    """The risk factors that can be taken as absent where nothing is known of them.

    In a clinical network they multiply odds, so that none of them makes anything possible that was
    not; summing over the unknown ones would cost 2^n.  One that everybody has cannot be absent.
    """
    if not isinstance(network, ClinicalNetwork):
        return []
    return [
        column
        for column, factor in enumerate(network.risk_factors)
        if all(share < 1 for shares in factor.prevalence for share in shares)
    ]

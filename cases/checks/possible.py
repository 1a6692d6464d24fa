"""Whether a network can explain a case at all (73): asks the inference engine, so it is loaded only then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from model.network.network import ClinicalNetwork
from model.network.vocabulary import ABSENT, SEXES

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

    def is_possible(cards: Sequence[Card]) -> list[bool]:
        possible: list[bool] = []
        for start in range(0, len(cards), BATCH):
            state = engine.init(listed_evidence(cards[start : start + BATCH], network))
            possible += np.isfinite(engine.log_evidence(state)).tolist()
        return possible

    return is_possible


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

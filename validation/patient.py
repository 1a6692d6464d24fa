"""The patient: answers from the card and nothing else.

A listed finding is answered with its state.  What an unlisted one means is chosen per case set and
always named beside the figures: ``unknown`` (the patient cannot say: no evidence), ``absent`` (the
author listed everything that matters), ``not_mentioned`` (a learned state of its own, where the
network has it).  Optionally the patient is unreliable, reproducibly so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cases.card import Card
from model.inference.protocol import UNKNOWN, BoolArray, Evidence, FloatArray, StateArray
from model.network.network import Network
from model.network.vocabulary import ABSENT, NOT_MENTIONED, PRESENT, SEXES, UNSURE, Finding, RiskFactor
from model.policy.applicability import applicable_findings

GOES_WITHOUT_SAYING = 0.9
"""Share of the people of a sex and age who have a risk factor, from which on nobody lists it."""
PREGNANCY = ("pregnancy", "pregnant")
"""Ids of the risk factor that the card's ``patient.pregnant`` speaks of."""


@dataclass(frozen=True, slots=True)
class Unreliability:
    """How often a patient errs; each use of chance has a seed of its own, and every case draws from
    its own stream (seed and content hash), whatever its place in the set or in a shard."""

    flip: float = 0.0
    """Probability that a yes becomes a no, or a no a yes."""
    flip_seed: int = 1
    unsure: float = 0.0
    """Probability that a definite answer becomes "not sure"."""
    unsure_seed: int = 2
    volunteer: float = 0.0
    """Probability that a present finding is volunteered at the start."""
    volunteer_seed: int = 3

    @property
    def is_reliable(self) -> bool:
        return self.flip == self.unsure == self.volunteer == 0.0


RELIABLE = Unreliability()


@dataclass(frozen=True)
class Patients:
    """B patients of one network; what the interviewer may learn, and what the score needs."""

    answers: StateArray
    """(B, F) what each would answer to each question; ``UNKNOWN``: cannot say."""
    initial: BoolArray
    """(B, F) volunteered at the start."""
    present: BoolArray
    """(B, F) listed as present on the card."""
    pertinent: BoolArray
    """(B, F) listed as a pertinent negative."""
    evidence: Evidence
    """What is known before the first question: demographics, risk factors, the volunteered findings."""
    full: Evidence
    """What would be known had everything been asked that can apply to the person."""
    age_years: FloatArray
    """(B,) NaN where not known."""
    case_seeds: NDArray[np.uint64]
    """(B,) of the content hash."""
    not_in_network: tuple[tuple[str, ...], ...]
    """Per case what the card lists and the network does not know, in the card's order: such words
    give no evidence, and are reported."""


def patients(
    cards: Sequence[Card], network: Network, unlisted: str | None = None, unreliability: Unreliability = RELIABLE
) -> Patients:
    """Put B cards before a network of F findings.

    Parameters
    ----------
    unlisted : what unlisted findings and risk factors mean; None: what each card says
    """
    shape = len(cards), len(network.findings)
    initial, present, pertinent = (np.zeros(shape, bool) for _ in range(3))
    meanings = {word: _unlisted_states(network.findings, word) for word in ("unknown", ABSENT, NOT_MENTIONED)}
    risk_meanings = {word: _unlisted_states(network.risk_factors, word) for word in meanings}
    answers = np.array([meanings[unlisted or card.unlisted] for card in cards], np.int8).reshape(shape)
    evidence = Evidence.empty(network, len(cards))
    age_years = np.full(len(cards), np.nan)
    obvious = _goes_without_saying(network)
    not_in_network = []
    for row, card in enumerate(cards):
        age_years[row] = np.nan if card.patient.age_years is None else card.patient.age_years
        if card.patient.sex is not None:
            evidence.sex[row] = SEXES.index(card.patient.sex)
        evidence.age_band[row] = network.age_band(card.patient.age_years)
        evidence.risk_factors[row] = risk_meanings[unlisted or card.unlisted]
        evidence.risk_factors[row, obvious[:, evidence.sex[row], evidence.age_band[row]]] = UNKNOWN
        strangers = []
        for name, listed in card.findings.items():
            column = network.finding_index.get(name)
            if column is None or not _has_meaning(network.findings[column], listed.state):
                strangers.append(name)
                continue
            answers[row, column] = network.findings[column].state_index(listed.state)
            initial[row, column] = listed.initial
            present[row, column] = listed.state == PRESENT
            pertinent[row, column] = listed.pertinent
        strangers += _fill_risk_factors(evidence.risk_factors[row], card, network)
        not_in_network.append(tuple(strangers))
    # An unlisted finding that cannot apply to the person is no evidence, whatever unlisted means.
    listed_or_applies = applicable_findings(network, evidence, age_years) | present | pertinent | initial
    answers = np.where(listed_or_applies, answers, np.int8(UNKNOWN))
    hashes = [card.content_hash for card in cards]
    if not unreliability.is_reliable:
        answers, initial = _err(answers, initial, present, hashes, network, unreliability=unreliability)
    return Patients(
        answers=answers,
        initial=initial,
        present=present,
        pertinent=pertinent,
        evidence=replace(evidence, findings=np.where(initial, answers, np.int8(UNKNOWN))),
        full=replace(evidence, findings=answers),
        age_years=age_years,
        case_seeds=np.array([int(digest[:16], 16) for digest in hashes], np.uint64),
        not_in_network=tuple(not_in_network),
    )


def _unlisted_states(items: Sequence[Finding | RiskFactor], unlisted: str) -> list[int]:
    """The state that each item has where a card does not list it."""
    return [item.state_index(unlisted) for item in items]


def _goes_without_saying(network: Network) -> BoolArray:
    """(R, 2 + 1, age bands + 1) whether nearly everybody of that sex and age has the risk factor, so
    that nobody would list it (past the menopause at 70): not listed is then no evidence.  The last
    place of either axis, index −1, stands for a sex or age that the card does not say: False."""
    n_bands = len(network.age_bands)
    obvious = np.zeros((len(network.risk_factors), len(SEXES) + 1, n_bands + 1), bool)
    for row, risk_factor in enumerate(network.risk_factors):
        if risk_factor.prevalence:
            obvious[row, :-1, :-1] = np.array(risk_factor.prevalence) >= GOES_WITHOUT_SAYING
    return obvious


def _has_meaning(item: Finding | RiskFactor, state: str) -> bool:
    return item.state_index(state) >= 0 or state in (UNSURE, NOT_MENTIONED)


def _fill_risk_factors(row: StateArray, card: Card, network: Network) -> list[str]:
    """Write the card's risk factors, and return those that the network does not know."""
    listed: dict[str, str] = {}
    if card.patient.pregnant is not None:
        state = PRESENT if card.patient.pregnant else ABSENT
        listed = {name: state for name in PREGNANCY if name in network.risk_factor_index}
    strangers = []
    for name, state in {**listed, **card.risk_factors}.items():
        column = network.risk_factor_index.get(name)
        if column is None or not _has_meaning(network.risk_factors[column], state):
            strangers.append(name)
        else:
            row[column] = network.risk_factors[column].state_index(state)
    return strangers


def _err(
    answers: StateArray,
    initial: BoolArray,
    present: BoolArray,
    hashes: Sequence[str],
    network: Network,
    *,
    unreliability: Unreliability,
) -> tuple[StateArray, BoolArray]:
    """Answers and initial evidence of patients who err, in this order: flip, unsure, volunteer."""

    def chance(probability: float, seed: int) -> BoolArray:
        draws = [np.random.default_rng([seed, int(digest, 16)]).random(answers.shape[1]) for digest in hashes]
        return np.array(draws).reshape(answers.shape) < probability

    yes = np.array([finding.state_index(PRESENT) for finding in network.findings], np.int8)
    no = np.array([finding.state_index(ABSENT) for finding in network.findings], np.int8)
    not_sure = np.array([finding.state_index(UNSURE) for finding in network.findings], np.int8)
    says_yes, says_no = (answers == yes) & (yes >= 0), (answers == no) & (no >= 0)
    flips = chance(unreliability.flip, unreliability.flip_seed)
    answers = np.where(flips & says_yes & (no >= 0), no, np.where(flips & says_no & (yes >= 0), yes, answers))
    wavers = chance(unreliability.unsure, unreliability.unsure_seed) & (says_yes | says_no)
    answers = np.where(wavers, not_sure, answers)
    volunteers = chance(unreliability.volunteer, unreliability.volunteer_seed)
    return answers, initial | (volunteers & present)

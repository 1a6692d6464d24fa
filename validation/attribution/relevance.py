"""Which edits provably cannot touch a case, so that it need not be replayed with and without them.

Exact, to the last bit, or not claimed at all:

- a wording touches nobody;
- a prevalence of other sexes or age bands than the patient's, where both are known;
- under noisy-OR, the odds ratio of a risk factor that the patient is known not to have: it multiplies
  odds only where the risk factor is present, or summed over because it is not known;
- any figure of a finding that the card does not list and that both candidates' limits keep from the
  patient: it is never evidence and never asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.card import Card
from model.inference.protocol import UNKNOWN, BoolArray
from model.network.network import NOISY_OR, ClinicalNetwork
from model.policy.applicability import applicable_findings

from ..patient import Patients, patients
from ..replay import ReplayOptions
from .bundles import MISSING
from .edits import Edit
from .parts import Key
from .variant import Between


def relevance(between: Between, edits: Sequence[Edit], cards: Sequence[Card], options: ReplayOptions) -> BoolArray:
    """(cases, edits) False where an edit provably changes nothing, whatever other edits are applied."""
    relevant = np.ones((len(cards), len(edits)), bool)
    relevant[:, [not edit.changes_replay for edit in edits]] = False
    one, other = between.base.network, between.candidate.network
    if not (isinstance(one, ClinicalNetwork) and isinstance(other, ClinicalNetwork)):
        return relevant
    if one.age_bands != other.age_bands or one.structure != other.structure:
        return relevant
    people = [_Side(network, cards, options) for network in (one, other)]
    for column, edit in enumerate(edits):
        if edit.changes_replay:
            touched = np.zeros(len(cards), bool)
            for key in edit.keys:
                touched |= _touches(key, between, people)
                if touched.all():
                    break
            relevant[:, column] = touched
    return relevant


class _Side:
    """The cases before one of the two networks."""

    def __init__(self, network: ClinicalNetwork, cards: Sequence[Card], options: ReplayOptions) -> None:
        self.network = network
        self.people: Patients = patients(cards, network, options.unlisted, options.unreliability)
        evidence = self.people.full
        self.reached = applicable_findings(network, evidence, self.people.age_years) | (evidence.findings != UNKNOWN)
        self.reached |= self.people.present | self.people.pertinent | self.people.initial

    def reaches(self, finding: str) -> BoolArray | None:
        """(cases,) whether the finding can be evidence or a question; None: the network lacks it."""
        index = self.network.finding_index.get(finding)
        return None if index is None else self.reached[:, index]


def _touches(key: Key, between: Between, sides: Sequence[_Side]) -> BoolArray:
    """(cases,) whether one changed part can matter."""
    n_cases = len(sides[0].people.age_years)
    match key:
        case ("wording",):
            return np.zeros(n_cases, bool)
        case ("condition", _, "prevalence"):
            return _prevalence_touches(key, between, sides[0].people)
        case ("condition", _, "odds_ratio", factor) if sides[0].network.structure == NOISY_OR:
            return _factor_touches(factor, sides)
        case ("condition", _, "link", finding) | ("finding", finding, "leak" | "red_flag" | "limits"):
            reached = [side.reaches(finding) for side in sides]
            if reached[0] is not None and reached[1] is not None:
                return np.asarray(reached[0] | reached[1])
    return np.ones(n_cases, bool)


def _prevalence_touches(key: Key, between: Between, people: Patients) -> BoolArray:
    before, after = (parts.get(key, MISSING) for parts in between.parts)
    if before is MISSING or after is MISSING:
        return np.ones(len(people.age_years), bool)
    sex, band = people.evidence.sex, people.evidence.age_band
    known = (sex != UNKNOWN) & (band != UNKNOWN)
    changed = np.array(before) != np.array(after)
    return np.asarray(~known | changed[np.maximum(sex, 0), np.maximum(band, 0)])


def _factor_touches(factor: str, sides: Sequence[_Side]) -> BoolArray:
    """Known to be absent before either network: whether it goes without saying depends on the network."""
    indices = [side.network.risk_factor_index.get(factor) for side in sides]
    if None in indices:
        return np.ones(len(sides[0].people.age_years), bool)
    states = [side.people.evidence.risk_factors[:, index] for side, index in zip(sides, indices, strict=True)]
    return np.asarray((states[0] != 0) | (states[1] != 0))

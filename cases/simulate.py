"""Cases drawn from a network: for load, and to see whether probabilities mean what they say.

They prove nothing about patients: a model is always right about a world that it made up itself.  So
every card says ``kind = "simulated"`` and names the network, and :func:`cases.checks.check_cases`
refuses a set that mixes them with doctors' cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.errors import InputError
from model.network.network import ONE_CONDITION, ClinicalNetwork, Network
from model.network.vocabulary import ABSENT, NOT_MENTIONED, PRESENT, SEXES, Limits

from .card import Card
from .case_set import CaseSet

OLDEST = 95
"""Years; the last age band has no end of its own."""
MOST_VOLUNTEERED = 3
_TRIES = 10_000


class Draw(StrEnum):
    """Which condition a case has."""

    PREVALENCE = "prevalence"
    """As often as the network says: the distribution under which its probabilities are calibrated."""
    BALANCED = "balanced"
    """Every condition equally often, in people who can have it."""


def simulate_cases(network: Network, n_cases: int, *, seed: int = 0, draw: Draw = Draw.PREVALENCE) -> CaseSet:
    """``n_cases`` people who have at least one condition and one present finding.

    What a card does not list is absent (or not mentioned, where the network has such a state).  With
    several conditions present one of them, drawn at random, is the expected one and the others are
    acceptable.  Equal arguments give equal cards.

    Raises
    ------
    InputError
        The network is not a clinical one, or no such person turns up in 10,000 tries.
    """
    if not isinstance(network, ClinicalNetwork):
        raise InputError.single(
            "E-SIMULATE", network.name, "a tabular network", expected="a clinical network (a TOML directory)"
        )
    world = _World(network, np.random.default_rng(seed))
    cards = []
    for number in range(n_cases):
        conditions = world.balanced(number) if draw is Draw.BALANCED else world.by_prevalence()
        cards.append(world.card(f"simulated-{seed}-{number:06}", *next(conditions)))
    return CaseSet(tuple(cards), name=f"simulated from {network.name}")


class _Person(NamedTuple):
    sex: int
    age: float
    """Whole years."""
    risks: NDArray[np.bool_]
    """(R,)"""


class _World:
    """A network as something to draw from; the order of draws is part of what a seed means."""

    def __init__(self, network: ClinicalNetwork, random: np.random.Generator) -> None:
        self.network, self.random = network, random
        n_bands = len(network.age_bands)
        self.population = np.array(network.population).reshape(2 * n_bands)
        self.prevalence = np.array([c.prevalence for c in network.conditions]).reshape(-1, 2, n_bands)
        self.risk = np.array([r.prevalence for r in network.risk_factors]).reshape(-1, 2, n_bands)
        self.ratio = np.ones((len(network.risk_factors), len(network.conditions)))
        for column, condition in enumerate(network.conditions):
            for name, ratio in condition.odds_ratios.items():
                self.ratio[network.risk_factor_index[name], column] = ratio
        self.one_condition = network.structure == ONE_CONDITION

    def by_prevalence(self) -> Iterator[tuple[_Person, list[int], dict[str, str]]]:
        """People, their conditions and findings, as the network has them."""
        for _ in range(_TRIES):
            cell = int(self.random.choice(len(self.population), p=self.population))
            person, prior = self._person(cell)
            if self.one_condition:
                shares = self.prevalence.reshape(len(self.prevalence), -1)[:, cell]
                ill = [int(self.random.choice(len(shares), p=shares / shares.sum()))]
                person = person._replace(risks=self._risks_given(ill[0], person))
            else:
                ill = np.flatnonzero(self.random.random(len(prior)) < prior).tolist()
            yield from self._ill(person, ill)
        raise self._nobody("anybody ill")

    def balanced(self, number: int) -> Iterator[tuple[_Person, list[int], dict[str, str]]]:
        """People who have the condition of this number, counted round and round, first of all."""
        main = number % len(self.network.conditions)
        shares = self.population * self.prevalence[main].reshape(-1)
        if not shares.sum() > 0:
            raise self._nobody(self.network.conditions[main].id)
        for _ in range(_TRIES):
            person, prior = self._person(int(self.random.choice(len(shares), p=shares / shares.sum())))
            others: list[int] = []
            if self.one_condition:
                person = person._replace(risks=self._risks_given(main, person))
            else:
                others = np.flatnonzero(self.random.random(len(prior)) < prior).tolist()
            yield from self._ill(person, [main, *(d for d in others if d != main)], shuffle=False)
        raise self._nobody(self.network.conditions[main].id)

    def card(self, name: str, person: _Person, ill: list[int], findings: dict[str, str]) -> Card:
        present = [finding for finding, state in findings.items() if state == PRESENT]
        n_said = min(len(present), int(self.random.integers(1, MOST_VOLUNTEERED + 1)))
        said = set(self.random.permutation(present)[:n_said].tolist())
        main, *others = (self.network.conditions[d] for d in ill)
        states = {state for finding in self.network.findings for state in finding.states}
        record = {
            "id": name,
            "author": "clinval cases simulate",
            "source": f"drawn from the network {self.network.name} {self.network.digest[:12]}",
            "kind": "simulated",
            "split": "test",
            "unlisted": NOT_MENTIONED if NOT_MENTIONED in states else ABSENT,
            "patient": {"age": person.age, "sex": SEXES[person.sex]},
            "findings": {f: {"state": state, "initial": f in said} for f, state in findings.items()},
            "risk_factors": {
                risk.id: PRESENT for risk, has in zip(self.network.risk_factors, person.risks, strict=True) if has
            },
            "expected": {
                "condition": main.id,
                "acceptable": tuple(other.id for other in others),
                "must_not_miss": tuple(c.id for c in (main, *others) if c.must_not_miss),
            },
        }
        return Card.model_validate(record)

    def _ill(
        self, person: _Person, ill: list[int], *, shuffle: bool = True
    ) -> Iterator[tuple[_Person, list[int], dict[str, str]]]:
        """The person with findings, if ill and with something to complain of."""
        if not ill:
            return
        findings = self._findings(person, ill)
        if PRESENT in findings.values():
            yield person, self.random.permutation(ill).tolist() if shuffle else ill, findings

    def _person(self, cell: int) -> tuple[_Person, NDArray[np.float64]]:
        """Risk factors drawn for a sex and age band, and the conditions' priors (C,) that follow."""
        sex, band = divmod(cell, len(self.network.age_bands))
        low, high = self.network.age_bands[band]
        age = float(self.random.integers(int(low), int(min(high, OLDEST + 1))))
        risks = self._applying(self.random.random(len(self.risk)) < self.risk[:, sex, band], sex, age)
        odds = np.prod(np.where(risks[:, None], self.ratio, 1.0), axis=0)
        prevalence = self.prevalence[:, sex, band]
        return _Person(sex, age, risks), prevalence * odds / (prevalence * odds + (1.0 - prevalence))

    def _risks_given(self, condition: int, person: _Person) -> NDArray[np.bool_]:
        """``one_condition``: a risk factor's odds are those of the population times the odds ratio."""
        base = (self.risk.reshape(len(self.risk), -1) * self.population).sum(axis=1)
        odds = base * self.ratio[:, condition]
        return self._applying(self.random.random(len(base)) < odds / (odds + (1.0 - base)), person.sex, person.age)

    def _applying(self, risks: NDArray[np.bool_], sex: int, age: float) -> NDArray[np.bool_]:
        """``risks`` without those that cannot apply to the person."""
        applying: NDArray[np.bool_] = risks & np.array(
            [_applies(risk.limits, SEXES[sex], age) for risk in self.network.risk_factors], bool
        )
        return applying

    def _findings(self, person: _Person, ill: list[int]) -> dict[str, str]:
        """The state of every finding that is not absent (nor not mentioned)."""
        chance = self.random.random(len(self.network.findings))
        found = {}
        for u, finding in zip(chance.tolist(), self.network.findings, strict=True):
            if not _applies(finding.limits, SEXES[person.sex], person.age):
                continue
            links = [self.network.conditions[d].links.get(finding.id) for d in ill]
            shares = np.array(finding.leak)
            if self.one_condition and links[0] is not None:
                shares = np.array(links[0].probabilities)
            elif not self.one_condition:
                silent = finding.leak[0]
                for link in links:
                    if link is not None:
                        silent *= min(1.0, link.probabilities[0] / finding.leak[0]) if finding.leak[0] > 0 else 0.0
                shares = np.array([silent, 1.0 - silent])
            index = min(int(np.searchsorted(np.cumsum(shares), u, side="right")), len(shares) - 1)
            state = finding.states[index]
            if state not in (ABSENT, NOT_MENTIONED):
                found[finding.id] = state
        return found

    def _nobody(self, who: str) -> InputError:
        return InputError.single(
            "E-SIMULATE", self.network.name, f"nobody in {_TRIES:,} tries", expected=f"{who}, with a present finding",
            next_step="look at the prevalences and the findings' probabilities",
        )  # fmt: skip


def _applies(limits: Limits, sex: str, age: float) -> bool:
    return (
        limits.sex in (None, sex)
        and (limits.min_age is None or limits.min_age <= age)
        and (limits.max_age is None or limits.max_age >= age)
    )

"""What cannot be true of one patient: 74 and 76 of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.errors import Problem
from model.network.vocabulary import Limits

from ..card import Card
from .problems import quarantine

if TYPE_CHECKING:
    from model.network.network import Network

OVERRIDE = 'correct it, or give the reason under [overrides] as "{code}"'


def check_patient(card: Card, network: Network, where: str) -> Iterator[Problem]:
    """A pregnant male, and present findings or risk factors beyond their limits of age or sex."""
    if card.patient.pregnant and card.patient.sex == "male":
        yield quarantine(
            "E-PREGNANT-MALE",
            f"{where} › patient",
            "a pregnant male",
            "female, or not pregnant",
            next_step=OVERRIDE.format(code="E-PREGNANT-MALE"),
            catalogue=74,
        )
    for name in card.findings_in_state("present"):
        column = network.finding_index.get(name, -1)
        if column >= 0:
            yield from _beyond(card, network.findings[column].limits, f"{where} › findings › {name}")
    for name, state in card.risk_factors.items():
        column = network.risk_factor_index.get(name, -1)
        if column >= 0 and state == "present":
            yield from _beyond(card, network.risk_factors[column].limits, f"{where} › risk_factors › {name}")


def _beyond(card: Card, limits: Limits, place: str) -> Iterator[Problem]:
    name = place.rpartition(" › ")[2]
    sex, years = card.patient.sex, card.patient.age_years
    if limits.sex is not None and sex is not None and sex != limits.sex:
        yield quarantine(
            "E-SEX-LIMIT",
            place,
            f"{name!r} in a {sex} patient",
            f"{limits.sex} only",
            next_step=OVERRIDE.format(code="E-SEX-LIMIT"),
            catalogue=76,
        )
    low = limits.min_age if limits.min_age is not None else 0.0
    # Limits are whole years, inclusive: a limit of 12 lasts until the thirteenth birthday.
    too_old = limits.max_age is not None and years is not None and years >= limits.max_age + 1
    if years is not None and (years < low or too_old):
        bounds = f"from {low:g}" + (f" to {limits.max_age:g} years" if limits.max_age is not None else " years on")
        yield quarantine(
            "E-AGE-LIMIT",
            place,
            f"{name!r} at the age of {years:.3g} years",
            bounds,
            next_step=OVERRIDE.format(code="E-AGE-LIMIT"),
            catalogue=76,
        )

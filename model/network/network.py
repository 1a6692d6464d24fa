"""The two kinds of network: written by clinicians (:class:`ClinicalNetwork`), or any discrete
Bayesian network with roles (:class:`TabularNetwork`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .vocabulary import Condition, Finding, RiskFactor

if TYPE_CHECKING:
    from pgmpy.models import DiscreteBayesianNetwork

NOISY_OR, ONE_CONDITION = "noisy_or", "one_condition"


@dataclass(frozen=True)
class Network:
    """What every network has: its vocabulary in a fixed order (the order of every array axis)."""

    name: str
    conditions: tuple[Condition, ...]
    findings: tuple[Finding, ...]
    risk_factors: tuple[RiskFactor, ...]
    title: str = ""
    description: str = ""
    licence: str = ""
    age_bands: tuple[tuple[float, float], ...] = ()
    """Lower (inclusive) and upper (exclusive) age in years; empty where age plays no part."""

    @cached_property
    def condition_index(self) -> Mapping[str, int]:
        """Condition id to its position."""
        return {condition.id: index for index, condition in enumerate(self.conditions)}

    @cached_property
    def finding_index(self) -> Mapping[str, int]:
        """Finding id to its position."""
        return {finding.id: index for index, finding in enumerate(self.findings)}

    @cached_property
    def risk_factor_index(self) -> Mapping[str, int]:
        """Risk factor id to its position."""
        return {risk_factor.id: index for index, risk_factor in enumerate(self.risk_factors)}

    def age_band(self, age_years: float | None) -> int:
        """The index of the band that holds ``age_years``, or -1 where it is not known."""
        if age_years is None:
            return -1
        for index, (low, high) in enumerate(self.age_bands):
            if low <= age_years < high:
                return index
        return -1

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical form: equal exactly when the meaning is equal."""
        from .digest import network_digest

        return network_digest(self)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """This network as pgmpy's, which is its meaning; needs the extra ``clinval[pgmpy]``."""
        from .to_pgmpy import to_pgmpy

        return to_pgmpy(self)


@dataclass(frozen=True)
class ClinicalNetwork(Network):
    """Risk factors → conditions → findings, as a directory of TOML files that a doctor can read.

    The same numbers are readable as ``noisy_or`` (every condition is a variable of its own, several
    may be present; a finding's causes combine by noisy-OR with the leak) and as ``one_condition``
    (one variable whose states are the conditions).  With ``noisy_or`` every finding is binary.
    """

    structure: str = NOISY_OR
    age_bands: tuple[tuple[float, float], ...] = ((0.0, 150.0),)
    """Lower (inclusive) and upper (exclusive) age in years."""
    population: tuple[tuple[float, ...], ...] = ((0.5,), (0.5,))
    """Share of the people seeking care, (2, age bands), summing to 1: used where a case does not
    say age or sex."""
    temperature: float = 1.0
    """``one_condition`` only: the posterior is raised to 1/temperature and normalised, so that its
    probabilities are calibrated (Guo et al. 2017).  The order of the conditions is not changed."""


@dataclass(frozen=True)
class Variable:
    """A discrete variable with its conditional probability table."""

    name: str
    states: tuple[str, ...]
    parents: tuple[str, ...]
    table: NDArray[np.float64] = field(compare=False)
    """P(state | parents), shape (states, states of parent 1, states of parent 2, …)."""


@dataclass(frozen=True)
class Role:
    """Which variable, and which of its states, a condition, finding or risk factor stands for."""

    variable: str
    state: str | None
    """The state that means "present"; for a condition None never occurs: a variable whose every
    state is a condition has one role a state."""


@dataclass(frozen=True)
class TabularNetwork(Network):
    """Any discrete Bayesian network (BIF, XMLBIF) with the roles that its variables play.

    ``findings[i].states`` are the states of its variable.  Conditions may share a variable (one
    condition a state) or have one each.
    """

    variables: tuple[Variable, ...] = ()
    """In topological order."""
    condition_roles: tuple[Role, ...] = ()
    """One a condition."""
    finding_variables: tuple[str, ...] = ()
    """One a finding."""
    risk_factor_variables: tuple[str, ...] = ()
    """One a risk factor."""
    age_variable: str | None = None
    """Its states are ``age_bands``, in that order."""
    sex_variable: str | None = None
    """Its states stand for ``SEXES``, in that order (the loader puts them so)."""

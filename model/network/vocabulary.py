"""What a network talks about: findings, risk factors and conditions, with the field's attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

ABSENT, PRESENT, UNSURE, NOT_MENTIONED = "absent", "present", "unsure", "not_mentioned"
"""The states that a card can give a finding.  Every network finding knows the first two; the other
two are states of their own only in networks that were fitted to a corpus which has them."""

BINARY = (ABSENT, PRESENT)
SEXES = ("female", "male")
"""The order of every axis over sex."""


class Triage(IntEnum):
    """How soon a person should be seen; higher is more urgent."""

    SELF_CARE = 0
    ROUTINE = 1
    """A doctor's appointment within days to weeks."""
    URGENT = 2
    """Seen the same day."""
    EMERGENCY = 3
    """An emergency department, now."""

    @property
    def label(self) -> str:
        """As files write it: ``self_care``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Limits:
    """To whom a finding, risk factor or condition can apply at all."""

    sex: str | None = None
    """``female``, ``male`` or None for both."""
    min_age: float | None = None
    """Years, inclusive."""
    max_age: float | None = None
    """Years, inclusive."""


def _state_index(states: tuple[str, ...], present: str, state: str) -> int:
    if state in states:
        return states.index(state)
    if state == PRESENT and present in states:
        return states.index(present)
    if state == ABSENT and len(states) == 2 and present in states:
        return 1 - states.index(present)
    return -1


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom, sign or history item that can be asked."""

    id: str
    name: str
    question: str
    kind: str = "symptom"
    """``symptom``, ``sign`` or ``history``."""
    states: tuple[str, ...] = BINARY
    leak: tuple[float, ...] = (0.99, 0.01)
    """P(state | no condition of the network is present), one a state, summing to 1; empty in a
    tabular network, whose tables say it."""
    synonyms: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    """Code system (``snomed_ct``, ``hpo``, ``icd10``) to code."""
    red_flag: bool = False
    limits: Limits = Limits()
    present: str = PRESENT
    """The state that means "present"; another name only in tabular networks (``yes``, ``HIGH``)."""

    def state_index(self, state: str) -> int:
        """The position of ``state``, or -1 where this finding has no such state (no evidence).

        ``present`` is understood whatever this finding calls it, and ``absent`` wherever there is
        one other state that it can mean.
        """
        return _state_index(self.states, self.present, state)


@dataclass(frozen=True, slots=True)
class RiskFactor:
    """Something that changes a prior: smoking, pregnancy, recent surgery."""

    id: str
    name: str
    question: str = ""
    states: tuple[str, ...] = BINARY
    prevalence: tuple[tuple[float, ...], ...] = ()
    """P(present | sex, age band) of shape (2, age bands), sexes in the order of ``SEXES``."""
    synonyms: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    present: str = PRESENT
    """The state that means "present"; another name only in tabular networks."""

    def state_index(self, state: str) -> int:
        """As :meth:`Finding.state_index`."""
        return _state_index(self.states, self.present, state)


@dataclass(frozen=True, slots=True)
class Link:
    """P(finding | this condition and no other)."""

    probabilities: tuple[float, ...]
    """One a state of the finding, summing to 1."""
    source: str = ""
    """Where the figure comes from, if anyone knows."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A disease or disorder that the symptom checker can name."""

    id: str
    name: str
    triage: Triage
    must_not_miss: bool = False
    specialty: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    prevalence: tuple[tuple[float, ...], ...] = ()
    """P(condition | seeking care, none of the risk factors) of shape (2, age bands)."""
    odds_ratios: Mapping[str, float] = field(default_factory=dict)
    """Risk factor id to the factor by which having it multiplies the odds of this condition."""
    links: Mapping[str, Link] = field(default_factory=dict)
    """Finding id to P(finding | this condition and no other); a finding not named here is
    independent of the condition (its leak applies)."""

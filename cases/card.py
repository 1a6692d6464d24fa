"""The card: one doctor-written case, in the words of the field.

A card holds what a patient would answer, what a doctor expects to come of it, and where it comes
from.  It is immutable; an edit is a new card with a higher ``version``.  Shorthands that people
write (``nausea = "present"``, ``must_ask = ["fever"]``) are accepted everywhere and mean the long
form; unknown fields are refused, so that a typing error never silently loses a finding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from model.network.vocabulary import ABSENT, Triage

State = Literal["present", "absent", "unsure"]
TriageLevel = Literal["self_care", "routine", "urgent", "emergency"]
AgeUnit = Literal["days", "weeks", "months", "years"]
Sex = Literal["female", "male"]
ReviewState = Literal["draft", "in_review", "accepted", "rejected"]
Split = Literal["reference", "holdout", "train", "test"]
Kind = Literal["doctor", "simulated", "corpus"]
Unlisted = Literal["unknown", "absent", "not_mentioned"]

UNITS_IN_A_YEAR: Mapping[str, float] = {"days": 365.25, "weeks": 365.25 / 7, "months": 12.0, "years": 1.0}
OLDEST_YEARS = 130.0
"""An age beyond this is taken for an error."""

TRIAGE_LEVELS: tuple[str, ...] = get_args(TriageLevel)

_NO_NUL = r"^[^\x00]*$"
FreeText = Annotated[str, StringConstraints(strict=True, pattern=_NO_NUL)]
"""Text that is kept as it was written.  No text may hold NUL: no CSV can carry it."""
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, pattern=_NO_NUL)]
"""Text that must not be blank; space at its edges is dropped; a number is not a text (``007`` is
refused where ``"007"`` is meant)."""
Flag = Annotated[bool, Field(strict=True)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Patient(_Record):
    """Who the case is about; None where the card does not say."""

    age: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    """In units of ``age_unit``."""
    age_unit: AgeUnit = "years"
    """``days``, ``weeks``, ``months`` or ``years``."""
    sex: Sex | None = None
    """Sex at birth, which is what the network's prevalences are about."""
    pregnant: Flag | None = None
    """None: not known, or cannot be."""

    @model_validator(mode="after")
    def _age_is_possible(self) -> Patient:
        if self.age is not None and not self.age / UNITS_IN_A_YEAR[self.age_unit] <= OLDEST_YEARS:
            raise ValueError(f"an age of {self.age:g} {self.age_unit} is beyond {OLDEST_YEARS:g} years")
        return self

    @property
    def age_years(self) -> float | None:
        """The age in years, or None where it is not known."""
        return None if self.age is None else self.age / UNITS_IN_A_YEAR[self.age_unit]


class CardFinding(_Record):
    """What the patient has to say about one finding."""

    state: Text
    """``present``, ``absent``, ``unsure``, or the name of a state of the network's finding."""
    initial: Flag = False
    """Volunteered with the complaint, before any question: the initial evidence."""
    pertinent: Flag = False
    """A negative that a good doctor would ask about.  Where it is not written, a listed ``absent``
    is pertinent: the author took the trouble to write it."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"state": value, "pertinent": value == ABSENT}
        if isinstance(value, Mapping) and "pertinent" not in value:
            return {**value, "pertinent": value.get("state") == ABSENT}
        return value


class MustAsk(_Record):
    """A question that a safe interview puts."""

    finding: Text
    """Finding id."""
    by: Annotated[int, Field(strict=True, ge=1)] | None = None
    """At the latest as this question (1 = the first); None: at any time before the end."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"finding": value} if isinstance(value, str) else value


class Expected(_Record):
    """What should come of the case, *given the evidence that the card holds*."""

    condition: Text
    """The condition that should lead the differential (its id in the network)."""
    acceptable: tuple[Text, ...] = ()
    """Conditions that count as right beside ``condition``."""
    must_not_miss: tuple[Text, ...] = ()
    """Conditions that must be in the top 3, whatever leads."""
    impossible: tuple[Text, ...] = ()
    """Conditions that the evidence rules out."""
    triage: tuple[TriageLevel, TriageLevel] | None = None
    """The least and the most urgent level that are acceptable; one word means both."""
    must_ask: tuple[MustAsk, ...] = ()
    """Questions that a safe interview puts."""
    differential: tuple[tuple[Text, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]], ...] = ()
    """A published differential, (condition, probability) in its own order: only for the metrics
    that compare whole differentials (DDXPlus's DDR, DDP, DDF1)."""

    @field_validator("triage", mode="before")
    @classmethod
    def _one_level_is_a_range(cls, value: Any) -> Any:
        if isinstance(value, str):
            return (value, value)
        return value * 2 if isinstance(value, list) and len(value) == 1 else value

    @field_validator("triage")
    @classmethod
    def _least_before_most(cls, value: tuple[TriageLevel, TriageLevel] | None) -> Any:
        if value is not None and TRIAGE_LEVELS.index(value[0]) > TRIAGE_LEVELS.index(value[1]):
            raise ValueError(f"the least urgent level first: {value[1]} to {value[0]}")
        return value

    @property
    def triage_range(self) -> tuple[Triage, Triage] | None:
        """``triage`` as levels that can be compared."""
        if self.triage is None:
            return None
        return Triage[self.triage[0].upper()], Triage[self.triage[1].upper()]


class Opinion(_Record):
    """What one doctor thought of the case, kept raw; never scored."""

    doctor: Text
    """Initials or a pseudonym."""
    condition: Text
    """The condition that this doctor holds most likely."""
    triage: TriageLevel | None = None
    """The level of urgency that this doctor would advise."""
    differential: tuple[Text, ...] = ()
    """Further conditions, most likely first."""
    comment: FreeText = ""
    """In the doctor's own words."""


class Card(_Record):
    """One case."""

    id: Text
    """Unique in its case set; never reused."""
    version: Annotated[int, Field(strict=True, ge=1)] = 1
    """Raised by every edit of a signed-off card."""
    author: Text
    """Who wrote it (a person, or a corpus)."""
    reviewer: Text | None = None
    """Who signed it off; never the author."""
    review_state: ReviewState = "draft"
    """``draft``, ``in_review``, ``accepted`` or ``rejected``."""
    source: FreeText = ""
    """Where the case comes from, citable."""
    licence: FreeText = ""
    """As stated by the source; SPDX where there is one."""
    split: Split = "reference"
    """``reference`` cases guard against regressions; ``holdout`` and ``test`` are only scored;
    ``train`` may be fitted to."""
    kind: Kind = "doctor"
    """``doctor`` (written), ``simulated`` (drawn from a model) or ``corpus`` (published records)."""
    specialty: FreeText = ""
    """The author's specialty for it; empty: that of the expected condition."""
    family: FreeText = ""
    """Id of the case that this one is a variation or another reading of; empty: of none.  Folds and
    tests keep a family together."""
    unlisted: Unlisted = "unknown"
    """What a finding means that the card does not list: ``unknown`` (no evidence), ``absent`` (the
    author listed everything that matters), ``not_mentioned`` (a learned state of its own)."""
    patient: Patient = Patient()
    """Age, sex, pregnancy."""
    complaint: FreeText = ""
    """The patient's opening words, verbatim."""
    findings: dict[Text, CardFinding] = Field(default_factory=dict)
    """Finding id to what the patient says of it, in the order in which they were written."""
    risk_factors: dict[Text, State] = Field(default_factory=dict)
    """Risk factor id to ``present``, ``absent`` or ``unsure``."""
    expected: Expected
    """What should come of it."""
    opinions: tuple[Opinion, ...] = ()
    """Raw opinions of several doctors."""
    overrides: dict[Text, Text] = Field(default_factory=dict)
    """Code of a check (``E-PREGNANT-MALE``) to the reason why it does not apply to this case."""
    notes: FreeText = ""
    """For reviewers; no program reads it."""

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over :func:`replayed_content`: the same whatever the file format, the key
        order, the id, and all that neither replay nor score reads."""
        canonical = json.dumps(
            replayed_content(self), ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def findings_in_state(self, state: str) -> tuple[str, ...]:
        """The findings that the card gives this state, in the card's order."""
        return tuple(name for name, finding in self.findings.items() if finding.state == state)

    @property
    def initial_findings(self) -> tuple[str, ...]:
        """The findings that were volunteered, in the card's order."""
        return tuple(name for name, finding in self.findings.items() if finding.initial)


def replayed_content(card: Card) -> dict[str, Any]:
    """All that the replay and the score of a card depend on, and nothing else.

    In: age in years, sex, pregnancy; findings with state, initial, pertinent; risk factors;
    ``unlisted``; every field of ``expected``.  Out: id, version, author, reviewer, review state,
    source, licence, split, kind, specialty, family, complaint, opinions, overrides, notes.  Where order
    means nothing (acceptable alternatives, say) it is sorted away; 6 months equal half a year.
    """
    expected = card.expected
    age_years = card.patient.age_years
    return {
        "age_years": None if age_years is None else round(age_years, 6),
        "sex": card.patient.sex,
        "pregnant": card.patient.pregnant,
        "findings": {name: [f.state, f.initial, f.pertinent] for name, f in card.findings.items()},
        "risk_factors": card.risk_factors,
        "unlisted": card.unlisted,
        "expected": {
            "condition": expected.condition,
            "acceptable": sorted(set(expected.acceptable)),
            "must_not_miss": sorted(set(expected.must_not_miss)),
            "impossible": sorted(set(expected.impossible)),
            "triage": expected.triage,
            "must_ask": sorted([ask.finding, ask.by or 0] for ask in expected.must_ask),
            "differential": sorted([name, float(p)] for name, p in expected.differential),
        },
    }

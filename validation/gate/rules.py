"""What a team has agreed on: the rules of the gate, read from ``gate.toml`` (:mod:`validation.gate.reader`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..comparison import Event
from ..comparison.inputs import settings_changes
from ..store.digests import canonical_json


class Outcome(StrEnum):
    """When a case counts as right; acceptable alternatives count but where it says ``strict``."""

    TOP_1 = "top_1"
    TOP_3 = "top_3"
    TOP_5 = "top_5"
    STRICT_TOP_1 = "strict_top_1"
    STRICT_TOP_3 = "strict_top_3"

    @property
    def words(self) -> str:
        """For people."""
        place = "leads" if self.value.endswith("1") else f"is in the top {self.value[-1]}"
        return f"the expected condition {place}" + (", no alternative counted" if "strict" in self.value else "")


class By(StrEnum):
    """What cases are sliced by."""

    CONDITION = "condition"
    AGE_BAND = "age_band"
    SEX = "sex"
    AUTHOR = "author"
    SPECIALTY = "specialty"


class Measure(StrEnum):
    """Continuous measures of a case; the lower the better."""

    LOG_SCORE = "log_score"
    BRIER = "brier"
    QUESTIONS = "questions"

    @property
    def words(self) -> str:
        """For people."""
        return {
            Measure.LOG_SCORE: "log score of the expected condition (nats)",
            Measure.BRIER: "Brier score of the differential",
            Measure.QUESTIONS: "questions asked",
        }[self]


class ClusterBy(StrEnum):
    """Which cases move together."""

    AUTO = "auto"
    """Authors where there are enough of them, else case families."""
    AUTHOR = "author"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Cases:
    """Which cases a check plays."""

    select: str = ""
    """An expression as for ``-k``; empty: all.  A holdout that every pull request is judged by soon is none."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """G0."""

    replay_sample: int = 50
    """Cases of the candidate that are played a second time; 0: none."""
    removed_conditions: tuple[str, ...] = ()
    """Conditions that were taken out of the network on purpose."""


@dataclass(frozen=True, slots=True)
class RatchetRules:
    """G2."""

    file: Path | None = None
    """The list of known failures; None: there is none."""
    block_new_failures: bool = False
    """Whether every failure must be on the list."""


@dataclass(frozen=True, slots=True)
class Overall:
    """G3, and what it shares with the rest."""

    outcomes: tuple[Outcome, ...] = (Outcome.TOP_1,)
    alpha: float = 0.05
    """The chance that the gate's tests block a candidate that is as good as the base: of all of them together."""
    margin: float = 0.02
    """δ: the drop of the share of right cases that must be ruled out before a candidate passes."""
    inconclusive_passes: bool = False


@dataclass(frozen=True, slots=True)
class Slices:
    """G4."""

    by: tuple[By, ...] = tuple(By)
    q: float = 0.10
    """The share of false alarms expected among the flagged slices."""
    fewest: int = 10
    """Cases below which a slice only says "too few"."""


@dataclass(frozen=True, slots=True)
class Continuous:
    """G5."""

    measures: tuple[Measure, ...] = tuple(Measure)
    blocking: tuple[Measure, ...] = ()
    """Which block, declared beforehand; the others are reported."""
    cluster: ClusterBy = ClusterBy.AUTO
    flips: int = 9999
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Waiver:
    """A never-event that a named reviewer accepts, for one case, one model and a time."""

    case: str
    case_hash: str
    event: Event
    network: str
    """Digest of the candidate."""
    policy: str
    """Digest."""
    reviewer: str
    reason: str
    expires: date
    """The last day on which it holds."""


MUST_NOT_MISS, EMERGENCIES = "must-not-miss", "emergencies"
"""Words that a slice of the safety family may use instead of an expression: cases that name a
must-not-miss condition · cases whose least urgent acceptable advice is an emergency."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All of ``gate.toml``; the defaults are what holds where it says nothing."""

    cases: Cases = field(default_factory=Cases)
    integrity: Integrity = field(default_factory=Integrity)
    ratchet: RatchetRules = field(default_factory=RatchetRules)
    overall: Overall = field(default_factory=Overall)
    slices: Slices = field(default_factory=Slices)
    safety_family: Mapping[str, str] = field(default_factory=dict)
    """Name of a slice to which cases are in it: one of the two words above, or an expression as for ``-k``."""
    continuous: Continuous = field(default_factory=Continuous)
    waivers: tuple[Waiver, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over what is ruled, wherever the files lie."""
        return hashlib.sha256(canonical_json(self._record())).hexdigest()

    def changes_since(self, before: Rules) -> tuple[str, ...]:
        """What is ruled otherwise, in words: ``overall.margin 0.02 → 0.1``."""
        was, now = before._record(), self._record()
        for record in (was, now):
            record["waivers"] = {
                f"{waiver['case']} {waiver['event']}": f"{waiver['reviewer']} until {waiver['expires']}"
                for waiver in record["waivers"]
            }
        return settings_changes(was, now)

    def _record(self) -> dict[str, Any]:
        record = asdict(self)
        record["ratchet"]["file"] = self.ratchet.file is not None
        for waiver in record["waivers"]:
            waiver["expires"] = waiver["expires"].isoformat()
        return record

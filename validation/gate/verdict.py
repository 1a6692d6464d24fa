"""The verdict: what the gate found, rule by rule, in words, with every figure that it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Of the verdict (the first four), and of one of its findings."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """This case set cannot tell; a person decides."""
    INCOMPLETE = "incomplete"
    """Something that a verdict needs is missing; never a pass."""
    FLAG = "flag"
    """Worth a look; does not block."""
    NOTE = "note"
    """Worth knowing."""

    @property
    def symbol(self) -> str:
        """One character, never the only sign."""
        return {"pass": "✓", "fail": "✗", "inconclusive": "?", "incomplete": "…", "flag": "!", "note": "·"}[self.value]


HEADINGS = {
    Status.PASS: "GATE PASSED",
    Status.FAIL: "GATE FAILED",
    Status.INCONCLUSIVE: "GATE INCONCLUSIVE: a person decides",
    Status.INCOMPLETE: "GATE INCOMPLETE: no verdict",
}
EXIT_CODES = {Status.PASS: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 4, Status.INCOMPLETE: 4}


@dataclass(frozen=True, slots=True)
class GateFinding:
    """What one rule has to say."""

    rule: str
    """``G0`` to ``G5``."""
    status: Status
    title: str
    """A few words."""
    words: str
    """What, where, how many, how sure: sentences for a clinician."""
    next_step: str = ""
    """What to do about it; empty where nothing is to be done."""
    cases: tuple[str, ...] = ()
    """Case ids that it is about, in order."""
    details: tuple[str, ...] = ()
    """A line for each of ``cases``, or for each of whatever it is about."""


@dataclass(frozen=True, slots=True)
class OverallResult:
    """G3 for one outcome; shares of n cases."""

    outcome: str
    n: int
    right_base: int
    right_candidate: int
    broken: int
    fixed: int
    difference: float
    """Share right with the candidate minus share right with the base."""
    low: float
    high: float
    """Tango's interval of the difference, each side erring with the probability α of the rules."""
    p_harm: float
    """One-sided: P(so many broken | equally good)."""
    alpha: float
    """At which harm is significant: this outcome's part of the rules' α."""
    margin: float
    detectable: float | None
    """The smallest drop that this case set shows 4 times in 5."""
    status: Status


@dataclass(frozen=True, slots=True)
class SliceResult:
    """G4 for one slice."""

    kind: str
    """``condition``, ``age_band``, ``sex``, ``author``, ``specialty`` or ``safety``."""
    name: str
    n: int
    right_base: int
    right_candidate: int
    broken: int
    fixed: int
    difference: float
    low: float
    high: float
    """95 %, Tango."""
    p_harm: float | None
    """None: too few cases for a test."""
    status: Status
    """``pass``, ``flag`` (look at it), ``fail`` (safety family only), ``note`` (too few)."""


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """G5 for one measure; the lower the better."""

    measure: str
    n: int
    mean_base: float
    mean_candidate: float
    difference: float
    low: float
    high: float
    """95 % of the mean difference, clusters as units."""
    p_harm: float | None
    """None: too few clusters for a test."""
    n_clusters: int
    cluster: str
    """What a cluster is: ``author`` or ``family``."""
    status: Status


@dataclass(frozen=True)
class Verdict:
    """May this merge?"""

    status: Status
    findings: tuple[GateFinding, ...]
    """In the order of the rules; what blocks first within each."""
    overall: tuple[OverallResult, ...] = ()
    slices: tuple[SliceResult, ...] = ()
    """The safety family first, then by kind and harm."""
    measures: tuple[MeasureResult, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """Cases by what became of them, every word named, and ``comparable``."""
    rules_digest: str = ""
    inconclusive_passes: bool = False

    @property
    def heading(self) -> str:
        """The verdict in capitals."""
        accepted = self.status is Status.INCONCLUSIVE and self.inconclusive_passes
        return "GATE PASSED, inconclusive" if accepted else HEADINGS[self.status]

    @property
    def line(self) -> str:
        """For people in a hurry: what changed, and the verdict."""
        return f"{tally(self.counts)} → {self.heading}"

    def findings_with(self, *statuses: Status) -> tuple[GateFinding, ...]:
        """Those of these statuses, in order."""
        return tuple(finding for finding in self.findings if finding.status in statuses)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, equal for equal verdicts."""
        return {**_plain(asdict(self)), "heading": self.heading, "line": self.line}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Verdict:
        """The inverse of :meth:`to_dict`."""
        return cls(
            status=Status(record["status"]),
            findings=tuple(
                GateFinding(**_typed(entry) | {"cases": tuple(entry["cases"]), "details": tuple(entry["details"])})
                for entry in record["findings"]
            ),
            overall=tuple(OverallResult(**_typed(entry)) for entry in record["overall"]),
            slices=tuple(SliceResult(**_typed(entry)) for entry in record["slices"]),
            measures=tuple(MeasureResult(**_typed(entry)) for entry in record["measures"]),
            counts=dict(record["counts"]),
            rules_digest=record["rules_digest"],
            inconclusive_passes=record["inconclusive_passes"],
        )

    def __repr__(self) -> str:
        from .printing import as_text

        return as_text(self)


def exit_code(verdict: Verdict) -> int:
    """0 pass · 1 fail · 4 incomplete, or inconclusive where the rules do not accept that."""
    if verdict.status is Status.INCONCLUSIVE and verdict.inconclusive_passes:
        return 0
    return EXIT_CODES[verdict.status]


_TALLY = (
    ("broken", "broken"),
    ("fixed", "fixed"),
    ("other-wrong", "wrong → other wrong"),
    ("must-not-miss-lost", "new must-not-miss lost"),
    ("emergency-under-triaged", "new emergency under-triaged"),
    ("red-flag-dropped", "red flag no longer asked"),
    ("unsafe-triage", "new under-triage"),
    ("never-event-out-of-sight", "never-event in cases edited or taken out"),
)


def tally(counts: Mapping[str, int]) -> str:
    """``6 broken · 9 fixed · …``: what changed, with broken and fixed always named."""
    parts = [f"{counts.get(key, 0)} {word}" for key, word in _TALLY if counts.get(key, 0) or key in ("broken", "fixed")]
    return " · ".join(parts)


def _typed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "status": Status(record["status"])}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, StrEnum) else value

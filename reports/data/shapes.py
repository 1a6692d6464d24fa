"""All that a report shows, as plain frozen values: the one object that Markdown, HTML and JUnit are made of.

Conditions and findings stand by id everywhere; their names and question texts are kept once, in
``ReportData.names``.  A report on one run is the same object with ``base`` None.  No value depends on
the time, on where a run is stored, or on the order in which anything was computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .case_shapes import Case, CaseLine, NotComparable
from .figure_shapes import Calibration, ConditionFigure, Curve, Figure, LossShares, QuestionStatistics

Status = Literal["PASS", "FAIL", "INCONCLUSIVE", "INCOMPLETE"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the models that were compared, and its run."""

    label: str
    """For people: ``origin/main (3f2a91c)``, or the name of the network."""
    commit: str | None
    network: str
    """Its name."""
    n_conditions: int
    n_findings: int
    status: Literal["complete", "incomplete"]
    reason: str
    """Why it is incomplete; empty where it is not."""
    n_cases: int
    """Cases to be played."""
    n_finished: int
    exclusions: dict[str, int]
    """Cases of the input without a result, by reason."""
    n_approximate: int
    run_key: str
    network_digest: str
    policy_digest: str
    cases_digest: str
    code_digest: str
    results_sha256: str
    versions: dict[str, str]
    cost: str = ""
    """Of the run, where it was reckoned: ``12.34 USD (OpenCost)``."""


@dataclass(frozen=True, slots=True)
class InputChange:
    """One part of what the two runs were made of."""

    part: str
    """``network``, ``policy``, ``code``, ``cases`` or ``options``."""
    changed: bool
    base: str
    """Digest."""
    candidate: str
    details: tuple[str, ...] = ()
    """What of it is another, where the runs themselves say so: ``max_questions 30 → 10``."""


@dataclass(frozen=True, slots=True)
class GateFinding:
    """What one rule of the gate says."""

    rule: str
    """``G0`` … ``G5``."""
    status: str
    """``pass``, ``fail``, ``inconclusive``, ``incomplete``, ``flag`` (worth a look) or ``note``."""
    symbol: str
    title: str
    words: str
    next_step: str = ""
    cases: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """A line for each of ``cases``, or for each of whatever it is about."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's verdict, with its reasons."""

    status: Status
    heading: str
    """``GATE FAILED``"""
    line: str
    """What changed, and the verdict."""
    passes: bool
    """Whether it lets the change through."""
    findings: tuple[GateFinding, ...] = ()
    """In the order of the rules."""


@dataclass(frozen=True, slots=True)
class EditSummary:
    """What one edit of the candidate did over all changed cases."""

    words: str
    """``appendicitis.nausea .70→.35``"""
    file: str
    """Where a model author finds it; empty where it has no file."""
    broke: int
    fixed: int
    never_events: int
    other: int
    """Cases that it changed in another way."""
    shared: int = 0
    """Of all these, cases that it did together with other edits."""
    cases: tuple[str, ...] = ()
    """Ids, those that it broke first."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One changed row of the model: only what changed is listed."""

    group: str
    """The condition (or finding, or ``policy``) whose row it is."""
    what: str
    before: str
    """Empty: added."""
    after: str
    """Empty: removed."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Cases that one condition led with the base and another (or the same) with the candidate."""

    base: str
    candidate: str
    n: int
    base_right: int
    candidate_right: int


@dataclass(frozen=True, slots=True)
class NeverEvent:
    """Something that must never happen, in one case."""

    case_id: str
    event: str
    """The word to grep."""
    words: str
    """What happened, in a sentence."""
    command: str
    """Shows it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: the candidate's words, the base's where the candidate has none."""

    conditions: dict[str, str]
    findings: dict[str, str]
    questions: dict[str, str]
    """Finding id to what the patient is asked."""
    red_flags: tuple[str, ...]
    """Findings that are red flags."""
    specialties: dict[str, str]
    """Condition id to specialty."""
    risk_factors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportData:
    """A diff of two models over one case set, or (``base`` None) one run."""

    title: str
    base: Side | None
    candidate: Side
    inputs: tuple[InputChange, ...]
    notes: tuple[str, ...]
    """What a reader has to know before any figure: incomplete runs, approximations, other options."""
    unlisted: tuple[str, ...]
    """What a finding means that a card does not list, over these cases; named beside every figure."""
    is_empty: bool
    """Whether the two runs are equal to the last bit."""
    verdict: Verdict | None
    counts: dict[str, int]
    """Cases by change, in the order of ``validation.comparison.Change``; of a run: right, wrong."""
    event_counts: dict[str, int]
    n_comparable: int
    """Cases that both models played (all that are played, of a run)."""
    figures: tuple[Figure, ...]
    cases: tuple[Case, ...]
    """Worth a person's look, the worst first: what changed; of a run: what is wrong or unsafe."""
    other_cases: tuple[CaseLine, ...]
    """All other comparable cases, in the order of their ids."""
    new_never_events: tuple[NeverEvent, ...]
    inherited_never_events: tuple[NeverEvent, ...]
    """Those of both models: not this change's doing.  Of a run: all of them."""
    inherited_failures: tuple[str, ...]
    """Ids of the cases that are wrong with both models."""
    not_comparable: tuple[NotComparable, ...]
    flows: tuple[Flow, ...]
    """Which condition led, before and after, where it is another; the most frequent first."""
    conditions: tuple[ConditionFigure, ...]
    """By expected condition, the most harm first."""
    losses: tuple[LossShares, ...]
    """All cases, then by specialty, then by condition; each with the worst change first."""
    calibration_base: Calibration | None
    calibration: Calibration
    efficiency_base: Curve | None
    efficiency: Curve
    questions: QuestionStatistics
    edits: tuple[EditSummary, ...]
    """What did it, edit by edit, the most harm first; empty where nothing was attributed."""
    attribution_notes: tuple[str, ...]
    model_changes: tuple[ModelChange, ...]
    names: Names
    commands: tuple[str, ...] = ()
    """How to reproduce it, one command a line."""
    remarks: tuple[str, ...] = ()
    """How the two sides came about, for who wants to know: nothing that changes how a figure is read."""
    case_changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """``edited``, ``new``, ``removed`` to case ids, where the case set changed and both models played the
    candidate's: these cases are compared, and are not the model's doing."""

    @property
    def is_run(self) -> bool:
        """Whether this is about one run rather than a diff."""
        return self.base is None

"""What the services answer: plain values that stay true to one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from model.errors import Problem, Severity

from ..card import Card


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """Taken back by its owner for good."""


class Stage(StrEnum):
    """What a case in review waits for."""

    FIRST = "first"
    """A second clinician's blind opinion and decision."""
    THIRD = "third"
    """Author and reviewer disagree: a third clinician's opinion and decision."""
    APPROVAL = "approval"
    """A reviewer edited it: the author, or a third clinician, decides on the edit."""


class Verdict(StrEnum):
    """What a reviewer decides."""

    ACCEPT = "accept"
    EDIT = "edit"
    REJECT = "reject"


class UploadState(StrEnum):
    """How far an upload has come."""

    RECEIVED = "received"
    """Stored, and acknowledged; not checked yet."""
    CHECKED = "checked"
    REFUSED = "refused"
    """Nothing in the file can be used as it is."""
    ERASED = "erased"
    """Its bytes and cells were deleted because they identified somebody."""


class RowState(StrEnum):
    """What may become of a row of an upload."""

    READY = "ready"
    WAITING = "waiting"
    HELD = "held"
    TAKEN = "taken"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload, without its rows."""

    id: str
    owner: str
    at: datetime
    filename: str
    format: str
    sha256: str
    size: int
    state: UploadState
    revision: int
    confirmed: Mapping[str, Any]
    """``hidden``, ``encoding``, ``out_of_scope``, as the owner confirmed them."""
    problems: Sequence[Mapping[str, Any]]
    """Of the file as a whole, as :meth:`cases.intake.RowProblem.to_dict` gives them."""
    rows: Mapping[RowState, int]
    """How many rows are in each state."""

    @property
    def n_rows(self) -> int:
        """Of the file."""
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of an upload."""

    position: int
    """From 0; what the services want to be told."""
    number: int
    """Row or line of the file, for people."""
    place: str
    state: RowState
    cells: Mapping[str, str]
    record: Mapping[str, Any] | None
    """The card in the network's ids; None where there is none."""
    problems: Sequence[Mapping[str, Any]]
    """As :meth:`cases.intake.RowProblem.to_dict` gives them."""
    case_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One version of a case, in full: only for those who may see the expected answer."""

    id: str
    """Opaque; for addresses."""
    card_id: str
    owner: str
    owner_name: str
    state: CaseState
    stage: Stage | None
    """While in review."""
    number: int
    """Of this version; what a save or a decision names as the one it was made for."""
    current: int
    """Number of the newest version."""
    card_version: int
    record: Mapping[str, Any]
    """The card's fields as far as they are filled in."""
    card: Card | None
    """The card, where it is complete."""
    problems: tuple[Problem, ...]
    """What the checks say of it."""
    by: str
    by_name: str
    at: datetime
    why: str
    accepted_number: int | None
    stated: bool
    """Its owner has stated that it identifies no patient, since it was last handed in."""
    changed_after: str
    """``accepted``, ``rejected`` or ``preview``: it was changed since then, and cannot be handed in without a
    reason in words; "": none is needed."""
    change_reason: str
    """That reason, as far as it is written."""

    @property
    def can_be_submitted(self) -> bool:
        """Complete, and with nothing to mend."""
        return self.card is not None and all(one.severity is Severity.WARN for one in self.problems)


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A line of a list of cases."""

    id: str
    card_id: str
    owner: str
    owner_name: str
    state: CaseState
    stage: Stage | None
    number: int
    card_version: int
    created_at: datetime
    changed_at: datetime
    submitted_at: datetime | None
    stated: bool
    """Its owner has stated that it identifies no patient, since it was last handed in."""
    is_explained: bool
    """No reason in words is missing before it can be handed in."""


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A line of a case's history of texts."""

    number: int
    card_version: int
    by: str
    by_name: str
    at: datetime
    why: str
    is_complete: bool


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A case that waits for a review, without anything that tells the answer."""

    id: str
    number: int
    stage: Stage
    submitted_at: datetime
    mine: bool
    """Assigned to, or taken by, the person who asks."""
    has_opinion: bool
    """The person has given an opinion; the decision is still to come."""
    age_years: float | None
    sex: str | None
    complaint: str


@dataclass(frozen=True, slots=True)
class BlindCase:
    """A case as a blind reviewer sees it: the evidence, and no word of who expects what."""

    id: str
    number: int
    stage: Stage
    evidence: Mapping[str, Any]
    """``patient``, ``complaint``, ``findings`` (id to state and initial), ``risk_factors``, ``unlisted``."""


@dataclass(frozen=True, slots=True)
class OpinionView:
    """What one doctor thought."""

    by: str
    by_name: str
    at: datetime
    number: int
    """The version that was seen."""
    blind: bool
    condition: str
    triage: str
    differential: tuple[str, ...]
    comment: str
    certainty: int | None
    """Per cent."""
    agrees: bool | None
    """With the expected answer of the version that is looked at; None: its evidence is another."""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What one doctor decided."""

    by: str
    by_name: str
    at: datetime
    number: int
    verdict: Verdict
    reason: str
    agreed: bool | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A case after the blind opinion: the author's answer beside everybody's."""

    case: CaseView
    opinions: tuple[OpinionView, ...]
    """In the order in which they were given; the reader's own among them."""
    decisions: tuple[DecisionView, ...]
    may_decide: bool
    """Whether the reader's decision is still wanted."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the trail."""

    seq: int
    at: datetime
    who: str
    what: str
    subject: str
    """``case:ID``, ``upload:ID``, ``person:ID`` or ``publication:BRANCH``."""
    why: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publication:
    """Accepted cases on a branch."""

    branch: str
    commit: str
    base: str
    """The commit that it follows."""
    corpus: str
    """The directory of the cases, in the repository."""
    digest: str
    n_cases: int
    """Accepted cases in the database; all of them are on the branch."""
    n_new: int
    n_changed: int
    """Files that the base has with another content."""
    existed: bool
    """The branch was there already, with this very commit."""

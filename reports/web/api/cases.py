"""Cases: written, saved, handed in, taken back; their history; what they are like; how the model interviews them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import Field

from cases.desk import Role
from cases.desk.handing_in import blocking
from cases.desk.shapes import AuditEntry, CaseSummary, CaseView, VersionSummary
from model.errors import InputError

from ..access import EVERY_ROLE, Who, Work, allow, guarded_router
from ..likeness import Like, alike, known_cards
from ..preview import Preview, preview
from ..problems import responses
from . import PREFIX
from .parameters import LARGEST, CaseId, IdempotencyKey, Input, Reason, ShortText, Text, Version, tagged

router = guarded_router(f"{PREFIX}/cases", tags=["cases"], responses=responses(401, 403, 422, 429))
CHANGES = responses(404, 409, 428)


class NewCase(Input):
    """A draft to be made."""

    record: dict[str, Any] = Field(default_factory=dict)
    """Fields of the card as far as they are filled in."""
    card_id: Annotated[str, Field(max_length=120)] | None = None
    """What it will be published as; made up where it is not given."""
    why: Text = ""


class Save(Input):
    """Another text of a case."""

    record: dict[str, Any]
    why: Text = ""
    """Of this change; the history adds what was changed, and says only that where this is blank."""
    no_identifiers: bool | None = None
    """The statement that the case holds nothing that identifies a patient, remembered until the case is handed
    in; false takes it back, null leaves it as it is."""


class Words(Input):
    """What is said when cases are handed in."""

    no_identifiers: bool = False
    """They hold nothing that identifies a patient.  Needed, unless it was stated of each before: with a save, or
    with the file that it came from."""
    reason: Annotated[str, Field(max_length=1000)] = ""
    """Why they were changed; needed for a case whose `changed_after` is not empty."""


class HandIn(Words):
    """Cases to be reviewed: all of them, or none."""

    cases: dict[Annotated[str, Field(pattern="^[0-9a-f]{32}$")], Annotated[int, Field(ge=0, le=LARGEST)]] = Field(
        min_length=1, max_length=1000
    )
    """Case to the version that was looked at."""


class Why(Input):
    """The reason of a change."""

    reason: Reason


class HandOver(Input):
    """Another owner."""

    to: ShortText
    """A person's id."""
    reason: Reason


@router.post("", status_code=201)
@allow(Role.CLINICIAN)
def create(new: NewCase, key: IdempotencyKey, who: Who, work: Work, response: Response) -> CaseView:
    """A new draft; it need not be complete."""
    return _tagged(response, work.desk.drafts.create(who, new.record, card_id=new.card_id, why=new.why, key=key))


@router.get("")
@allow(Role.CLINICIAN)
def mine(who: Who, work: Work) -> list[CaseSummary]:
    """One's own cases, the last changed first."""
    return list(work.desk.drafts.mine(who))


@router.get("/accepted")
@allow(*EVERY_ROLE)
def accepted(who: Who, work: Work) -> list[CaseSummary]:
    """All cases that were accepted."""
    return list(work.desk.drafts.accepted(who))


@router.post("/submit", responses=CHANGES)
@allow(Role.CLINICIAN)
def submit_many(said: HandIn, who: Who, work: Work) -> list[CaseView]:
    """Hand several cases in for review: all of them, or none."""
    cases = list(said.cases.items())
    return list(work.desk.drafts.submit_many(who, cases, no_identifiers=said.no_identifiers, reason=said.reason))


@router.get("/{case_id}", responses=responses(404))
@allow(*EVERY_ROLE)
def one(case_id: CaseId, who: Who, work: Work, response: Response) -> CaseView:
    """The current version, for those who may see its expected answer."""
    return _tagged(response, work.desk.drafts.get(who, case_id))


@router.put("/{case_id}", responses=CHANGES)
@allow(Role.CLINICIAN)
def save(
    case_id: CaseId, text: Save, version: Version, key: IdempotencyKey, who: Who, work: Work, response: Response
) -> CaseView:
    """Save a new text over the version that was looked at; 409 with what is stored where another came first."""
    saved = work.desk.drafts.save(
        who, case_id, text.record, version, why=text.why, no_identifiers=text.no_identifiers, key=key
    )
    return _tagged(response, saved)


@router.post("/{case_id}/submit", responses=CHANGES)
@allow(Role.CLINICIAN)
def submit(
    case_id: CaseId, version: Version, who: Who, work: Work, response: Response, said: Words | None = None
) -> CaseView:
    """Hand a complete case in for review; 422 where the statement or the reason is missing."""
    words = said or Words()
    handed_in = work.desk.drafts.submit(who, case_id, version, no_identifiers=words.no_identifiers, reason=words.reason)
    return _tagged(response, handed_in)


@router.post("/{case_id}/recall", responses=responses(404, 409))
@allow(Role.CLINICIAN)
def recall(case_id: CaseId, why: Why, who: Who, work: Work, response: Response) -> CaseView:
    """Take a case back from the review to change it."""
    return _tagged(response, work.desk.drafts.recall(who, case_id, why.reason))


@router.post("/{case_id}/withdraw", responses=responses(404, 409))
@allow(Role.CLINICIAN)
def withdraw(case_id: CaseId, why: Why, who: Who, work: Work, response: Response) -> CaseView:
    """Take a draft or a rejected case back for good."""
    return _tagged(response, work.desk.drafts.withdraw(who, case_id, why.reason))


@router.post("/{case_id}/hand-over", responses=responses(404))
@allow(Role.ADMINISTRATOR)
def hand_over(case_id: CaseId, said: HandOver, who: Who, work: Work) -> CaseSummary:
    """Give a case to another owner."""
    summary: CaseSummary = work.desk.drafts.hand_over(who, case_id, said.to, said.reason)
    return summary


@router.get("/{case_id}/versions", responses=responses(404))
@allow(*EVERY_ROLE)
def versions(case_id: CaseId, who: Who, work: Work) -> list[VersionSummary]:
    """Every text that the case ever had, the oldest first."""
    return list(work.desk.drafts.versions(who, case_id))


@router.get("/{case_id}/versions/{number}", responses=responses(404))
@allow(*EVERY_ROLE)
def version(
    case_id: CaseId, number: Annotated[int, Path(ge=0, le=LARGEST)], who: Who, work: Work, response: Response
) -> CaseView:
    """One of those texts."""
    return _tagged(response, work.desk.drafts.get(who, case_id, number))


@router.get("/{case_id}/history", responses=responses(404))
@allow(*EVERY_ROLE)
def history(case_id: CaseId, who: Who, work: Work) -> list[AuditEntry]:
    """Everything that happened to the case: who, when, what, why."""
    return list(work.desk.trail.of_case(who, case_id))


@router.get("/{case_id}/likeness", responses=responses(404))
@allow(*EVERY_ROLE)
def likeness(case_id: CaseId, who: Who, work: Work) -> list[Like]:
    """Duplicates, contradictions and near duplicates among all cases that one may see."""
    view = complete(work.desk.drafts.get(who, case_id))
    assert view.card is not None
    return alike(view.card, known_cards(work.desk, who, work.library), work.checker.network)


@router.post("/{case_id}/answer", responses=CHANGES)
@allow(Role.CLINICIAN)
def fix_answer(case_id: CaseId, version: Version, who: Who, work: Work, response: Response) -> CaseView:
    """Fix what one expects of one's own case, in its history; then the preview is shown."""
    return _tagged(response, work.desk.answers.fix(who, case_id, version))


@router.post("/{case_id}/preview", responses=responses(404))
@allow(*EVERY_ROLE)
def show_preview(case_id: CaseId, who: Who, work: Work) -> Preview:
    """The interview as the model would hold it; for its author only once the expected answer is fixed."""
    view = complete(work.desk.drafts.get(who, case_id))
    assert view.card is not None
    if not work.desk.answers.may_preview(who, view):
        raise InputError.single(
            "E-ANSWER-FIRST", f"case {view.card_id} › expected", "an answer that its author has not fixed",
            expected="your answer first, and the model's interview after it",
            next_step=f"fix it with POST {PREFIX}/cases/{case_id}/answer",
        )  # fmt: skip
    return preview(work.checker, view.card)


def complete(view: CaseView) -> CaseView:
    """The case, if its card is complete.

    Raises
    ------
    InputError
        With what is missing.
    """
    if view.card is None:
        raise InputError(blocking(view))
    return view


def _tagged(response: Response, view: CaseView) -> CaseView:
    tagged(response, view.number)
    return view

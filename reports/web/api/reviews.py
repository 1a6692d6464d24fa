"""Reviews: the queue, the blind opinion, the decision, agreement."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from cases.card import TriageLevel
from cases.desk import Role
from cases.desk.agreement import SetAgreement
from cases.desk.shapes import BlindCase, QueueItem, ReviewView, Verdict

from ..access import EVERY_ROLE, Who, Work, allow, guarded_router
from ..problems import responses
from . import PREFIX
from .parameters import CaseId, IdempotencyKey, Input, Reason, ShortText, Text, Version, tagged

router = guarded_router(f"{PREFIX}/reviews", tags=["reviews"], responses=responses(401, 403, 422, 429))
CHANGES = responses(404, 409, 428)


class NewOpinion(Input):
    """What a reviewer thinks before seeing what the author expects."""

    condition: Annotated[str, Field(min_length=1, max_length=500)]
    """The model's id, name or synonym; another condition is kept as it is written."""
    triage: TriageLevel
    differential: list[ShortText] = Field(default_factory=list, max_length=20)
    comment: Text = ""
    certainty: Annotated[int, Field(ge=0, le=100)] | None = None
    """Per cent."""


class Decision(Input):
    """What a reviewer decides."""

    verdict: Verdict
    reason: Text = ""
    """May be blank only for an accept that agrees."""
    record: dict[str, Any] | None = None
    """With ``edit``: the whole new text."""


class Assign(Input):
    """Who is to review."""

    reviewer: ShortText
    """A person's id."""
    reason: Reason


@router.get("/queue")
@allow(Role.REVIEWER, Role.CLINICIAN)
def queue(who: Who, work: Work) -> list[QueueItem]:
    """What one can review now, the oldest first; owners find a reviewer's edit of their case."""
    return list(work.desk.queue.waiting(who))


@router.get("/agreement")
@allow(Role.REVIEWER, Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def agreement(who: Who, work: Work) -> SetAgreement:
    """How far authors and blind reviewers agree, with intervals."""
    found: SetAgreement = work.desk.reviews.agreement(who)
    return found


@router.get("/{case_id}/blind", responses=responses(404, 409))
@allow(Role.REVIEWER, Role.CLINICIAN)
def blind(case_id: CaseId, who: Who, work: Work, response: Response) -> BlindCase:
    """The evidence of a case, without a word of who expects what."""
    case: BlindCase = work.desk.reviews.case_for_review(who, case_id)
    tagged(response, case.number)
    return case


@router.post("/{case_id}/take", status_code=204, responses=responses(404, 409))
@allow(Role.REVIEWER)
def take(case_id: CaseId, who: Who, work: Work) -> None:
    """Keep a case for oneself for a while."""
    work.desk.queue.take(who, case_id)


@router.post("/{case_id}/give-back", status_code=204, responses=responses(404, 409))
@allow(Role.REVIEWER, Role.ADMINISTRATOR)
def give_back(case_id: CaseId, who: Who, work: Work) -> None:
    """Let others have it."""
    work.desk.queue.give_back(who, case_id)


@router.post("/{case_id}/assign", status_code=204, responses=responses(404, 409))
@allow(Role.ADMINISTRATOR)
def assign(case_id: CaseId, said: Assign, who: Who, work: Work) -> None:
    """Give a case to a reviewer."""
    work.desk.queue.assign(who, case_id, said.reviewer, said.reason)


@router.post("/{case_id}/opinion", responses=CHANGES)
@allow(Role.REVIEWER)
def give_opinion(
    case_id: CaseId,
    said: NewOpinion,
    version: Version,
    key: IdempotencyKey,
    who: Who,
    work: Work,
    response: Response,
) -> ReviewView:
    """One's own diagnosis and triage, for good; the answer is the author's."""
    view: ReviewView = work.desk.reviews.give_opinion(
        who, case_id, version, condition=said.condition, triage=said.triage, differential=said.differential,
        comment=said.comment, certainty=said.certainty, key=key,
    )  # fmt: skip
    tagged(response, view.case.number)
    return view


@router.get("/{case_id}", responses=responses(404))
@allow(*EVERY_ROLE)
def review(case_id: CaseId, who: Who, work: Work, response: Response) -> ReviewView:
    """The author's answer beside everybody's opinion, for those who may see it."""
    view: ReviewView = work.desk.reviews.review(who, case_id)
    tagged(response, view.case.number)
    return view


@router.post("/{case_id}/decision", responses=CHANGES)
@allow(Role.REVIEWER, Role.CLINICIAN)
def decide(
    case_id: CaseId, said: Decision, version: Version, key: IdempotencyKey, who: Who, work: Work, response: Response
) -> ReviewView:
    """Accept, edit or reject; never one's own text."""
    view: ReviewView = work.desk.reviews.decide(
        who, case_id, version, said.verdict, said.reason, record=said.record, key=key
    )
    tagged(response, view.case.number)
    return view

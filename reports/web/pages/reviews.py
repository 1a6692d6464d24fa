"""Review: one's own diagnosis first, blind; then the author's, and the decision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from cases.desk import Conflict, NotFound
from cases.desk.shapes import BlindCase, CaseState, CaseView, ReviewView, Stage
from model.errors import InputError

from ..access import Role, Services, Who, Work, allow, guarded_router
from .alike import compared
from .cases import form_context, part_of
from .form_view import complaints, names_of, view_of
from .forms import Form, go, key_of, new_key, number, text
from .record_form import record_of_form
from .rendering import render

router = guarded_router(prefix="/reviews", include_in_schema=False)
TYPED = ("condition", "triage", "differential", "certainty", "comment")
"""Fields of an opinion."""


@router.get("")
@allow(Role.REVIEWER, Role.CLINICIAN, Role.ADMINISTRATOR)
def queue(request: Request, who: Who, work: Work) -> Response:
    """The cases that this person can review now."""
    return render(request, "review/queue.html.j2", {"items": work.desk.queue.waiting(who)})


@router.get("/agreement")
@allow(Role.REVIEWER, Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
def agreement(request: Request, who: Who, work: Work) -> Response:
    """How far the doctors agree, over all cases on which they have decided."""
    context = {"found": work.desk.reviews.agreement(who), "names": names_of(work)}
    return render(request, "review/agreement.html.j2", context)


@router.get("/{case_id}")
@allow(Role.REVIEWER, Role.CLINICIAN)
def one(request: Request, who: Who, work: Work, case_id: str) -> Response:
    """The blind half; for whoever has given an opinion, or owns the case, the open one."""
    review = _seen(who, work, case_id)
    if review is None:
        return _blind_page(request, work, work.desk.reviews.case_for_review(who, case_id), {})
    return _decision_page(request, who, work, review)


@router.post("/{case_id}/take")
@allow(Role.REVIEWER)
def take(who: Who, work: Work, case_id: str) -> Response:
    """Keep it for oneself, and open it."""
    work.desk.queue.take(who, case_id)
    return go(f"/reviews/{case_id}")


@router.post("/{case_id}/give-back")
@allow(Role.REVIEWER, Role.ADMINISTRATOR)
def give_back(who: Who, work: Work, case_id: str) -> Response:
    """Let others have it."""
    work.desk.queue.give_back(who, case_id)
    return go("/reviews")


@router.post("/{case_id}/opinion")
@allow(Role.REVIEWER)
def opinion(request: Request, who: Who, work: Work, case_id: str, form: Form) -> Response:
    """One's own diagnosis and urgency, for good."""
    missing = [word for name, word in (("condition", "a diagnosis"), ("triage", "an urgency")) if not text(form, name)]
    if missing:
        blind, problem = work.desk.reviews.case_for_review(who, case_id), f"Still missing: {' and '.join(missing)}."
        return _blind_page(request, work, blind, form, problem, status_code=422)
    others = [word for line in text(form, "differential").splitlines() if (word := line.strip())]
    try:
        work.desk.reviews.give_opinion(
            who, case_id, number(form, "number"), condition=text(form, "condition"), triage=text(form, "triage"),
            differential=others, comment=text(form, "comment"), key=key_of(form), certainty=_per_cent(form),
        )  # fmt: skip
    except InputError as error:
        blind = work.desk.reviews.case_for_review(who, case_id)
        return _blind_page(request, work, blind, form, _in_words(error), status_code=422)
    except (Conflict, NotFound) as error:
        return _too_late(request, who, work, case_id, form, error)
    return go(f"/reviews/{case_id}")


@router.post("/{case_id}/decide")
@allow(Role.REVIEWER, Role.CLINICIAN)
def decide(request: Request, who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Accept or reject."""
    verdict, reason = text(form, "verdict"), text(form, "reason")
    if verdict not in ("accept", "reject"):
        return go(f"/reviews/{case_id}")
    review = _seen(who, work, case_id)
    if review is None:
        return _gone(request, reason)
    if not reason and (verdict == "reject" or _disagreed(who, review)):
        missing = "Say why in a few words: the author and the next reader will want to know."
        return _decision_page(request, who, work, review, missing=missing, status_code=422)
    try:
        work.desk.reviews.decide(who, case_id, number(form, "number"), verdict, reason, key=key_of(form))
    except (Conflict, InputError) as error:
        review, status = _seen(who, work, case_id), 409 if isinstance(error, Conflict) else 422
        if review is None:
            return _gone(request, reason)
        problem = f"{_in_words(error)} Your reason is still below; it was not stored."
        return _decision_page(request, who, work, review, missing=problem, status_code=status, reason=reason)
    return go(f"/cases/{case_id}")


@router.get("/{case_id}/edit")
@allow(Role.REVIEWER, Role.CLINICIAN)
def edit(request: Request, who: Who, work: Work, case_id: str) -> Response:
    """The form with the case's text, for a reviewer's version of it."""
    review = work.desk.reviews.review(who, case_id)
    if not review.may_decide:
        return go(f"/reviews/{case_id}")
    context = {
        **form_context(work, review.case.record, review.case.problems, review.case),
        "reason": "",
        "key": new_key(),
    }
    return render(request, "review/edit.html.j2", context)


@router.post("/{case_id}/edit")
@allow(Role.REVIEWER, Role.CLINICIAN)
def save_edit(request: Request, who: Who, work: Work, case_id: str, form: Form) -> Response:
    """The reviewer's version, which somebody else has to approve; its lists grow and shrink before it is sent."""
    expected, names = number(form, "number"), names_of(work)
    if _seen(who, work, case_id) is None:
        return _gone(request, text(form, "reason"))
    before = work.desk.drafts.get(who, case_id, expected)
    record, reason = record_of_form(form, before.record, names.vocabulary), text(form, "reason")
    context = {
        **form_context(work, record, before.problems, before),
        "number": expected,
        "reason": reason,
        "key": new_key(),
    }
    if text(form, "do") != "send":
        context |= {"complaints": [], "part": part_of(form)}
        return render(request, "review/edit.html.j2", context)
    if not reason:
        problem = "Say what you changed, and why."
        return render(request, "review/edit.html.j2", {**context, "missing": problem}, status_code=422)
    try:
        work.desk.reviews.decide(who, case_id, expected, "edit", reason, record=record, key=key_of(form))
    except InputError as error:
        context |= {"complaints": complaints(error.problems, record, names), "missing": _not_stored(error)}
        return render(request, "review/edit.html.j2", context, status_code=422)
    except Conflict as conflict:
        current = conflict.current
        if not isinstance(current, CaseView):
            raise
        context = {
            **form_context(work, record, (), current), "conflict": conflict, "reason": reason, "key": new_key(),
            "pair": compared(record, current.record, names), "complaints": [],
        }  # fmt: skip
        return render(request, "review/conflict.html.j2", context, status_code=409)
    return go(f"/cases/{case_id}")


@router.post("/{case_id}/assign")
@allow(Role.ADMINISTRATOR)
def assign(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Give a case to a reviewer."""
    work.desk.queue.assign(who, case_id, text(form, "reviewer"), text(form, "reason"))
    return go(f"/cases/{case_id}")


def _seen(who: Who, work: Services, case_id: str) -> ReviewView | None:
    try:
        return work.desk.reviews.review(who, case_id)
    except NotFound:
        return None


def _gone(request: Request, typed: str, reason: str = "") -> Response:
    """The author took the case back while it was read, or a colleague took it; what was typed is shown, to be kept."""
    return render(request, "review/gone.html.j2", {"typed": typed, "reason": reason}, status_code=409)


def _too_late(
    request: Request, who: Who, work: Services, case_id: str, form: Mapping[str, Any], error: Conflict | NotFound
) -> Response:
    """An opinion on a case that is not what it was: what was typed goes on to the case as it is now, if it is there."""
    if _seen(who, work, case_id) is not None:  # The opinion was given before, by another click.
        return go(f"/reviews/{case_id}")
    try:
        blind = work.desk.reviews.case_for_review(who, case_id)
    except (Conflict, NotFound):
        reason = _in_words(error) if isinstance(error, Conflict) else ""
        return _gone(request, "\n".join(filter(None, (text(form, name) for name in TYPED))), reason)
    problem = f"{_in_words(error)} Here is the case as it is now: read it again, then send your opinion."
    return _blind_page(request, work, blind, form, problem, status_code=409)


def _blind_page(
    request: Request,
    work: Services,
    blind: BlindCase,
    sent: Mapping[str, Any],
    problem: str = "",
    *,
    status_code: int = 200,
) -> Response:
    """The evidence, and the form for an opinion with what was typed into it before."""
    context = {
        "blind": blind,
        "view": view_of(blind.evidence, names_of(work)),
        "key": new_key(),
        "sent": {name: text(sent, name) for name in TYPED},
        "problem": problem,
    }
    return render(request, "review/blind.html.j2", context, status_code=status_code)


def _per_cent(form: Mapping[str, Any]) -> int | None:
    """How sure one is; -1, which is refused with the rest, for what is no whole number."""
    typed = text(form, "certainty")
    return None if not typed else int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else -1


def _in_words(error: Conflict | InputError | NotFound) -> str:
    """Every reason, in sentences."""
    if isinstance(error, NotFound):
        return "The case is not there any more."
    if isinstance(error, Conflict):
        return f"{error.reason[0].upper()}{error.reason[1:]}."
    return " ".join(
        f"{(one.where.rpartition(' › ')[2] or 'case').capitalize()}: found {one.found}"
        + (f"; expected {one.expected}" if one.expected else "")
        + (f"; {one.next_step}." if one.next_step else ".")
        for one in error.problems
    )


def _not_stored(error: InputError) -> str:
    if any(one.code == "E-UNCHANGED" for one in error.problems):
        return "Nothing was changed: change something, or go back and accept or reject the case."
    return "Your version is not stored yet: it cannot go on as it is. What has to be mended stands below."


def _disagreed(who: Who, review: ReviewView) -> bool:
    mine = [one for one in review.opinions if one.by == who.id]
    return bool(mine) and mine[-1].agrees is False


def _decision_page(
    request: Request, who: Who, work: Services, review: ReviewView, *, missing: str = "", status_code: int = 200,
    reason: str = "",
) -> Response:  # fmt: skip
    case, names = review.case, names_of(work)
    record: Any = case.record if case.card is None else case.card.model_dump(mode="json")
    before = _before_the_edit(who, work, case)
    context = {
        "review": review,
        "case": case,
        "view": view_of(record, names),
        "names": names,
        "complaints": complaints(case.problems, case.record, names),
        "disagreed": _disagreed(who, review),
        "is_owner": case.owner == who.id,
        "is_over": case.state is not CaseState.IN_REVIEW,
        "change": None if before is None else compared(before.record, case.record, names),
        "missing": missing,
        "reason": reason,
        "key": new_key(),
    }
    return render(request, "review/decide.html.j2", context, status_code=status_code)


def _before_the_edit(who: Who, work: Services, case: CaseView) -> CaseView | None:
    """The version that the reviewer changed, where an edit waits for approval."""
    if case.stage is not Stage.APPROVAL or case.number < 2:
        return None
    return work.desk.drafts.get(who, case.id, case.number - 1)

"""One's own cases: the list, the form of one, handing it in, taking it back."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from fastapi import Query, Request
from starlette.responses import Response

from cases.desk import Actor, Conflict
from cases.desk.shapes import CaseState, CaseView
from model.errors import InputError

from ..access import EVERY_ROLE, Role, Services, Who, Work, allow, guarded_router
from .deeds import told
from .form_view import complaints, names_of, view_of
from .forms import Form, go, key_of, new_key, number, onward, text
from .record_form import KINDS, Fields, record_of_form
from .rendering import render

router = guarded_router(prefix="/cases", include_in_schema=False)

EDITABLE = (CaseState.DRAFT, CaseState.REJECTED, CaseState.ACCEPTED)
STEP = 100
"""Cases on one page of a list."""


class HandIn(TypedDict):
    """What :meth:`cases.desk.drafts.Drafts.submit` is told."""

    no_identifiers: bool
    reason: str


@router.get("")
@allow(Role.CLINICIAN)
def mine(request: Request, who: Who, work: Work, start: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Response:
    """One's own cases, the last changed first."""
    cases = [one for one in work.desk.drafts.mine(who) if one.state is not CaseState.WITHDRAWN]
    context = {"cases": cases[start : start + STEP], "n": len(cases), "start": start, "step": STEP, "key": new_key()}
    return render(request, "case/list.html.j2", context)


@router.get("/accepted")
@allow(*EVERY_ROLE)
def accepted(request: Request, who: Who, work: Work, start: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Response:
    """All that two clinicians have signed off."""
    cases = work.desk.drafts.accepted(who)
    context = {"cases": cases[start : start + STEP], "n": len(cases), "start": start, "step": STEP}
    return render(request, "case/accepted.html.j2", context)


@router.post("")
@allow(Role.CLINICIAN)
def create(who: Who, work: Work, form: Form) -> Response:
    """An empty draft, to be filled in."""
    case = work.desk.drafts.create(who, {}, key=key_of(form))
    return go(f"/cases/{case.id}/edit")


@router.post("/submit")
@allow(Role.CLINICIAN)
def submit_many(who: Who, work: Work, form: Form) -> Response:
    """Hand in the ticked cases: all of them, or none."""
    ticked = [str(one).partition(" ") for one in form.getlist("case")]
    chosen = [(case_id, number({"number": version}, "number")) for case_id, _, version in ticked]
    work.desk.drafts.submit_many(who, chosen, **words_of(form))
    return go("/cases")


@router.get("/{case_id}")
@allow(*EVERY_ROLE)
def one(
    request: Request, who: Who, work: Work, case_id: str, version: Annotated[int | None, Query(ge=1, le=10**6)] = None
) -> Response:
    """A case with its opinions, decisions and history, for whoever may see its answer."""
    case = work.desk.drafts.get(who, case_id, version)
    names = names_of(work)
    may_read_on = case.number == case.current or version is not None
    context = {
        "case": case,
        "view": view_of(_record(case), names),
        "names": names,
        "complaints": complaints(case.problems, case.record, names),
        "versions": _if_visible(lambda: work.desk.drafts.versions(who, case_id)) if may_read_on else [],
        "review": _if_visible(lambda: work.desk.reviews.review(who, case_id)),
        "trail": told(
            _if_visible(lambda: work.desk.trail.of_case(who, case_id)) or [],
            lambda spans: work.desk.drafts.changes(who, case_id, spans),
        ),
        "people": work.desk.people.names(),
        "reviewers": _reviewers(who, work, case),
        "is_owner": case.owner == who.id,
        "editable": case.owner == who.id and case.state in EDITABLE,
    }
    return render(request, "case/one.html.j2", context)


@router.get("/{case_id}/edit")
@allow(Role.CLINICIAN)
def edit(request: Request, who: Who, work: Work, case_id: str) -> Response:
    """The form."""
    case = work.desk.drafts.get(who, case_id)
    if case.owner != who.id or case.state not in EDITABLE:
        return go(f"/cases/{case_id}")
    return render(request, "case/edit.html.j2", form_context(work, case.record, case.problems, case))


@router.post("/{case_id}/edit")
@allow(Role.CLINICIAN)
def save(request: Request, who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Save the form; HTMX gets the parts that changed, a browser without script the page again."""
    expected = number(form, "number")
    before = work.desk.drafts.get(who, case_id, expected)
    record = record_of_form(form, before.record, names_of(work).vocabulary)
    try:
        case = work.desk.drafts.save(
            who, case_id, record, expected, key=key_of(form),
            reason=text(form, "reason") if "reason" in form else None,
            no_identifiers=bool(text(form, "no_identifiers")) if "asks_statement" in form else None,
        )  # fmt: skip
    except Conflict as conflict:
        return _conflict(request, work, record, conflict)
    if text(form, "do") == "preview":
        return onward(request, f"/cases/{case_id}/preview")
    refusal = None
    if text(form, "do") == "submit":
        try:
            work.desk.drafts.submit(who, case_id, case.number)
            return onward(request, f"/cases/{case_id}")
        except InputError as error:
            refusal = error
    context = {**form_context(work, case.record, case.problems, case, refusal), "part": part_of(form)}
    status = 200 if refusal is None else 422
    if "hx-request" in request.headers:
        asks_reason = bool(case.changed_after) and "reason" not in form
        return render(request, "case/saved.html.j2", {**context, "asks_reason": asks_reason}, status_code=status)
    return (
        go(f"/cases/{case_id}/edit")
        if refusal is None
        else render(request, "case/edit.html.j2", context, status_code=status)
    )


@router.post("/{case_id}/submit")
@allow(Role.CLINICIAN)
def submit(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Hand it in for review."""
    work.desk.drafts.submit(who, case_id, number(form, "number"), **words_of(form))
    return go(f"/cases/{case_id}")


@router.post("/{case_id}/recall")
@allow(Role.CLINICIAN)
def recall(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Take it back from the review."""
    work.desk.drafts.recall(who, case_id, text(form, "reason"))
    return go(f"/cases/{case_id}/edit")


@router.post("/{case_id}/withdraw")
@allow(Role.CLINICIAN)
def withdraw(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Take it back for good."""
    work.desk.drafts.withdraw(who, case_id, text(form, "reason"))
    return go("/cases")


def words_of(form: Fields) -> HandIn:
    """What is said when a case is handed in."""
    return {"no_identifiers": bool(text_of(form, "no_identifiers")), "reason": text_of(form, "reason")}


def form_context(
    work: Services, record: Any, problems: Any, case: CaseView, refusal: InputError | None = None
) -> dict[str, Any]:
    """What the templates of the form know."""
    names = names_of(work)
    return {
        "case": case,
        "view": view_of(record, names),
        "complaints": complaints(problems, record, names),
        "names": names,
        "number": case.current,
        "refused": [] if refusal is None else list(refusal.problems),
    }


def part_of(form: Fields) -> str:
    """The list of the form that a button changed; "" for none."""
    verb, _, rest = text_of(form, "do").partition(" ")
    kind = rest.partition(" ")[0]
    return kind if verb in ("add", "remove", "take") and kind in (*KINDS, "condition") else ""


def text_of(form: Fields, name: str) -> str:
    """One field."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _conflict(request: Request, work: Services, record: dict[str, Any], conflict: Conflict) -> Response:
    """What was sent beside what is stored: nothing of either is lost (catalogue 101)."""
    from .alike import compared

    current = conflict.current
    if not isinstance(current, CaseView):
        raise conflict
    names = names_of(work)
    context = {
        **form_context(work, record, (), current),
        "complaints": [],
        "conflict": conflict,
        "pair": compared(record, current.record, names),
        "may_save": current.state in EDITABLE,
    }
    template = "case/conflict_part.html.j2" if "hx-request" in request.headers else "case/conflict.html.j2"
    return render(request, template, context, status_code=409)


def _record(case: CaseView) -> Any:
    """The card in the network's ids where there is one, else what was typed."""
    return case.record if case.card is None else case.card.model_dump(mode="json")


def _reviewers(who: Actor, work: Services, case: CaseView) -> list[Actor]:
    """To whom an administrator may give the case."""
    if case.state is not CaseState.IN_REVIEW or not who.has(Role.ADMINISTRATOR):
        return []
    return [one for one in work.desk.people.all(who) if one.has(Role.REVIEWER) and one.id != case.owner]


def _if_visible(read: Any) -> Any:
    """What is there to be read by this person, or None."""
    from cases.desk import NotFound

    try:
        return read()
    except NotFound:
        return None

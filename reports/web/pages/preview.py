"""The interview as the model would hold it, once the author's own answer stands."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from cases.desk import Conflict
from cases.desk.shapes import CaseView
from model.errors import Severity

from ..access import EVERY_ROLE, Role, Who, Work, allow, guarded_router
from ..preview import preview as play
from .cases import EDITABLE
from .form_view import complaints, names_of, view_of
from .forms import Form, go, number, text
from .rendering import render

router = guarded_router(prefix="/cases", include_in_schema=False)
STATES = ("present", "absent", "unsure")


@router.get("/{case_id}/preview")
@allow(*EVERY_ROLE)
def preview(request: Request, who: Who, work: Work, case_id: str) -> Response:
    """First the author says that the answer stands; then the interview."""
    case = work.desk.drafts.get(who, case_id)
    names = names_of(work)
    context = {
        "case": case,
        "view": view_of(case.record if case.card is None else case.card.model_dump(mode="json"), names),
        "names": names,
        "complaints": [one for one in complaints(case.problems, case.record, names) if one.severity != "warn"],
        "may_answer": case.owner == who.id and case.state in EDITABLE,
        "played": None,
    }
    if is_playable(case) and work.desk.answers.may_preview(who, case):
        assert case.card is not None
        context["played"] = play(work.checker, case.card)
    return render(request, "case/preview.html.j2", context)


@router.post("/{case_id}/preview")
@allow(Role.CLINICIAN)
def fix(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """The author's answer stands: into the history with it, and on to the interview."""
    work.desk.answers.fix(who, case_id, number(form, "number"))
    return go(f"/cases/{case_id}/preview")


@router.post("/{case_id}/answer")
@allow(Role.CLINICIAN)
def answer(who: Who, work: Work, case_id: str, form: Form) -> Response:
    """Put what the case did not say onto the card, and play it again."""
    case = work.desk.drafts.get(who, case_id)
    state, finding = text(form, "state"), text(form, "finding")
    known = finding in work.checker.network.finding_index and state in STATES
    if case.number != number(form, "number") or not known:
        raise Conflict("the case has been changed since", case, "look at the preview again")
    findings = {**case.record.get("findings", {}), finding: state}
    record = {**case.record, "findings": findings}
    work.desk.drafts.save(who, case_id, record, case.number, why="the model asked, in the preview")
    return go(f"/cases/{case_id}/preview")


def is_playable(case: CaseView) -> bool:
    """Whether it is a card that nothing but a hint is said of."""
    return case.card is not None and all(one.severity is not Severity.REJECT for one in case.problems)

"""For administrators: who there is, a leaver's cases to somebody else, and whether the trail is whole."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request
from starlette.responses import Response

from cases.desk import Actor, NotFound
from model.errors import Problem

from ..access import Role, Services, Who, Work, allow, guarded_router
from .forms import Form, go, text
from .rendering import render

router = guarded_router(prefix="/administration", include_in_schema=False)


@router.get("")
@allow(Role.ADMINISTRATOR)
def people(request: Request, who: Who, work: Work) -> Response:
    """Everybody who has signed in."""
    counts = work.desk.administration.counts(who)
    listed = [(key_of_person(one.id), one, counts.get(one.id, 0)) for one in work.desk.people.all(who)]
    return render(request, "administration/people.html.j2", {"people": listed})


@router.get("/trail")
@allow(Role.ADMINISTRATOR)
def trail(request: Request, who: Who, work: Work) -> Response:
    """Whether the database says what the desk wrote; a minute for a large one."""
    problems: list[Problem] = work.desk.trail.check(who)
    context = {"problems": problems, "end": work.desk.trail.end(who)}
    return render(request, "administration/trail.html.j2", context)


@router.get("/people/{key}")
@allow(Role.ADMINISTRATOR)
def person(request: Request, who: Who, work: Work, key: str) -> Response:
    """One person's cases."""
    return _person_page(request, who, work, key)


@router.post("/people/{key}/hand-over")
@allow(Role.ADMINISTRATOR)
def hand_over(request: Request, who: Who, work: Work, key: str, form: Form) -> Response:
    """Give the ticked cases to another clinician."""
    owner, to, reason = _find(who, work, key), text(form, "to"), text(form, "reason")
    theirs = [one.id for one in work.desk.administration.owned(who, owner.id)]
    ticked = {str(one) for one in form.getlist("case")}
    chosen = [case_id for case_id in theirs if case_id in ticked]
    lacking = [
        word
        for word, is_there in (("a case", chosen), ("who gets them", to), ("the reason", reason))
        if not is_there
    ]  # fmt: skip
    if lacking:
        sent = {"ticked": ticked, "to": to, "reason": reason, "problem": f"Still missing: {', '.join(lacking)}."}
        return _person_page(request, who, work, key, status_code=422, **sent)
    heir = _find(who, work, to)
    for case_id in chosen:  # Each by itself: what a failure leaves undone can be done again.
        work.desk.drafts.hand_over(who, case_id, heir.id, reason)
    return go(f"/administration/people/{to}")


def key_of_person(person_id: str) -> str:
    """For addresses: the sign-in's own id is nobody's business."""
    return hashlib.sha256(person_id.encode()).hexdigest()[:16]


def _find(who: Actor, work: Services, key: str) -> Actor:
    for one in work.desk.people.all(who):
        if key_of_person(one.id) == key:
            return one
    raise NotFound("person")


def _person_page(
    request: Request, who: Actor, work: Services, key: str, *, status_code: int = 200, **sent: Any
) -> Response:
    owner = _find(who, work, key)
    heirs = [one for one in work.desk.people.all(who) if one.has(Role.CLINICIAN) and one.id != owner.id]
    context = {
        "person": owner,
        "key": key,
        "cases": work.desk.administration.owned(who, owner.id),
        "heirs": [(key_of_person(one.id), one.name) for one in heirs],
        **{"ticked": set(), "to": "", "reason": "", "problem": "", **sent},
    }
    return render(request, "administration/person.html.j2", context, status_code=status_code)

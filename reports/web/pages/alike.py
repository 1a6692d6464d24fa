"""Two cases side by side: duplicates, near duplicates, the same findings with another diagnosis, two texts of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from cases.desk import Actor, NotFound
from cases.writers import to_record

from ..access import Role, Services, Who, Work, allow, guarded_router
from ..likeness import Like, known_cards
from ..likeness import alike as alike_of
from .form_view import FormView, Listed, Names, names_of, view_of
from .rendering import render
from .words import patient_word, triage_word

router = guarded_router(prefix="/cases", include_in_schema=False)
MOST = 10
"""Likenesses that are shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that two cases say."""

    what: str
    one: str
    other: str

    @property
    def same(self) -> bool:
        """Whether they say the same."""
        return self.one == self.other


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cases, line by line."""

    one_id: str
    other_id: str
    groups: Sequence[Group]

    @property
    def n_different(self) -> int:
        """Lines in which they differ."""
        return sum(not line.same for group in self.groups for line in group.lines)


@router.get("/{case_id}/alike")
@allow(Role.CLINICIAN)
def alike(request: Request, who: Who, work: Work, case_id: str) -> Response:
    """The cases that one's own is like, each beside it."""
    case = work.desk.drafts.get(who, case_id)
    names = names_of(work)
    found: list[Like] = []
    if case.card is not None:
        found = alike_of(case.card, known_cards(work.desk, who, work.library), work.checker.network)[:MOST]
    pairs = [(one, compared(case.record, to_record(one.other), names)) for one in found]
    context = {"case": case, "pairs": pairs}
    return render(request, "case/likenesses.html.j2", context)


def find_other(card_id: str, who: Actor, work: Services, records: Iterable[Any]) -> Mapping[str, Any]:
    """The case of this id: of the same upload, the library, the accepted ones or one's own.

    Raises
    ------
    NotFound
        It has gone since, or is somebody else's.
    """
    for record in records:
        if record is not None and record.get("id") == card_id:
            return record  # type: ignore[no-any-return]
    for card in known_cards(work.desk, who, work.library):
        if card.id == card_id:
            return to_record(card)
    raise NotFound("case")


def compared(one: Mapping[str, Any], other: Mapping[str, Any], names: Names) -> Pair:
    """Two records, line by line; what neither says is left out."""
    left, right = view_of(one, names), view_of(other, names)
    groups = [
        Group(
            "Patient",
            [
                Line("Patient", patient_word(left.patient), patient_word(right.patient)),
                Line("In the patient's own words", left.texts["complaint"], right.texts["complaint"]),
            ],
        ),
        Group("Findings", _both(left.findings, right.findings)),
        Group("Risk factors", _both(left.risk_factors, right.risk_factors)),
        Group("Expected answer", _answers(left, right)),
        Group("Notes", [Line("Notes", left.texts["notes"], right.texts["notes"])]),
    ]
    kept = [Group(group.title, [line for line in group.lines if line.one or line.other]) for group in groups]
    return Pair(str(one.get("id", "")), str(other.get("id", "")), [group for group in kept if group.lines])


def _both(left: Sequence[Listed], right: Sequence[Listed]) -> list[Line]:
    ones, others = ({term.id: term for term in side} for side in (left, right))
    listed = dict.fromkeys((*ones, *others))
    return [
        Line((ones.get(name) or others[name]).name, _state(ones.get(name)), _state(others.get(name)))
        for name in listed
    ]  # fmt: skip


def _state(term: Listed | None) -> str:
    if term is None:
        return ""
    return term.state.replace("_", " ") + (" (volunteered)" if term.initial else "")


def _answers(left: FormView, right: FormView) -> list[Line]:
    lines = [Line("Condition", _name(left), _name(right)), Line("Urgency", _levels(left), _levels(right))]
    for kind, title in (
        ("acceptable", "Also acceptable"), ("must_not_miss", "Must not be missed"), ("impossible", "Ruled out"),
        ("must_ask", "Must be asked"),
    ):  # fmt: skip
        lines.append(Line(title, _named(left.lists[kind]), _named(right.lists[kind])))
    return lines


def _name(view: FormView) -> str:
    return view.condition.name if view.condition else ""


def _levels(view: FormView) -> str:
    return " to ".join(triage_word(level) for level in dict.fromkeys(view.triage) if level)


def _named(terms: Sequence[Listed]) -> str:
    return ", ".join(f"{term.name} (by question {term.by})" if term.by else term.name for term in terms)

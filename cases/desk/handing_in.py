"""What a case needs to be handed in: a whole card, a statement about identifiers, and a reason for late changes.

The statement and the reason belong to one hand-in: they are remembered with the case while it is written, go
into the trail when it is handed in, and are asked for again when it is taken up once more.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from model.errors import Problem, Severity

from .answers import fixed_answers
from .case_access import moved, subject
from .shapes import CaseState, CaseView, Stage
from .store import Work
from .tables import CaseRow

STATEMENT = "This case holds nothing that identifies a patient: no names, dates of birth, addresses or record numbers."
"""What the owner of a case states before it is handed in."""
AFTER = {
    "accepted": "it was accepted",
    "rejected": "it was rejected",
    "preview": "its author had seen the preview",
}
"""What a change may come after that has to be explained in words."""


def blocking(case: CaseView) -> list[Problem]:
    """What keeps a case's text from being handed in."""
    return [problem for problem in case.problems if problem.severity is not Severity.WARN]


def missing(case: CaseRow, *, stated: bool, reason: str) -> list[Problem]:
    """What a case lacks beside its text, with what is said now."""
    problems = []
    if not stated and not case.statement:
        problems.append(
            Problem(
                "E-STATEMENT", f"case {case.card_id} › statement", "no statement about patient identifiers",
                expected=f"“{STATEMENT}”", next_step="look through the case, then tick the box", catalogue=86,
            )
        )  # fmt: skip
    if case.changed_after and not (reason or case.change_reason):
        problems.append(
            Problem(
                "E-CHANGE-REASON", f"case {case.card_id} › reason",
                f"a case that was changed after {AFTER[case.changed_after]}, and no word of why",
                expected="the reason in a few words", next_step="say why it was changed, then hand it in",
            )
        )  # fmt: skip
    return problems


def hand_in(work: Work, case: CaseRow, reason: str) -> None:
    """Into the queue; what was stated and explained is in the trail from now on."""
    why = reason or case.change_reason or "complete, and stated to identify no patient"
    case.submitted_at = case.changed_at = work.now
    state = moved(case, CaseState.IN_REVIEW, Stage.FIRST)
    after = {"after": case.changed_after} if case.changed_after else {}
    case.statement = case.changed_after = case.change_reason = ""
    work.record("submit", subject(case), why, version=case.number, **after, **state)


def set_statement(work: Work, case: CaseRow, stated: bool) -> None:
    """The owner's tick, or its taking back; in the trail only where it is another than before."""
    if stated and not case.statement:
        case.statement = STATEMENT
        work.record("statement", subject(case), STATEMENT, version=case.number)
    elif not stated and case.statement:
        case.statement = ""
        work.record("statement taken back", subject(case), "the tick was taken out", version=case.number)


def needs_reason(session: Session, case: CaseRow) -> str:
    """What a change of the case, as it stands before it, would come after: a word of :data:`AFTER`, or ""."""
    if case.state in (CaseState.ACCEPTED, CaseState.REJECTED):
        return str(case.state)
    return "preview" if fixed_answers(session, case) else ""

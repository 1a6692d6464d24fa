"""How much of a review its case's owner is told: what has ended, and nothing of what is still running.

An owner who knew what the reviewers think could take the case back, write just that, and always agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from .actors import Actor
from .audit import entries_of
from .case_access import subject
from .shapes import AuditEntry, CaseState, Stage, Verdict
from .tables import CaseRow

_ENDED = (CaseState.ACCEPTED, CaseState.REJECTED)
_VERDICTS = frozenset(verdict.value for verdict in Verdict)
_OF_A_REVIEW = _VERDICTS | {"opinion"}
_NEVER = datetime.min.replace(tzinfo=UTC)
UNTOLD = "told when the review is over"
"""Stands for a reason that is not told yet."""


def told_until(session: Session, who: Actor, case: CaseRow) -> datetime | None:
    """The moment up to which this person is told what reviewers thought and decided; None: all of it.

    For its owner, until the review is over: when it ended the last time, or an edit came back to be approved.
    """
    if case.owner != who.id or case.state not in (CaseState.IN_REVIEW, CaseState.DRAFT):
        return None
    return max((entry.at for entry in entries_of(session, subject(case)) if _has_ended(entry)), default=_NEVER)


def told(entries: Iterable[AuditEntry], who: Actor, until: datetime | None) -> list[AuditEntry]:
    """The trail of a case without what was not to be told yet: neither reasons nor what an opinion's hash betrays."""
    return [
        replace(entry, why=UNTOLD, details={name: value for name, value in entry.details.items() if name in _STANDING})
        if until is not None and entry.at > until and entry.who != who.id and entry.what in _OF_A_REVIEW
        else entry
        for entry in entries
    ]


_STANDING = frozenset({"state", "stage", "version", "decided", "number"})
"""What the owner sees of the case anyway."""


def _has_ended(entry: AuditEntry) -> bool:
    ended = entry.details.get("state") in _ENDED or entry.details.get("stage") == Stage.APPROVAL
    return entry.what in _VERDICTS and ended

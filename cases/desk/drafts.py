"""Cases until they are submitted: written, saved, handed in, taken back; and what their owners see of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select

from model.errors import InputError, Problem, Severity

from ..card import Card
from .actors import Actor, Role
from .answers import since_preview
from .case_access import (
    draft_card,
    find_case,
    may_see_answer,
    moved,
    must_be_current,
    name_of,
    own_case,
    subject,
    summary,
    version_of,
    view,
    visible_version,
)
from .checking import Checker
from .errors import Conflict, NotAllowed, NotFound
from .idempotency import Once
from .records import cleaned, evidence_sha256, record_sha256
from .shapes import CaseState, CaseSummary, CaseView, Stage, VersionSummary
from .store import Store, Work
from .tables import AssignmentRow, CaseRow, CaseVersion, PersonRow
from .wording import clean_text

_CARD_ID = re.compile(r"[^\s/\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,119}")
TO_EDIT = (CaseState.DRAFT, CaseState.REJECTED, CaseState.ACCEPTED)
"""States in which the owner may save; a rejected or accepted case becomes a draft again."""


class Drafts:
    """What owners do with their cases."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check

    def create(
        self,
        who: Actor,
        record: Mapping[str, Any] | None = None,
        *,
        card_id: str | None = None,
        why: str = "",
        key: str | None = None,
    ) -> CaseView:
        """A new draft.

        Parameters
        ----------
        record
            Fields of the card as far as they are filled in; they need not make a whole card.
        card_id
            The id that the card will be published under; made up where it is not given.
        key
            Idempotency key: the same request under the same key makes no second draft.

        Raises
        ------
        InputError
            The record holds what no card has, or the id is in use.
        """
        who.must_have(Role.CLINICIAN)
        record = cleaned(record or {}, "case")
        with self._store.write(who) as work:
            once = Once(work, key, "create", record, card_id, why)
            if (before := once.answer()) is not None:
                case = own_case(work.session, who, before["case"])
                return view(work.session, case, version_of(work.session, case, before["number"]), self._check)
            case = add_case(work, record, card_id, clean_text(why, "why", may_be_blank=True) or "written")
            once.keep({"case": case.id, "number": case.number})
            work.session.flush()
            return view(work.session, case, version_of(work.session, case), self._check)

    def save(
        self,
        who: Actor,
        case_id: str,
        record: Mapping[str, Any],
        expected: int,
        *,
        why: str = "",
        key: str | None = None,
    ) -> CaseView:
        """Save a new text over version ``expected``; an unchanged one makes no new version.

        An accepted case stays accepted as it was until its new version has been reviewed.

        Raises
        ------
        NotFound
            There is none, or it is somebody else's.
        Conflict
            Another text was saved meanwhile (``current`` holds it), or the case is in review.
        """
        who.must_have(Role.CLINICIAN)
        record = cleaned(record, f"case {case_id}")
        why = clean_text(why, "why", may_be_blank=True)
        with self._store.write(who) as work:
            case = own_case(work.session, who, case_id)
            once = Once(work, key, "save", case_id, record, expected, why)
            if (before := once.answer()) is not None:
                return view(work.session, case, version_of(work.session, case, before["number"]), self._check)
            now = version_of(work.session, case)
            if case.state not in TO_EDIT:
                raise Conflict(
                    f"the case is {case.state.replace('_', ' ')}: its text is not the author's to change now",
                    view(work.session, case, now, self._check),
                    "take it back from the review first",
                )
            if expected != case.number:
                must_be_current(case, expected, view(work.session, case, now, self._check))
            if record != now.record or list(record.get("findings", ())) != list(now.record.get("findings", ())):
                saved = add_version(work, case, record, why or "edited")
                said = since_preview(work.session, case, now.record, saved, self._check)
                said |= moved(case, CaseState.DRAFT)
                work.record("save", subject(case), why, number=case.number, sha256=record_sha256(record), **said)
            once.keep({"number": case.number})
            work.session.flush()
            return view(work.session, case, version_of(work.session, case), self._check)

    def submit(self, who: Actor, case_id: str, expected: int) -> CaseView:
        """Hand a complete case in for review.

        Raises
        ------
        InputError
            It is not complete, or a check found what was neither mended nor answered with a reason.
        """
        return self.submit_many(who, [(case_id, expected)])[0]

    def submit_many(self, who: Actor, cases: Iterable[tuple[str, int]]) -> list[CaseView]:
        """Hand in several cases (id, version that was looked at): all of them, or none."""
        who.must_have(Role.CLINICIAN)
        with self._store.write(who) as work:
            views, problems = [], []
            for case_id, expected in cases:
                case = own_case(work.session, who, case_id)
                now = view(work.session, case, version_of(work.session, case), self._check)
                must_be_current(case, expected, now)
                if case.state != CaseState.DRAFT:
                    raise Conflict(f"the case is {case.state.replace('_', ' ')} already", now)
                found = blocking(now)
                problems += found
                if not found:
                    case.submitted_at = case.changed_at = work.now
                    state = moved(case, CaseState.IN_REVIEW, Stage.FIRST)
                    work.record("submit", subject(case), version=case.number, **state)
                    views.append(replace(now, state=CaseState.IN_REVIEW, stage=Stage.FIRST))
            if problems:
                raise InputError(problems)
            return views

    def recall(self, who: Actor, case_id: str, reason: str) -> CaseView:
        """Take a case back from the review to change it; opinions that were given stay in its history."""
        return self._take_back(who, case_id, reason, CaseState.DRAFT, (CaseState.IN_REVIEW,), "recall")

    def withdraw(self, who: Actor, case_id: str, reason: str) -> CaseView:
        """Take a draft or a rejected case back for good; its history stays, its card id becomes free."""
        allowed = (CaseState.DRAFT, CaseState.REJECTED)
        return self._take_back(who, case_id, reason, CaseState.WITHDRAWN, allowed, "withdraw")

    def _take_back(
        self, who: Actor, case_id: str, reason: str, to: CaseState, allowed: tuple[CaseState, ...], what: str
    ) -> CaseView:
        who.must_have(Role.CLINICIAN)
        reason = clean_text(reason, "reason")
        with self._store.write(who) as work:
            case = own_case(work.session, who, case_id)
            if case.state not in allowed or (to is CaseState.WITHDRAWN and case.accepted_number is not None):
                current = view(work.session, case, version_of(work.session, case), self._check)
                words = " or ".join(state.value.replace("_", " ") for state in allowed)
                raise Conflict(f"only a case that is {words}, and was never accepted, can be taken back so", current)
            if to is CaseState.WITHDRAWN:
                case.card_id = f"{case.card_id} (withdrawn {case.id})"
            case.changed_at = work.now
            release(work, case)
            work.record(what, subject(case), reason, **moved(case, to))
            work.session.flush()
            return view(work.session, case, version_of(work.session, case), self._check)

    def get(self, who: Actor, case_id: str, number: int | None = None) -> CaseView:
        """A version of a case in full, for those who may see its expected answer."""
        with self._store.read() as session:
            case = find_case(session, case_id)
            return view(session, case, visible_version(session, who, case, number), self._check)

    def mine(self, who: Actor) -> list[CaseSummary]:
        """The person's own cases, the last changed first."""
        query = select(CaseRow).where(CaseRow.owner == who.id).order_by(CaseRow.changed_at.desc(), CaseRow.card_id)
        with self._store.read() as session:
            return [summary(session, case) for case in session.scalars(query)]

    def accepted(self, who: Actor) -> list[CaseSummary]:
        """All cases that have been accepted, by card id; one that is being edited is among them."""
        who.must_have(*Role)
        query = select(CaseRow).where(CaseRow.accepted_number.is_not(None)).order_by(CaseRow.card_id)
        with self._store.read() as session:
            return [summary(session, case) for case in session.scalars(query)]

    def versions(self, who: Actor, case_id: str) -> list[VersionSummary]:
        """Every text that the case ever had, the oldest first."""
        with self._store.read() as session:
            case = find_case(session, case_id)
            if not may_see_answer(session, who, case):
                raise NotFound("case")
            query = select(CaseVersion).where(CaseVersion.case_id == case_id).order_by(CaseVersion.number)
            return [
                VersionSummary(
                    row.number, row.card_version, row.by, name_of(session, row.by), row.at, row.why,
                    row.content_hash is not None,
                )
                for row in session.scalars(query)
            ]  # fmt: skip

    def hand_over(self, who: Actor, case_id: str, to: str, reason: str) -> CaseSummary:
        """Give a case to another owner (its author has left, say); for administrators."""
        who.must_have(Role.ADMINISTRATOR)
        reason = clean_text(reason, "reason")
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            heir = work.session.get(PersonRow, to)
            if heir is None:
                raise NotFound("person")
            if Role.CLINICIAN not in heir.roles:
                raise NotAllowed(f"{heir.name} is no clinician, and could do nothing with it", "choose another")
            case.owner, case.changed_at = to, work.now
            release(work, case)
            work.record("hand over", subject(case), reason, to=to)
            work.session.flush()
            return summary(work.session, case)


def blocking(case: CaseView) -> list[Problem]:
    """What keeps a case from being submitted."""
    return [problem for problem in case.problems if problem.severity is not Severity.WARN]


def add_case(
    work: Work, record: Mapping[str, Any], card_id: str | None, why: str, *, card: Card | None = None
) -> CaseRow:
    """A new draft of the person who acts, with its first version and its entry in the trail.

    ``card`` is what the record makes, where the caller knows, and knows that its id is free; its version is kept,
    for it may be an edit of a case that git has already.
    """
    card_id = f"case-{secrets.token_hex(4)}" if card_id is None else card_id.strip()
    if not _CARD_ID.fullmatch(card_id) or "(withdrawn" in card_id:
        raise InputError.single(
            "E-CARD-ID", "case › id", "an id of another form", expected="1 to 120 characters on one line, no /"
        )
    if card is None and work.session.scalar(select(CaseRow.id).where(CaseRow.card_id == card_id)) is not None:
        raise InputError.single(
            "E-KNOWN-ID", "case › id", f"the id {card_id!r}, which another case has",
            expected="an id of its own",
            next_step="choose another", catalogue=80,
        )  # fmt: skip
    case = CaseRow(
        id=secrets.token_hex(16), card_id=card_id, owner=work.who.id, state=CaseState.DRAFT.value, stage="",
        number=0, card_version=1 if card is None else card.version, accepted_number=None, created_at=work.now,
        changed_at=work.now, submitted_at=None,
    )  # fmt: skip
    work.session.add(case)
    add_version(work, case, record, why, card)
    work.record("create", subject(case), why, number=1, sha256=record_sha256(record), state=case.state)
    return case


def add_version(
    work: Work, case: CaseRow, record: Mapping[str, Any], why: str, card: Card | None = None
) -> CaseVersion:
    """Another text of a case, by the person who acts; the first after an acceptance raises the card's version."""
    if case.accepted_number == case.number:
        case.card_version += 1
    case.number += 1
    case.changed_at = work.now
    version = CaseVersion(
        case_id=case.id, number=case.number, card_version=case.card_version, by=work.who.id, at=work.now, why=why,
        record=dict(record), record_sha256=record_sha256(record), content_hash=None, evidence_sha256="",
    )  # fmt: skip
    if card is None:
        card, _ = draft_card(work.session, case, version)
    version.content_hash = None if card is None else card.content_hash
    version.evidence_sha256 = evidence_sha256(record, card)
    work.session.add(version)
    return version


def release(work: Work, case: CaseRow) -> None:
    """Nobody is busy with the case any more."""
    work.session.execute(delete(AssignmentRow).where(AssignmentRow.case_id == case.id))

"""Cases until they are submitted: written, saved, handed in, taken back; and what their owners see of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from model.errors import InputError

from .actors import Actor, Role
from .answers import since_preview
from .case_access import (
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
from .changes import described
from .checking import Checker
from .errors import Conflict, NotAllowed, NotFound
from .handing_in import blocking, hand_in, missing, needs_reason, set_statement
from .idempotency import Once
from .records import cleaned, record_sha256
from .shapes import CaseState, CaseSummary, CaseView, Stage, VersionSummary
from .store import Store
from .tables import CaseRow, CaseVersion, PersonRow
from .wording import clean_text
from .writing import TO_EDIT, add_case, add_version, release

MOST_WORDS = 1000
"""Characters of the reason of a hand-in."""


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
            told = "written" if record else "a new case, still empty"
            case = add_case(work, record, card_id, clean_text(why, "why", may_be_blank=True) or told)
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
        reason: str | None = None,
        no_identifiers: bool | None = None,
        key: str | None = None,
    ) -> CaseView:
        """Save a new text over version ``expected``; an unchanged one makes no new version.

        An accepted case stays accepted as it was until its new version has been reviewed.

        Parameters
        ----------
        why
            Of this change alone; the trail adds what was changed, which is all it says where this is blank.
        reason
            Why the case is changed after it was accepted or rejected or its preview was seen; needed when it
            is handed in, remembered until then.  None: as it was.
        no_identifiers
            The owner has ticked :data:`~.handing_in.STATEMENT`, or taken the tick out.  None: as it was.

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
        if reason is not None:
            reason = clean_text(reason, "reason", most=MOST_WORDS, may_be_blank=True)
        with self._store.write(who) as work:
            case = own_case(work.session, who, case_id)
            once = Once(work, key, "save", case_id, record, expected, why, reason, no_identifiers)
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
                after = "" if why else needs_reason(work.session, case)
                told = described(now.record, record, self._check)
                told = f"{why} ({told})" if why else told
                saved = add_version(work, case, record, told)
                said = since_preview(work.session, case, now.record, saved, self._check)
                said |= {"explained": True} if why else {"after": after} if after else {}
                case.changed_after = case.changed_after or after
                said |= moved(case, CaseState.DRAFT)
                work.record("save", subject(case), told, number=case.number, sha256=record_sha256(record), **said)
            if reason is not None:
                case.change_reason = reason
            if no_identifiers is not None:
                set_statement(work, case, no_identifiers)
            once.keep({"number": case.number})
            work.session.flush()
            return view(work.session, case, version_of(work.session, case), self._check)

    def submit(
        self, who: Actor, case_id: str, expected: int, *, no_identifiers: bool = False, reason: str = ""
    ) -> CaseView:
        """Hand a complete case in for review; see :meth:`submit_many`."""
        return self.submit_many(who, [(case_id, expected)], no_identifiers=no_identifiers, reason=reason)[0]

    def submit_many(
        self, who: Actor, cases: Iterable[tuple[str, int]], *, no_identifiers: bool = False, reason: str = ""
    ) -> list[CaseView]:
        """Hand in several cases (id, version that was looked at): all of them, or none.

        Parameters
        ----------
        no_identifiers
            The owner states :data:`~.handing_in.STATEMENT` of each; cases of which it is stated already (in
            the form, or of the file that they came from) need no more.
        reason
            Why they were changed, for those that were after they had been accepted or rejected or previewed.

        Raises
        ------
        InputError
            One is not complete, a check found what was neither mended nor answered with a reason, or the
            statement or the reason is missing.
        """
        who.must_have(Role.CLINICIAN)
        reason = clean_text(reason, "reason", most=MOST_WORDS, may_be_blank=True)
        with self._store.write(who) as work:
            views, problems = [], []
            for case_id, expected in cases:
                case = own_case(work.session, who, case_id)
                now = view(work.session, case, version_of(work.session, case), self._check)
                must_be_current(case, expected, now)
                if case.state != CaseState.DRAFT:
                    raise Conflict(f"the case is {case.state.replace('_', ' ')} already", now)
                found = [*blocking(now), *missing(case, stated=no_identifiers, reason=reason)]
                problems += found
                if not found:
                    if no_identifiers:
                        set_statement(work, case, True)
                    hand_in(work, case, reason)
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
            case.change_reason = reason[:MOST_WORDS]
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

    def changes(self, who: Actor, case_id: str, spans: Sequence[tuple[int, int]]) -> list[str]:
        """What differs between two texts of a case, for each pair of their numbers, in plain words."""
        with self._store.read() as session:
            case = find_case(session, case_id)
            if not may_see_answer(session, who, case):
                raise NotFound("case")
            return [
                described(version_of(session, case, one).record, version_of(session, case, other).record, self._check)
                for one, other in spans
            ]

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
            case.owner, case.changed_at, case.statement = to, work.now, ""
            release(work, case)
            work.record("hand over", subject(case), reason, to=to)
            work.session.flush()
            return summary(work.session, case)

"""Review: a second clinician's blind opinion, then the author's answer, then a decision.

submitted → *first*: a reviewer decides
    accept, agreeing blind                  accepted
    accept or reject, disagreeing blind     → *third*: another clinician's opinion and decision, which holds
    reject, agreeing blind                  rejected; the author may change it and submit it again
    edit                                    → *approval* by the author, or by another reviewer
in approval, an author who rejects the edit sends it to a third; one who edits it once more sends it back to *first*.

So an accepted text always has two people: who wrote it, and who accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import InputError

from ..card import TRIAGE_LEVELS
from .actors import Actor, Role
from .agreement import SetAgreement, agrees
from .case_access import (
    author_of,
    draft_card,
    find_case,
    may_see_answer,
    moved,
    must_be_current,
    name_of,
    opinion_of,
    subject,
    version_of,
    view,
)
from .checking import Checker
from .errors import Conflict, NotFound
from .handing_in import blocking
from .idempotency import Once
from .opinions import agreement_over, conditions_of, knew_an_answer, must_name_nobody, opinions_of
from .queue import must_be_reviewer, why_not
from .records import cleaned, evidence_of, record_sha256
from .shapes import BlindCase, CaseState, DecisionView, ReviewView, Stage, Verdict
from .store import Store, Work
from .tables import CaseRow, CaseVersion, DecisionRow, OpinionRow
from .telling import told_until
from .wording import clean_text
from .writing import add_version, release


class Reviews:
    """What reviewers do with the cases of others."""

    def __init__(self, store: Store, check: Checker) -> None:
        self._store = store
        self._check = check

    def case_for_review(self, who: Actor, case_id: str) -> BlindCase:
        """The evidence of a case, without a word of who expects what; also without its id, which may name it."""
        with self._store.read() as session:
            case = find_case(session, case_id)
            must_be_reviewer(session, who, case, self._store.clock())
            version = version_of(session, case)
            card, _ = draft_card(session, case, version)
            card = card and self._check.in_ids(card)
            return BlindCase(case.id, case.number, Stage(case.stage), evidence_of(version.record, card))

    def give_opinion(
        self,
        who: Actor,
        case_id: str,
        number: int,
        *,
        condition: str,
        triage: str,
        differential: Sequence[str] = (),
        comment: str = "",
        certainty: int | None = None,
        key: str | None = None,
    ) -> ReviewView:
        """The reviewer's own diagnosis and triage, for good; only then is the author's answer shown.

        Parameters
        ----------
        condition
            The network's id, name or synonym; another condition is kept as it is written.
        triage
            ``self_care``, ``routine``, ``urgent`` or ``emergency``.
        certainty
            Per cent, 0 to 100.
        """
        condition, differential = conditions_of(self._check, condition, differential)
        comment = clean_text(comment, "opinion › comment", may_be_blank=True)
        must_name_nobody(self._check, condition, differential, comment)
        if triage not in TRIAGE_LEVELS:
            expected = "one of " + ", ".join(TRIAGE_LEVELS)
            raise InputError.single("E-TRIAGE", "opinion › triage", repr(triage)[:60], expected=expected)
        if certainty is not None and not 0 <= certainty <= 100:
            raise InputError.single("E-CERTAINTY", "opinion › certainty", str(certainty), expected="0 to 100 per cent")
        said = {
            "condition": condition, "triage": triage, "differential": list(differential), "comment": comment,
            "certainty": certainty,
        }  # fmt: skip
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            once = Once(work, key, "opinion", case_id, number, said)
            if once.answer() is None:
                must_be_reviewer(work.session, who, case, work.now)
                must_be_current(case, number, None)
                if case.owner == who.id:
                    raise Conflict("your own answer is on the card already; decide on the edit")
                if opinion_of(work.session, who, case) is not None:
                    raise Conflict("you have given your opinion on this case", next_step="go on to the decision")
                row = OpinionRow(
                    case_id=case.id, number=case.number, card_version=case.card_version, by=who.id, at=work.now,
                    blind=not knew_an_answer(work.session, who, case), **said,
                )  # fmt: skip
                work.session.add(row)
                why = "before the author's answer is shown" if row.blind else "an answer of this case was known before"
                sha256 = record_sha256(said)
                work.record("opinion", subject(case), why, version=case.number, opinion=sha256, blind=row.blind)
                work.session.flush()
                once.keep({"opinion": row.id})
            elif not may_see_answer(work.session, who, case):  # The same request again, a version later.
                raise NotFound("case")
            return self._review(work.session, who, case)

    def review(self, who: Actor, case_id: str) -> ReviewView:
        """The author's answer beside everybody's opinion, for who has given one; for the owner, what came of it."""
        with self._store.read() as session:
            case = find_case(session, case_id)
            if not may_see_answer(session, who, case):
                raise NotFound("case")
            return self._review(session, who, case)

    def decide(
        self,
        who: Actor,
        case_id: str,
        number: int,
        verdict: Verdict | str,
        reason: str = "",
        *,
        record: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> ReviewView:
        """Accept, edit or reject version ``number``.

        Parameters
        ----------
        reason
            May be blank only for an accept after a blind opinion that agreed, or of an edit.
        record
            With ``edit``: the whole new text (see :meth:`cases.desk.drafts.Drafts.save`).

        Raises
        ------
        NotAllowed
            It is one's own text, or one has decided on it before (catalogue 105).
        Conflict
            The case has changed since, is out of review, or one's own opinion is still to be given.
        """
        verdict = Verdict(verdict)
        edited = cleaned(record or {}, f"case {case_id}") if verdict is Verdict.EDIT else {}
        reason = clean_text(reason, "reason", may_be_blank=verdict is Verdict.ACCEPT)
        with self._store.write(who) as work:
            case = find_case(work.session, case_id)
            once = Once(work, key, "decide", case_id, number, verdict, reason, edited)
            if once.answer() is None:
                must_be_reviewer(work.session, who, case, work.now)
                agreed = self._agreed(work.session, who, case)
                must_be_current(case, number, view(work.session, case, version_of(work.session, case), self._check))
                if agreed is False:
                    reason = clean_text(reason, "reason")
                reason = reason or ("one's own opinion was the same" if agreed else "the edit is right")
                self._decided(work, case, verdict, reason, agreed)
                if verdict is Verdict.EDIT:
                    self._edit(work, case, edited, reason)
                else:
                    self._settle(work, case, verdict, agreed, reason)
                work.session.flush()
                once.keep({"number": case.number})
            elif not may_see_answer(work.session, who, case):
                raise NotFound("case")
            return self._review(work.session, who, case)

    def agreement(self, who: Actor) -> SetAgreement:
        """How far authors and blind reviewers agree, over all cases on which a decision was made."""
        who.must_have(Role.REVIEWER, Role.MODEL_AUTHOR, Role.ADMINISTRATOR)
        with self._store.read() as session:
            return agreement_over(session, who, self._check)

    def _agreed(self, session: Session, who: Actor, case: CaseRow) -> bool | None:
        """Whether the decider's own opinion was the expected answer; None for the owner, of whom none is asked."""
        if case.owner == who.id:
            return None
        opinion = opinion_of(session, who, case)
        if opinion is None:
            raise Conflict("give your own diagnosis and triage first", next_step="the author's answer is shown then")
        card, _ = draft_card(session, case, version_of(session, case))
        return card is not None and agrees(opinion.condition, opinion.triage, self._check.in_ids(card))

    def _decided(self, work: Work, case: CaseRow, verdict: Verdict, reason: str, agreed: bool | None) -> None:
        row = DecisionRow(
            case_id=case.id, number=case.number, by=work.who.id, at=work.now, kind=verdict.value, reason=reason,
            agreed=agreed,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        release(work, case)

    def _settle(self, work: Work, case: CaseRow, verdict: Verdict, agreed: bool | None, reason: str) -> None:
        """What becomes of the case after an accept or a reject."""
        is_owner = case.owner == work.who.id
        disputed = agreed is False and case.stage == Stage.FIRST
        edit_refused = is_owner and verdict is Verdict.REJECT
        if verdict is Verdict.ACCEPT:
            problems = blocking(view(work.session, case, version_of(work.session, case), self._check))
            if problems:
                raise InputError(problems)
        if disputed or edit_refused:
            state = moved(case, CaseState.IN_REVIEW, Stage.THIRD)
        elif verdict is Verdict.ACCEPT:
            state = moved(case, CaseState.ACCEPTED)
            case.accepted_number = case.number
        else:
            state = moved(case, CaseState.REJECTED)
        case.changed_at = work.now
        work.record(verdict.value, subject(case), reason, decided=case.number, agreed=agreed, **state)

    def _edit(self, work: Work, case: CaseRow, record: Mapping[str, Any], reason: str) -> None:
        """A new text by the decider, which somebody else has to approve."""
        if self._is_same(work.session, case, record):
            raise InputError.single(
                "E-UNCHANGED", "decision › edit", "the same text", expected="a change, or an accept"
            )
        decided = case.number
        version = add_version(work, case, record, reason)
        work.session.flush()
        problems = blocking(view(work.session, case, version, self._check))
        if problems:
            raise InputError(problems)
        state = moved(case, CaseState.IN_REVIEW, Stage.FIRST if case.owner == work.who.id else Stage.APPROVAL)
        sha256 = record_sha256(dict(record))
        work.record("edit", subject(case), reason, decided=decided, number=case.number, sha256=sha256, **state)

    def _is_same(self, session: Session, case: CaseRow, record: Mapping[str, Any]) -> bool:
        """Whether a text says what the current one says, be it written otherwise: the same card in the same order."""
        now = version_of(session, case)
        old, _ = draft_card(session, case, now)
        new, _ = draft_card(session, case, CaseVersion(record=dict(record), card_version=now.card_version))
        if old is None or new is None:
            return bool(record == now.record)
        return old == new and list(old.findings) == list(new.findings)

    def _review(self, session: Session, who: Actor, case: CaseRow) -> ReviewView:
        version = version_of(session, case)
        now = view(session, case, version, self._check)
        decided = select(DecisionRow).where(DecisionRow.case_id == case.id).order_by(DecisionRow.id)
        decisions = tuple(
            DecisionView(
                row.by, name_of(session, row.by), row.at, row.number, Verdict(row.kind), row.reason, row.agreed
            )
            for row in session.scalars(decided)
        )
        opinions = opinions_of(session, case, now.card, version)
        mine = any(one.by == who.id and one.number == case.number for one in decisions)
        began = author_of(session, case) == who.id
        reason = why_not(who, name_of(session, who.id), case, version, decided=mine, began=began)
        may_decide = case.state == CaseState.IN_REVIEW and not reason
        until = told_until(session, who, case)
        if until is not None:
            decisions = tuple(one for one in decisions if one.at <= until or one.by == who.id)
            opinions = tuple(one for one in opinions if one.at <= until)
        return ReviewView(now, opinions, decisions, may_decide)

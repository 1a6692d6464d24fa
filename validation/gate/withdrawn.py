"""What a change takes out of the case set: cases that are gone, and cases that ask for less than they did.

Both models play the *candidate's* cases.  A change that breaks a case and edits or removes it at once would
take its own failure out of sight, so the cases are played as the base has them too, and a new never-event
there blocks as any other does.  Where cases change and the model does not, nothing can newly happen, and
nothing blocks; but that a case asks for less is always told, since nobody sees it in any figure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cases.card import Card

from ..comparison import CasePair, Change, Diff
from ..comparison.words import NEVER_EVENTS
from .never_events import Waived, blocking_and_waived, in_words
from .rules import Rules, Waiver
from .verdict import GateFinding, Status
from .wording import named, plural

APART = "change the cases in a pull request of their own, where both models are one; or have a reviewer waive it"


@dataclass(frozen=True)
class Withdrawn:
    """The base's cards that the candidate's case set has no longer, or not in that form."""

    cards: tuple[Card, ...]
    played: Diff | None = None
    """By both models; None where both are one."""


def withdrawn_findings(
    withdrawn: Withdrawn, now: Mapping[str, Card], rules: Rules, today: date
) -> tuple[list[GateFinding], list[Waived]]:
    """What there is to say of them, and what of it is waived.

    Parameters
    ----------
    now : the candidate's cases
    """
    findings: list[GateFinding] = []
    gone = [card for card in withdrawn.cards if card.id not in now]
    if gone:
        ids = tuple(card.id for card in gone)
        are = "is" if len(gone) == 1 else "are"
        words = f"{plural(len(gone), 'case')} of the base {are} no longer played: {named(ids)}."
        next_step = "whoever reviews this has to agree that they are not needed"
        findings.append(GateFinding("G0", Status.FLAG, "cases taken out", words, next_step, ids))
    less = {
        card.id: told for card in withdrawn.cards if card.id in now and (told := list(asks_less(card, now[card.id])))
    }
    if less:
        words = f"{plural(len(less), 'case')} of the base {'asks' if len(less) == 1 else 'ask'} less of a model now."
        next_step = "whoever reviews this has to agree: no figure shows it"
        details = tuple(f"{case_id}: {'; '.join(told)}" for case_id, told in less.items())
        findings.append(GateFinding("G0", Status.FLAG, "cases made easier", words, next_step, tuple(less), details))
    if withdrawn.played is None:
        return findings, []
    removed = rules.integrity.removed_conditions  # on purpose: that their cases are lost is agreed on
    expected = {pair.case_id for pair in withdrawn.played.pairs if pair.card.expected.condition not in removed}
    blocked, waived = _never_events(withdrawn.played, expected, rules.waivers, today)
    return [*findings, *_unplayed(withdrawn.played), *_broken(withdrawn.played, expected), *blocked], waived


def asks_less(before: Card, now: Card) -> Iterator[str]:
    """In which ways a case became easier to get right, or safe; in words."""
    was, is_now = before.expected, now.expected
    if was.condition != is_now.condition:
        yield f"expects {is_now.condition}, before {was.condition}"
    more = [name for name in is_now.acceptable if name not in was.acceptable and name != was.condition]
    if more:
        yield f"accepts {', '.join(more)} too"
    dropped = [name for name in was.must_not_miss if name not in is_now.must_not_miss]
    if dropped:
        yield f"{', '.join(dropped)} may be missed"
    deadlines = {ask.finding: ask.by for ask in is_now.must_ask}
    unasked = [ask.finding for ask in was.must_ask if ask.finding not in deadlines]
    if unasked:
        yield f"{', '.join(unasked)} need not be asked"
    for ask in was.must_ask:
        by = deadlines.get(ask.finding)
        if ask.by is not None and ask.finding in deadlines and (by is None or by > ask.by):
            when = "at any time" if by is None else f"until question {by}"
            yield f"{ask.finding} may be asked {when}, before until question {ask.by}"
    least = [None if levels is None else levels[0] for levels in (was.triage_range, is_now.triage_range)]
    if least[0] is not None and (least[1] is None or least[1] < least[0]):
        now_least = "any advice" if least[1] is None else f"advice of {least[1].label}"
        yield f"{now_least} is urgent enough, before {least[0].label}"


def _never_events(
    played: Diff, among: Collection[str], waivers: Sequence[Waiver], today: date
) -> tuple[list[GateFinding], list[Waived]]:
    details: list[str] = []
    cases: list[str] = []
    accepted: list[Waived] = []
    for event in NEVER_EVENTS:
        blocking, waived = blocking_and_waived(played, waivers, event, today)
        accepted += waived
        blocking = [pair for pair in blocking if pair.case_id in among]
        details += [in_words(played, pair, event) for pair in blocking]
        cases += [pair.case_id for pair in blocking]
    if not cases:
        return [], accepted
    n = len(dict.fromkeys(cases))
    words = (
        f"{plural(n, 'case')} that this change edits or takes out newly {'has' if n == 1 else 'have'} a never-event "
        "when played as the base has it."
    )
    title = "never-event in a case edited or taken out"
    return [GateFinding("G1", Status.FAIL, title, words, APART, tuple(cases), tuple(details))], accepted


def _broken(played: Diff, among: Collection[str]) -> Iterator[GateFinding]:
    """What broke out of sight: no test counts it, so a person has to."""
    broken = [pair.case_id for pair in played.comparable if pair.change is Change.BROKEN]
    ids = tuple(case_id for case_id in broken if case_id in among)
    if ids:
        them = "it" if len(ids) == 1 else "them"
        words = (
            f"{plural(len(ids), 'case')} that this change edits or takes out would have broken as the base has "
            f"{them}: {named(ids)}. No figure below counts that."
        )
        yield GateFinding("G0", Status.FLAG, "broken, and edited or taken out", words, APART, ids)


def _unplayed(played: Diff) -> Iterator[GateFinding]:
    """Cases that one of the models could not be asked about."""
    if not (played.base.is_complete and played.candidate.is_complete):
        words = "The cases that this change edits or takes out were not all played as the base has them."
        yield GateFinding("G0", Status.INCOMPLETE, "cases as they were", words, "the same command again resumes it")
    unplayed: list[CasePair] = [pair for pair in played.pairs if not pair.is_comparable]
    if unplayed:
        ids = tuple(pair.case_id for pair in unplayed)
        words = f"{plural(len(ids), 'case')} cannot be played as the base has it by both models: {named(ids)}."
        yield GateFinding("G0", Status.FLAG, "cases that only one model knows", words, cases=ids)

"""Which case of one run is which of the other: by content, so that a changed case is never taken for
a changed model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cases.card import Card

from ..results import Row
from .changes import change_of, events_of
from .words import Change, Event


@dataclass(frozen=True, slots=True)
class CasePair:
    """One case in two runs."""

    case_id: str
    """The candidate's; the base's where the candidate has none."""
    base_id: str | None
    """Another one where the case was renamed, None where the base does not have the case."""
    change: Change
    events: tuple[Event, ...]
    """What became of its safety, never-events first; empty where it is not comparable."""
    base: Row | None
    """Results (:attr:`validation.results.Run.rows`), without the course of the interview."""
    candidate: Row | None
    card: Card
    """The candidate's; the base's where the candidate has none."""

    @property
    def is_comparable(self) -> bool:
        return self.change.is_comparable

    @property
    def is_renamed(self) -> bool:
        """Whether the same case has another id in the base."""
        return self.base_id is not None and self.base_id != self.case_id

    @property
    def is_changed(self) -> bool:
        """Whether a person should look: its outcome or its safety is another."""
        return self.is_comparable and (self.change is not Change.SAME or bool(self.events))

    @property
    def never_events(self) -> tuple[Event, ...]:
        """The new ones that block by themselves."""
        return tuple(event for event in self.events if event.is_never_event)


def paired(
    base: Mapping[str, Row], candidate: Mapping[str, Row], base_cards: Mapping[str, Card], cards: Mapping[str, Card]
) -> Iterator[CasePair]:
    """All pairs of two runs, in the order of the candidate's ids, then what only the base has.

    A case's partner is the one of equal content: under its own id first, else, for what was renamed,
    under another.  What then has no partner is an edit where its id had another content, and new where
    its id is new.  Between cases of equal content the ids' order decides, so that the pairing depends
    on nothing but the two case sets.

    Parameters
    ----------
    base, candidate : case id to results; a case without a result (an incomplete run) is missing
    base_cards, cards : case id to card: all cases of each run, played or not
    """
    partner = _partners(base_cards, cards)
    taken = set(partner.values())
    for case_id, card in sorted(cards.items()):
        base_id = partner.get(case_id)
        other = candidate.get(case_id)
        if base_id is not None:
            one = base.get(base_id)
            if one is None or other is None:
                yield CasePair(case_id, base_id, Change.NOT_PLAYED, (), one, other, card)
            else:
                yield CasePair(case_id, base_id, change_of(one, other), events_of(one, other), one, other, card)
        elif case_id in base_cards and case_id not in taken:
            taken.add(case_id)
            yield CasePair(case_id, case_id, Change.EDITED, (), base.get(case_id), other, card)
        else:
            yield CasePair(case_id, None, Change.NEW, (), None, other, card)
    for case_id, card in sorted(base_cards.items()):
        if case_id not in taken:
            yield CasePair(case_id, case_id, Change.REMOVED, (), base.get(case_id), None, card)


def _partners(base_cards: Mapping[str, Card], cards: Mapping[str, Card]) -> dict[str, str]:
    """Candidate's id to base's id, of cases of equal content: a bijection, as large as can be."""
    base_hash = {case_id: card.content_hash for case_id, card in base_cards.items()}
    hashes = {case_id: card.content_hash for case_id, card in cards.items()}
    partner = {case_id: case_id for case_id, digest in sorted(hashes.items()) if base_hash.get(case_id) == digest}
    left: dict[str, list[str]] = {}
    for base_id, digest in sorted(base_hash.items(), reverse=True):
        if base_id not in partner:
            left.setdefault(digest, []).append(base_id)
    for case_id, digest in sorted(hashes.items()):
        if case_id not in partner and left.get(digest):
            partner[case_id] = left[digest].pop()
    return partner

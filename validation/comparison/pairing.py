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

    A case keeps its partner when its content is equal: under its own id first, then, for what was
    renamed, under any id that has no partner yet.

    Parameters
    ----------
    base, candidate : case id to results; a case without a result (an incomplete run) is missing
    base_cards, cards : case id to card: all cases of each run, played or not
    """
    renamed = _renamed(base_cards, cards)
    for case_id, card in sorted(cards.items()):
        base_id = case_id if case_id in base_cards else renamed.get(case_id)
        if base_id is None:
            yield CasePair(case_id, None, Change.NEW, (), None, candidate.get(case_id), card)
            continue
        one, other = base.get(base_id), candidate.get(case_id)
        if base_cards[base_id].content_hash != card.content_hash:
            yield CasePair(case_id, base_id, Change.EDITED, (), one, other, card)
        elif one is None or other is None:
            yield CasePair(case_id, base_id, Change.NOT_PLAYED, (), one, other, card)
        else:
            yield CasePair(case_id, base_id, change_of(one, other), events_of(one, other), one, other, card)
    taken = {*renamed.values(), *cards}
    for case_id, card in sorted(base_cards.items()):
        if case_id not in taken:
            yield CasePair(case_id, case_id, Change.REMOVED, (), base.get(case_id), None, card)


def _renamed(base_cards: Mapping[str, Card], cards: Mapping[str, Card]) -> dict[str, str]:
    """New id to old id, of the cases that only changed their id."""
    orphans: dict[str, list[str]] = {}
    for case_id, card in sorted(base_cards.items(), reverse=True):
        if case_id not in cards:
            orphans.setdefault(card.content_hash, []).append(case_id)
    found = {}
    for case_id, card in sorted(cards.items()):
        if case_id not in base_cards and orphans.get(card.content_hash):
            found[case_id] = orphans[card.content_hash].pop()
    return found

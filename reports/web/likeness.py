"""Cases that are the same as one, nearly the same, or contradict it: to be looked at side by side (81 to 83)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cases.card import Card
from cases.case_set import CaseSet
from cases.checks.alike import conflicts
from cases.desk import Actor, Desk
from cases.likeness import Pair, near_duplicates
from model.network.network import Network


class Kind(StrEnum):
    """How two cases are alike, in the order in which they are shown."""

    DUPLICATE = "duplicate"
    """They replay and score the same."""
    CONFLICT = "conflict"
    """The same findings, another expected condition: a clinician decides."""
    NEAR_DUPLICATE = "near_duplicate"
    """The same expected condition, and nearly the same findings or words."""


@dataclass(frozen=True, slots=True)
class Like:
    """Another case, and how it is like the one that was asked about."""

    kind: Kind
    case_id: str
    """Of the card."""
    jaccard: float | None
    """Of the (finding, state) pairs; None where it was not reckoned."""
    text: float | None
    """Per cent of likeness of the complaints."""
    only_here: tuple[str, ...]
    """Findings that only the case has that was asked about; ids, in its order."""
    only_there: tuple[str, ...]
    otherwise: tuple[str, ...]
    """Findings that both have, in other states."""
    other: Card


def alike(card: Card, others: Iterable[Card], network: Network) -> list[Like]:
    """All that are like ``card``: duplicates, conflicts, then near duplicates, the most alike first.

    Parameters
    ----------
    others
        In the network's ids; a case of the same id is another version of ``card``, and left out.
    """
    relevant = [other for other in others if other.id != card.id and _may_be_alike(card, other)]
    cards = [*relevant, card]
    found: dict[int, Like] = {}
    for row, other in enumerate(relevant):
        if other.content_hash == card.content_hash:
            found[row] = _like(Kind.DUPLICATE, card, other)
    # Each beside the card alone: a conflict names only the first case of those that contradict it.
    for row, other in enumerate(relevant):
        if row not in found and conflicts(CaseSet((other, card)), network):
            found[row] = _like(Kind.CONFLICT, card, other)
    for pair in near_duplicates(cards):
        if pair.second == len(relevant) and pair.first not in found:
            found[pair.first] = _like(Kind.NEAR_DUPLICATE, card, relevant[pair.first], pair)
    order = list(Kind)
    return sorted(found.values(), key=lambda like: (order.index(like.kind), -(like.jaccard or 0.0), like.case_id))


def _may_be_alike(card: Card, other: Card) -> bool:
    """Only these can be: the rest is not compared."""
    return other.expected.condition == card.expected.condition or other.findings.keys() == card.findings.keys()


def _like(kind: Kind, card: Card, other: Card, pair: Pair | None = None) -> Like:
    mine, theirs = card.findings, other.findings
    return Like(
        kind,
        other.id,
        pair.jaccard if pair else None,
        pair.text if pair else None,
        tuple(name for name in mine if name not in theirs),
        tuple(name for name in theirs if name not in mine),
        tuple(name for name in mine if name in theirs and mine[name].state != theirs[name].state),
        other,
    )


def known_cards(desk: Desk, who: Actor, library: Sequence[Card]) -> list[Card]:
    """The cases that a person may see: the library, what is accepted, and the person's own; each id once."""
    known = {card.id: card for card in library}
    known |= {card.id: card for card in desk.publishing.cards(who)}
    for summary in desk.drafts.mine(who):
        card = desk.drafts.get(who, summary.id).card if summary.state != "withdrawn" else None
        if card is not None:
            known[card.id] = card
    return list(known.values())

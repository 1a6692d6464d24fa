"""An ordered set of cards, and what happened while it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import InputError, Problem

from .card import Card

if TYPE_CHECKING:
    from model.network.network import Network


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A case that was set aside, and why; its text is not kept here."""

    id: str | None
    """The card's id, where one could be read."""
    where: str
    """File and row or key path."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class CaseSet:
    """Cards in a fixed order, the order of every array that is made of them."""

    cards: tuple[Card, ...]
    name: str = ""
    path: Path | None = None
    problems: tuple[Problem, ...] = ()
    """Found while reading: the reasons of every quarantine, and warnings."""
    quarantined: tuple[Quarantined, ...] = ()
    normalisations: tuple[Problem, ...] = ()
    """What was changed while reading (a byte order mark removed, a synonym replaced by its id)."""
    places: tuple[str, ...] = field(default=(), repr=False)
    """Where each card was read from, in the order of ``cards``; empty where unknown."""

    def __len__(self) -> int:
        return len(self.cards)

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __getitem__(self, case_id: str) -> Card:
        return self.cards[self.index[case_id]]

    @cached_property
    def index(self) -> dict[str, int]:
        """Card id to its position."""
        return {card.id: position for position, card in enumerate(self.cards)}

    @cached_property
    def content_hashes(self) -> tuple[str, ...]:
        """One a card, in order."""
        return tuple(card.content_hash for card in self.cards)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the sorted content hashes: the same whatever the order, the files and
        the ids of the cards."""
        return hashlib.sha256("\n".join(sorted(self.content_hashes)).encode("ascii")).hexdigest()

    @property
    def n_read(self) -> int:
        """Cases found in the input: accepted and set aside."""
        return len(self.cards) + len(self.quarantined)

    def place(self, position: int) -> str:
        """Where the card at ``position`` was read from; its id where that is not known."""
        return self.places[position] if self.places else f"case {self.cards[position].id}"

    def take(self, positions: Iterable[int]) -> CaseSet:
        """The cards at these positions, in their order."""
        rows = list(positions)
        return replace(
            self,
            cards=tuple(self.cards[row] for row in rows),
            places=tuple(self.places[row] for row in rows) if self.places else (),
        )

    def select(self, expression: str, network: Network | None = None) -> CaseSet:
        """The cards that match a ``-k`` expression (:mod:`cases.selection`), in order.

        ``network`` lends its conditions' specialties to cards that do not name one.

        Raises
        ------
        InputError
            The expression is not one, or matches no card.
        """
        from .selection import compile_expression

        matches = compile_expression(expression, network)
        rows = [row for row, card in enumerate(self.cards) if matches(card)]
        if not rows:
            raise InputError.single(
                "E-NO-MATCH", f"-k {expression!r}", f"no match among {len(self)} cases", expected="at least one"
            )
        return self.take(rows)

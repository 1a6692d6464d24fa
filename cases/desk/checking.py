"""What a case is checked against before it may be submitted: the words and limits of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from model.errors import Problem, Severity

from ..card import Card
from ..checks.problems import quarantine
from ..checks.report import IsPossible, check_texts, check_words, impossible, overridden, worst
from ..checks.texts import unseen
from ..intake.partial import words_of_record
from ..vocabulary import Lexicon, Vocabulary

if TYPE_CHECKING:
    from model.network.network import Network


LONGEST_WORD = 500
"""Characters; longer ones are no words of a network."""


class Checker:
    """The checks of one card on its own; without a network only those that need none."""

    def __init__(
        self, network: Network | None = None, is_possible: IsPossible | None = None, library: Sequence[Card] = ()
    ) -> None:
        self.network = network
        self.library = tuple(library)
        """Cases that are published already, in the network's ids."""
        self._is_possible = is_possible

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The network's words."""
        assert self.network is not None
        return Vocabulary.from_network(self.network)

    def condition_id(self, text: str) -> str:
        """The network's id of a condition by id, name, synonym or code; a text that is none of them as it is."""
        if self.network is None:
            return text
        return self.vocabulary.conditions.resolve(text).id or text

    def name(self, kind: str, word: Any) -> str:
        """What the network calls a term of ``findings``, ``risk_factors`` or ``conditions``; "" where it has none."""
        if self.network is None or not isinstance(word, str):
            return ""
        lexicon: Lexicon = getattr(self.vocabulary, kind)
        term_id = lexicon.resolve(word).id if len(word) <= LONGEST_WORD else None
        return self._names[kind].get(term_id or "", "")

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        words = self.vocabulary
        lexicons = {"findings": words.findings, "risk_factors": words.risk_factors, "conditions": words.conditions}
        return {kind: {term.id: term.name for term in lexicon.terms} for kind, lexicon in lexicons.items()}

    def in_ids(self, card: Card) -> Card:
        """The card in the network's ids."""
        if self.network is None:
            return card
        return check_words(card, self.network, self.vocabulary, "case")[0]

    @cached_property
    def is_possible(self) -> IsPossible:
        """Whether the network gives cards' evidence a probability above zero; compiled when first asked."""
        from ..checks.possible import possible_under

        assert self.network is not None
        return self._is_possible or possible_under(self.network)

    @cached_property
    def _library_contents(self) -> dict[str, str]:
        return {card.content_hash: card.id for card in self.library}

    def unfinished(self, record: Mapping[str, Any], found: Sequence[Problem], where: str) -> list[Problem]:
        """All that can be said of a record that makes no card yet, for which ``found`` is why it makes none.

        Not of the condition: one that the model lacks is no error before the author has chosen.
        """
        if self.network is None:
            return list(found)
        told = {(one.code, one.where) for one in found}
        condition = f"{where} › expected › condition"
        more = words_of_record(record, where, self.network, self.vocabulary)
        return unseen([*found, *(one for one in more if (one.code, one.where) not in told and one.where != condition)])

    def __call__(self, card: Card, where: str) -> tuple[Card, tuple[Problem, ...]]:
        """The card in the network's ids, and what is wrong with it; answered problems only warn."""
        problems: list[Problem] = []
        if self.network is not None:
            card, problems, _notes = check_words(card, self.network, self.vocabulary, where)
        problems = [*problems, *check_texts(card, self.network, where)]
        twin = self._library_contents.get(card.content_hash)
        if twin is not None and twin != card.id:
            problems.append(duplicate(twin, where))
        problems = [overridden(problem, card) for problem in unseen(problems)]
        understood = self.network is not None and worst(problems) in (None, Severity.WARN)
        if understood and not self.is_possible([card])[0]:
            problems.append(overridden(impossible(where), card))
        return card, tuple(problems)


def duplicate(twin: str, where: str) -> Problem:
    """The problem of a case with the very content of another (81)."""
    return quarantine(
        "E-DUPLICATE", where, f"the same content as case {twin!r}", expected="a case of its own",
        next_step="change it, or withdraw it", catalogue=81,
    )  # fmt: skip

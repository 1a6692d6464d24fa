"""How the terms of a network are spelt where people choose them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from model.network.network import Network

from ..cells import join_cell, neutralise, split_cell
from ..tabular import splits_deadline
from ..vocabulary import Lexicon, Vocabulary


@dataclass(frozen=True)
class Lists:
    """Spellings that a cell can hold and that are read back as the same term."""

    network: Network
    vocabulary: Vocabulary

    @classmethod
    def from_network(cls, network: Network) -> Lists:
        return cls(network, Vocabulary.from_network(network))

    @cached_property
    def by_kind(self) -> Mapping[str, Mapping[str, str]]:
        """``findings``, ``risk_factors``, ``conditions`` to: id to spelling, in the network's order."""
        words = self.vocabulary
        kinds = {"findings": words.findings, "risk_factors": words.risk_factors, "conditions": words.conditions}
        return {
            kind: {term.id: _spelling(term.id, term.name, lexicon) for term in lexicon.terms}
            for kind, lexicon in kinds.items()
        }

    def spelt(self, kind: str, term_id: str) -> str:
        """The spelling of a term; a word that the network does not have is left as it is."""
        return self.by_kind[kind].get(term_id) or join_cell([term_id])

    def word(self, kind: str, term_id: str) -> str:
        """The spelling as a word of its own, without the backslashes that a cell of several words needs."""
        return split_cell(self.spelt(kind, term_id))[0]

    def sorted(self, kind: str) -> list[tuple[str, str]]:
        """(spelling, id) in the order of the alphabet, which is how people look for them."""
        return sorted(
            ((spelling, term_id) for term_id, spelling in self.by_kind[kind].items()),
            key=lambda pair: (pair[0].casefold(), pair[1]),
        )


def _spelling(term_id: str, name: str, lexicon: Lexicon) -> str:
    """The name, where it is understood and needs no backslash; else the id."""
    plain = split_cell(name) == [name] and neutralise(name) == name and not splits_deadline(name)
    return name if plain and lexicon.resolve(name).id == term_id else join_cell([term_id])

"""From the words of a card to the ids of a network; a word that is not understood never vanishes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from model.network.network import Network

N_NEAREST = 3


class _Term(Protocol):
    """What findings, risk factors and conditions have in common."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...
    @property
    def codes(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """What a word was taken for."""

    word: str
    id: str | None
    """None: unknown or ambiguous."""
    how: str
    """``id``, ``name``, ``synonym``, ``code``, ``ambiguous`` or ``unknown``."""
    candidates: tuple[str, ...] = ()
    """Ambiguous: every id that the word means.  Unknown: the nearest three ids, nearest first."""


def normal_form(word: str) -> str:
    """Compatibility-composed, case-folded, with runs of space, underscore and hyphen as one space."""
    return re.sub(r"[\s_\-‐‑–]+", " ", unicodedata.normalize("NFKC", word).casefold()).strip()


class Lexicon:
    """The words for the terms of one kind, in the network's order.

    A word is looked up as an id, then as a name, a synonym and a code (``386661006`` or
    ``snomed_ct:386661006``); the first of these that knows it decides.  Where several terms share
    it there, it is ambiguous.  Fuzzy matching only ever suggests.
    """

    def __init__(self, terms: Iterable[_Term]) -> None:
        self.terms = tuple(terms)
        self._matches: dict[str, Match] = {}
        self._ids = {term.id for term in self.terms}
        self._levels: tuple[tuple[str, dict[str, list[str]]], ...] = tuple(
            (how, {}) for how in ("id", "name", "synonym", "code")
        )
        ids, names, synonyms, codes = (level for _, level in self._levels)
        for term in self.terms:
            _enter(ids, term.id, term.id)
            _enter(names, term.name, term.id)
            for synonym in term.synonyms:
                _enter(synonyms, synonym, term.id)
            for system, code in sorted(term.codes.items()):
                _enter(codes, code, term.id)
                _enter(codes, f"{system}:{code}", term.id)

    def resolve(self, word: str) -> Match:
        """The term that ``word`` means."""
        if word in self._ids:
            return Match(word, word, "id")
        if word not in self._matches:
            self._matches[word] = self._look_up(word)
        return self._matches[word]

    def nearest(self, word: str) -> tuple[str, ...]:
        """The ids of the three terms with the most similar id, name or synonym."""
        from rapidfuzz import fuzz, process

        spellings, owners = self._spellings
        found = process.extract(normal_form(word), spellings, scorer=fuzz.WRatio, limit=5 * N_NEAREST)
        return tuple(dict.fromkeys(owners[position] for _, _, position in found))[:N_NEAREST]

    def _look_up(self, word: str) -> Match:
        key = normal_form(word)
        for how, level in self._levels:
            owners = level.get(key, [])
            if len(owners) == 1:
                return Match(word, owners[0], how)
            if owners:
                return Match(word, None, "ambiguous", tuple(owners))
        return Match(word, None, "unknown", self.nearest(word))

    @cached_property
    def _spellings(self) -> tuple[list[str], list[str]]:
        pairs = [
            (normal_form(spelling), term.id) for term in self.terms for spelling in (term.id, term.name, *term.synonyms)
        ]
        return [spelling for spelling, _ in pairs], [owner for _, owner in pairs]


def _enter(level: dict[str, list[str]], word: str, term_id: str) -> None:
    owners = level.setdefault(normal_form(word), [])
    if term_id not in owners:
        owners.append(term_id)


@dataclass(frozen=True)
class Vocabulary:
    """Every word that a network understands."""

    findings: Lexicon
    risk_factors: Lexicon
    conditions: Lexicon

    @classmethod
    def from_network(cls, network: Network) -> Vocabulary:
        return cls(Lexicon(network.findings), Lexicon(network.risk_factors), Lexicon(network.conditions))

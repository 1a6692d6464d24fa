"""Typeahead over a network's words: names, ids, synonyms and codes, with typing errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from cases.vocabulary import normal_form

if TYPE_CHECKING:
    from model.network.network import Network
    from model.network.vocabulary import Condition, Finding, RiskFactor

Kind = Literal["finding", "risk_factor", "condition"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_QUERY = 100
LEAST_SIMILAR = 68.0
"""Per cent below which a word is no suggestion."""
SHORTEST_SIMILAR = 3
"""Letters from which on a typing error can be told from another word."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One term of the network."""

    kind: Kind
    id: str
    name: str
    matched: str
    """What of it was found: the name, a synonym, a code."""
    how: Literal["exact", "start", "word", "part", "similar"]
    question: str = ""
    states: tuple[str, ...] = ()
    red_flag: bool = False


@dataclass(frozen=True, slots=True)
class _Spelling:
    normal: str
    shown: str
    row: int
    is_code: bool = False


class Search:
    """An index over one network; a search takes a millisecond or two."""

    def __init__(self, network: Network) -> None:
        self._indices = {
            "finding": _Index("finding", network.findings),
            "risk_factor": _Index("risk_factor", network.risk_factors),
            "condition": _Index("condition", network.conditions),
        }

    def __call__(self, query: str, kinds: Iterable[Kind] = KINDS, most: int = 8) -> list[Hit]:
        """The terms that ``query`` may mean: what begins with it first, then what holds it, then what is like it."""
        query = normal_form(query[:LONGEST_QUERY])
        if not query:
            return []
        chosen = [self._indices[kind] for kind in KINDS if kind in set(kinds)]
        ranked = [found for index in chosen for found in index.literal(query)]
        if len(ranked) < most:
            seen = {(hit.kind, hit.id) for _, hit in ranked}
            ranked += [
                (key, hit) for index in chosen for key, hit in index.similar(query) if (hit.kind, hit.id) not in seen
            ]
        return [hit for _, hit in sorted(ranked, key=lambda one: one[0])[:most]]


_Ranked = tuple[tuple[float, ...], Hit]
_HOWS: tuple[Literal["exact", "start", "word", "part"], ...] = ("exact", "start", "word", "part")


class _Index:
    def __init__(self, kind: Kind, terms: Sequence[Finding | RiskFactor | Condition]) -> None:
        self._kind: Kind = kind
        self._terms = terms
        self._spellings = [
            _Spelling(normal_form(shown), shown, row)
            for row, term in enumerate(terms)
            for shown in (term.name, *term.synonyms, term.id)
        ]
        self._spellings += [
            _Spelling(normal_form(code), code, row, is_code=True)
            for row, term in enumerate(terms)
            for _, code in sorted(term.codes.items())
        ]

    def literal(self, query: str) -> list[_Ranked]:
        """Terms with a spelling that holds the query, one hit each, keyed by how and how much else it holds."""
        best: dict[int, _Ranked] = {}
        for spelling in self._spellings:
            place = _place(query, spelling.normal)
            if place is None:
                continue
            key = (float(place), float(len(spelling.normal)), float(KINDS.index(self._kind)), float(spelling.row))
            if spelling.row not in best or key < best[spelling.row][0]:
                best[spelling.row] = (key, self._hit(spelling, _HOWS[place]))
        return list(best.values())

    def similar(self, query: str) -> list[_Ranked]:
        """Terms with a spelling like the query: typing errors, words in another order, or not all typed yet."""
        if len(query) < SHORTEST_SIMILAR or not any(letter.isalpha() for letter in query):
            return []
        best: dict[int, _Ranked] = {}
        for spelling in self._spellings:
            score = 0.0 if spelling.is_code else _likeness(query, spelling.normal)
            if score < LEAST_SIMILAR:
                continue
            key = (float(len(_HOWS)), -score, float(KINDS.index(self._kind)), float(spelling.row))
            if spelling.row not in best or key < best[spelling.row][0]:
                best[spelling.row] = (key, self._hit(spelling, "similar"))
        return list(best.values())

    def _hit(self, spelling: _Spelling, how: Literal["exact", "start", "word", "part", "similar"]) -> Hit:
        term = self._terms[spelling.row]
        return Hit(
            self._kind, term.id, term.name, spelling.shown, how, getattr(term, "question", ""),
            tuple(getattr(term, "states", ())), bool(getattr(term, "red_flag", False)),
        )  # fmt: skip


def _place(query: str, spelling: str) -> int | None:
    """Where in the spelling: all of it, its start, the start of a word, inside a word; None: nowhere."""
    if query == spelling:
        return 0
    if spelling.startswith(query):
        return 1
    if f" {query}" in spelling:
        return 2
    return 3 if len(query) > 2 and query in spelling else None


def _likeness(query: str, spelling: str) -> float:
    """Per cent: of the whole, of its words in any order, of what was typed of it so far."""
    from rapidfuzz import fuzz

    started = fuzz.ratio(query, spelling[: len(query) + 1], score_cutoff=LEAST_SIMILAR)
    words = 0.9 * fuzz.token_set_ratio(query, spelling)
    return max(fuzz.ratio(query, spelling), fuzz.token_sort_ratio(query, spelling), words, 0.95 * started)

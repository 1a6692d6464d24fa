"""Choosing cases: ``-k EXPR`` in the spirit of pytest.

::

    appendicitis                          a word: part of the id, condition or specialty (any case)
    author == "JD" and not holdout-3      a field compared; values may be quoted
    age < 16 or (sex == female and present == vaginal_bleeding)

``and``, ``or``, ``not`` and parentheses as usual; ``==`` and ``!=`` on every field, ``< <= > >=`` on
``age`` (years) and ``version``.  A field with several values equals a value if one of them does.
Nothing is evaluated as code.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from model.errors import InputError
from model.words import nearest

from .card import Card

if TYPE_CHECKING:
    from model.network.network import Network

MOST_PARENTHESES = 50
"""In one expression; each is a level of recursion."""
Predicate = Callable[[Card], bool]
Values = tuple[str | float, ...]

_TOKEN = re.compile(
    r"""\s*(?:(?P<symbol>[()]|[=!<>]=|[<>])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()=!<>"']+))"""
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _known(value: str | float | None) -> Values:
    return () if value is None else (value,)


FIELDS: Mapping[str, Callable[[Card], Values]] = {
    "id": lambda card: (card.id,),
    "version": lambda card: (card.version,),
    "author": lambda card: (card.author,),
    "reviewer": lambda card: _known(card.reviewer),
    "review_state": lambda card: (card.review_state,),
    "source": lambda card: (card.source,),
    "licence": lambda card: (card.licence,),
    "split": lambda card: (card.split,),
    "kind": lambda card: (card.kind,),
    "specialty": lambda card: (card.specialty,),
    "family": lambda card: (card.family,),
    "unlisted": lambda card: (card.unlisted,),
    "age": lambda card: _known(card.patient.age_years),
    "sex": lambda card: _known(card.patient.sex),
    "pregnant": lambda card: () if card.patient.pregnant is None else ("yes" if card.patient.pregnant else "no",),
    "condition": lambda card: (card.expected.condition,),
    "acceptable": lambda card: card.expected.acceptable,
    "must_not_miss": lambda card: card.expected.must_not_miss,
    "triage": lambda card: card.expected.triage or (),
    "initial": lambda card: card.initial_findings,
    "present": lambda card: card.findings_in_state("present"),
    "absent": lambda card: card.findings_in_state("absent"),
    "unsure": lambda card: card.findings_in_state("unsure"),
    "risk_factor": lambda card: tuple(name for name, state in card.risk_factors.items() if state == "present"),
}
"""What an expression can compare; ``specialty`` is filled from the network where the card has none."""


def compile_expression(expression: str, network: Network | None = None) -> Predicate:
    """The predicate that ``expression`` stands for; see the module's docstring for the language."""
    specialties = {} if network is None else {c.id: c.specialty for c in network.conditions}
    return _Parser(expression, specialties).parse()


class _Parser:
    """Recursive descent: or < and < not < comparison, word, parentheses."""

    def __init__(self, expression: str, specialties: Mapping[str, str]) -> None:
        self.expression, self.specialties = expression, specialties
        self.tokens = self._tokens()
        self.position = 0

    def parse(self) -> Predicate:
        if self.tokens.count(("symbol", "(")) > MOST_PARENTHESES:
            raise self._error(f"more than {MOST_PARENTHESES} parentheses")
        predicate = self._either()
        if self.position < len(self.tokens):
            raise self._error(f"{self.tokens[self.position][1]!r} after the end of the expression")
        return predicate

    def _tokens(self) -> list[tuple[str, str]]:
        tokens, end = [], 0
        text = self.expression.rstrip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None:
                raise self._error(f"{text[end:].strip()[:20]!r}")
            kind = str(match.lastgroup)
            tokens.append(("text" if kind in ("double", "single") else kind, match[kind]))
            end = match.end()
        return tokens

    def _error(self, found: str, **details: object) -> InputError:
        details.setdefault("expected", "words, field == value, and, or, not, ( )")
        return InputError.single("E-EXPRESSION", f"-k {self.expression!r}", found, **details)

    def _take(self, kind: str, *values: str) -> str | None:
        if self.position < len(self.tokens):
            token_kind, value = self.tokens[self.position]
            if token_kind == kind and (not values or value in values):
                self.position += 1
                return value
        return None

    def _either(self) -> Predicate:
        terms = [self._both()]
        while self._take("word", "or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else lambda card: any(term(card) for term in terms)

    def _both(self) -> Predicate:
        terms = [self._negated()]
        while self._take("word", "and"):
            terms.append(self._negated())
        return terms[0] if len(terms) == 1 else lambda card: all(term(card) for term in terms)

    def _negated(self) -> Predicate:
        negations = 0
        while self._take("word", "not"):
            negations += 1
        predicate = self._atom()
        return _not(predicate) if negations % 2 else predicate

    def _atom(self) -> Predicate:
        if self._take("symbol", "("):
            inside = self._either()
            if not self._take("symbol", ")"):
                raise self._error("a parenthesis that is not closed")
            return inside
        quoted = self._take("text")
        if quoted is not None:
            return self._word(quoted)
        word = self._take("word")
        if word is None or word in ("and", "or"):
            found = repr(self.tokens[self.position][1]) if self.position < len(self.tokens) else "the end"
            raise self._error(f"{word!r}" if word else found, expected="a word or field == value")
        sign = self._take("symbol", "==", "!=", *_COMPARE)
        return self._word(word) if sign is None else self._comparison(word, sign)

    def _values(self, card: Card, field: str) -> Values:
        if field == "specialty" and not card.specialty:
            return _known(self.specialties.get(card.expected.condition))
        return FIELDS[field](card)

    def _word(self, word: str) -> Predicate:
        part = word.casefold()
        fields = ("id", "condition", "specialty")
        return lambda card: any(part in str(v).casefold() for name in fields for v in self._values(card, name))

    def _comparison(self, field: str, sign: str) -> Predicate:
        if field not in FIELDS:
            near = nearest(field, list(FIELDS))
            raise self._error(f"no field {field!r}", expected="one of " + ", ".join(FIELDS), suggestions=near)
        value = self._take("text")
        if value is None:
            value = self._take("word")
        if value is None:
            raise self._error(f"nothing to compare after {field} {sign}", expected="a value")
        if field in ("age", "version"):
            try:
                number = float(value)
            except ValueError:
                raise self._error(f"{value!r} for {field}", expected="a number") from None
            compare = {**_COMPARE, "==": operator.eq, "!=": operator.ne}[sign]
            return lambda card: any(compare(float(v), number) for v in self._values(card, field))
        if sign in _COMPARE:
            raise self._error(f"{field} {sign}", expected=f"{field} == or {field} !=")
        wanted = sign == "=="
        return lambda card: (value in self._values(card, field)) is wanted


def _not(inside: Predicate) -> Predicate:
    return lambda card: not inside(card)

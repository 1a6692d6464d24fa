"""Every word of a card against the network: 69 to 72 and 78 of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model.errors import Problem

from ..card import Card, CardFinding
from ..vocabulary import Lexicon, Match, Vocabulary
from .problems import quarantine, warn

if TYPE_CHECKING:
    from model.network.network import Network
    from model.network.vocabulary import Finding

ALWAYS_STATES = ("unsure", "not_mentioned")
"""States that a card may give any finding: no evidence where the network has no such state."""


def resolve_words(
    card: Card, network: Network, vocabulary: Vocabulary, where: str
) -> tuple[Card, list[Problem], list[Problem]]:
    """The card in the network's ids, what is wrong with its words, and which were replaced.

    A word that could not be resolved stays as it was written; the problem says so.
    """
    resolver = _Resolver(vocabulary, where)
    findings = resolver.findings(card, network)
    risk_factors = resolver.risk_factors(card)
    expected = resolver.expected(card)
    if not resolver.replaced:
        return card, resolver.problems, []
    resolved = card.model_copy(update={"findings": findings, "risk_factors": risk_factors, "expected": expected})
    return resolved, resolver.problems, resolver.replaced


class _Resolver:
    """Collects problems and replacements while it goes through one card."""

    def __init__(self, vocabulary: Vocabulary, where: str) -> None:
        self.vocabulary, self.where = vocabulary, where
        self.problems: list[Problem] = []
        self.replaced: list[Problem] = []

    def findings(self, card: Card, network: Network) -> dict[str, CardFinding]:
        findings: dict[str, CardFinding] = {}
        for word, said in card.findings.items():
            place = f"{self.where} › findings › {word}"
            finding_id = self._id(self.vocabulary.findings, word, place, "finding")
            column = network.finding_index.get(finding_id, -1)
            if column >= 0:
                self._state(said.state, network.findings[column], place)
            earlier = findings.get(finding_id)
            if earlier is None:
                findings[finding_id] = said
            elif earlier.state != said.state:
                self.problems.append(_contradiction(finding_id, earlier.state, said.state, place))
            else:
                findings[finding_id] = CardFinding(
                    state=said.state,
                    initial=earlier.initial or said.initial,
                    pertinent=earlier.pertinent or said.pertinent,
                )
        return findings

    def risk_factors(self, card: Card) -> dict[str, Any]:
        risk_factors: dict[str, Any] = {}
        for word, state in card.risk_factors.items():
            place = f"{self.where} › risk_factors › {word}"
            risk_id = self._id(self.vocabulary.risk_factors, word, place, "risk factor")
            if risk_factors.setdefault(risk_id, state) != state:
                self.problems.append(_contradiction(risk_id, risk_factors[risk_id], state, place))
        return risk_factors

    def expected(self, card: Card) -> Any:
        old = card.expected
        place = f"{self.where} › expected"
        update: dict[str, Any] = {"condition": self._condition(old.condition, f"{place} › condition")}
        for name in ("acceptable", "must_not_miss", "impossible"):
            words: tuple[str, ...] = getattr(old, name)
            update[name] = tuple(self._condition(word, f"{place} › {name}") for word in words)
        update["must_ask"] = tuple(
            ask.model_copy(
                update={"finding": self._id(self.vocabulary.findings, ask.finding, f"{place} › must_ask", "finding")}
            )
            for ask in old.must_ask
        )
        # A published differential is compared as it was published: unknown conditions stay in it.
        known: Mapping[str, str | None] = {
            word: self.vocabulary.conditions.resolve(word).id for word, _ in old.differential
        }
        update["differential"] = tuple((known[word] or word, p) for word, p in old.differential)
        return old.model_copy(update=update)

    def _id(self, lexicon: Lexicon, word: str, place: str, what: str) -> str:
        """The id for a finding's or risk factor's word; the word itself where there is none."""
        match = lexicon.resolve(word)
        if match.id is not None:
            self._note(word, match.id, match.how, place)
            return match.id
        if match.how == "ambiguous":
            self._ambiguous(word, match, place)
        else:
            self.problems.append(
                quarantine(
                    f"E-UNKNOWN-{what.upper().replace(' ', '-')}",
                    place,
                    f"no {what} {word!r} in the network",
                    f"a {what} of the network",
                    suggestions=match.candidates,
                    catalogue=69,
                )
            )
        return word

    def _ambiguous(self, word: str, match: Match, place: str) -> None:
        found = f"{word!r}, which means " + " or ".join(match.candidates)
        near = match.candidates[:3]
        self.problems.append(
            quarantine("E-AMBIGUOUS", place, found, "one of their ids", suggestions=near, catalogue=70)
        )

    def _condition(self, word: str, place: str) -> str:
        match = self.vocabulary.conditions.resolve(word)
        if match.id is not None:
            self._note(word, match.id, match.how, place)
            return match.id
        if match.how == "ambiguous":
            self._ambiguous(word, match, place)
            return word
        next_step = "the case is kept and counts as a failure" if place.endswith("condition") else ""
        self.problems.append(
            warn(
                "W-CONDITION",
                place,
                f"{word!r}, which the network does not have",
                "a condition of the network",
                suggestions=match.candidates,
                next_step=next_step,
                catalogue=78,
            )
        )
        return word

    def _state(self, state: str, finding: Finding, place: str) -> None:
        if finding.state_index(state) < 0 and state not in ALWAYS_STATES:
            allowed = dict.fromkeys((*finding.states, "unsure"))
            self.problems.append(quarantine("E-STATE", place, repr(state), " or ".join(allowed), catalogue=71))

    def _note(self, word: str, term_id: str, how: str, place: str) -> None:
        if word != term_id:
            self.replaced.append(warn("W-SYNONYM", place, f"{word!r} ({how})", next_step=f"read as {term_id!r}"))


def _contradiction(term_id: str, earlier: str, later: str, place: str) -> Problem:
    return quarantine("E-CONTRADICTION", place, f"{term_id!r} both {earlier} and {later}", "one state", catalogue=72)

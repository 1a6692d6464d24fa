"""All checks of a case set against a network, and what they leave of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from model.errors import InputError, Problem, Severity

from ..card import Card
from ..case_set import CaseSet, Quarantined
from ..readers.load import duplicate_ids
from ..vocabulary import Vocabulary
from .alike import all_alike
from .patient import check_patient
from .problems import quarantine, warn
from .texts import check_identifiers, check_named_diagnosis, unseen
from .words import resolve_words

if TYPE_CHECKING:
    from model.network.network import Network

IsPossible = Callable[[Sequence[Card]], Sequence[bool]]
"""Whether a network gives the full evidence of each card a probability above zero."""

_SETS_ASIDE = (Severity.REJECT, Severity.QUARANTINE, Severity.HOLD)


@dataclass(frozen=True)
class CheckReport:
    """What the checks found."""

    case_set: CaseSet
    """All cases that could be read, in the network's ids."""
    by_case: Mapping[str, tuple[Problem, ...]]
    """Case id to its problems, cases in order; those without any are not in it."""
    of_the_set: tuple[Problem, ...] = ()
    """Problems that belong to no single case, and those found while reading."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem: of the set, then case by case."""
        return (*self.of_the_set, *(problem for problems in self.by_case.values() for problem in problems))

    @cached_property
    def accepted(self) -> CaseSet:
        """The cases without a problem that rejects, quarantines or holds."""
        aside = {case_id for case_id, problems in self.by_case.items() if worst(problems) in _SETS_ASIDE}
        kept = self.case_set.take(row for row, card in enumerate(self.case_set.cards) if card.id not in aside)
        set_aside = tuple(
            Quarantined(card.id, self.case_set.place(row), self.by_case[card.id])
            for row, card in enumerate(self.case_set.cards)
            if card.id in aside
        )
        return replace(kept, quarantined=(*self.case_set.quarantined, *set_aside))

    @property
    def n_read(self) -> int:
        return self.case_set.n_read

    @property
    def counts(self) -> Mapping[Severity, int]:
        """Problems by severity."""
        found = Counter(problem.severity for problem in self.problems)
        return {severity: found[severity] for severity in Severity}

    @property
    def rejected(self) -> bool:
        """Whether the set as a whole must not be used."""
        return self.counts[Severity.REJECT] > 0

    def with_problems(self, problems: Sequence[Problem]) -> CheckReport:
        """The report with further problems of the set as a whole."""
        return replace(self, of_the_set=(*self.of_the_set, *problems))

    def raise_if_rejected(self) -> None:
        """Raise :class:`InputError`, with all problems that are not mere warnings, if the set is refused."""
        if self.rejected:
            raise InputError([problem for problem in self.problems if problem.severity is not Severity.WARN])


def check_cases(
    case_set: CaseSet,
    network: Network | None = None,
    *,
    is_possible: IsPossible | None = None,
    strict: bool = False,
) -> CheckReport:
    """Run every check that a case set, and the network if there is one, allow.

    Parameters
    ----------
    is_possible
        Says which cards' evidence the network can explain at all (catalogue 73); see
        :func:`cases.checks.possible.possible_under`.
    strict
        For reference sets in CI: what would set one case aside rejects the whole set.
    """
    found: dict[str, list[Problem]] = {card.id: [] for card in case_set.cards}
    replaced: list[Problem] = []
    if network is not None:
        vocabulary = Vocabulary.from_network(network)
        cards = []
        for row, card in enumerate(case_set.cards):
            resolved, problems, notes = check_words(card, network, vocabulary, case_set.place(row))
            found[card.id] += problems
            cards.append(resolved)
            replaced += notes
        case_set = replace(case_set, cards=tuple(cards), normalisations=(*case_set.normalisations, *replaced))
    for row, card in enumerate(case_set.cards):
        found[card.id] += check_texts(card, network, case_set.place(row))
    for alike in all_alike(case_set, network):
        found[case_set.cards[alike.row].id].append(alike.problem)
    if is_possible is not None:
        _add_impossible(case_set, is_possible, found)
    places = [case_set.place(row) for row in range(len(case_set))]
    whole = [*duplicate_ids(case_set.cards, places), *_mixed(case_set), *case_set.problems]
    by_case = {
        card.id: tuple(_severity(overridden(problem, card), strict) for problem in unseen(found[card.id]))
        for card in case_set.cards
        if found[card.id]
    }
    return CheckReport(case_set, by_case, tuple(_severity(problem, strict) for problem in whole))


def check_words(
    card: Card, network: Network, vocabulary: Vocabulary, where: str
) -> tuple[Card, list[Problem], list[Problem]]:
    """The card in the network's ids, what is wrong with its words and its patient, and what was replaced."""
    resolved, problems, notes = resolve_words(card, network, vocabulary, where)
    return resolved, [*problems, *check_patient(resolved, network, where)], notes


def check_texts(card: Card, network: Network | None, where: str) -> list[Problem]:
    """What can be seen of a card on its own once its words are ids."""
    return [
        *check_named_diagnosis(card, network, where),
        *check_identifiers(card, where, network),
        *_must_not_miss_unset(card, network, where),
    ]


def _mixed(case_set: CaseSet) -> list[Problem]:
    """Cases that a model made up stand among cases that somebody wrote or saw."""
    simulated = sum(card.kind == "simulated" for card in case_set.cards)
    if simulated in (0, len(case_set)):
        return []
    found = f"{simulated} simulated cases among {len(case_set) - simulated} others"
    return [
        Problem("E-MIXED-KINDS", case_set.name, found, "one or the other", next_step="keep them in sets of their own")
    ]


def _must_not_miss_unset(card: Card, network: Network | None, where: str) -> list[Problem]:
    """A doctor's case of a dangerous condition that does not say what must not be missed (88)."""
    if card.expected.must_not_miss or card.kind != "doctor":
        return []
    if network is not None:
        row = network.condition_index.get(card.expected.condition, -1)
        if row < 0 or not network.conditions[row].must_not_miss:
            return []
    place, expected = f"{where} › expected › must_not_miss", "what must not be missed here"
    return [warn("W-MUST-NOT-MISS", place, "nothing", expected, suggestions=(card.expected.condition,), catalogue=88)]


def _add_impossible(case_set: CaseSet, is_possible: IsPossible, found: dict[str, list[Problem]]) -> None:
    """Evidence of probability zero (73), only looked for in cases whose words are all understood."""
    rows = [row for row, card in enumerate(case_set.cards) if worst(found[card.id]) in (None, Severity.WARN)]
    if not rows:
        return
    for row, possible in zip(rows, is_possible([case_set.cards[row] for row in rows]), strict=True):
        if not possible:
            found[case_set.cards[row].id].append(impossible(case_set.place(row)))


def impossible(where: str) -> Problem:
    """The problem of a case whose evidence has probability zero (73)."""
    return quarantine(
        "E-IMPOSSIBLE",
        f"{where} › findings",
        "evidence of probability zero",
        "findings that the network can explain together",
        next_step="correct the case, or the zeros of the network",
        catalogue=73,
    )


def overridden(problem: Problem, card: Card) -> Problem:
    """A problem that the author answered with a reason only warns."""
    if problem.code not in card.overrides or problem.severity not in (Severity.QUARANTINE, Severity.HOLD):
        return problem
    return replace(problem, severity=Severity.WARN, next_step="overridden by the author, with a reason")


def _severity(problem: Problem, strict: bool) -> Problem:
    if strict and problem.severity in (Severity.QUARANTINE, Severity.HOLD):
        return replace(problem, severity=Severity.REJECT)
    return problem


def worst(problems: Sequence[Problem]) -> Severity | None:
    return min((problem.severity for problem in problems), key=list(Severity).index, default=None)

"""Cases as a run takes them: in the network's words, and nothing dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cases.card import Card
from cases.case_set import CaseSet
from cases.checks.words import resolve_words
from cases.readers import load_cases
from cases.vocabulary import Vocabulary
from model.errors import InputError, Problem, Severity
from model.network.network import Network

from .store.inputs import at_hand, name_of


def read_cases(place: str | Path, encoding: str | None = None) -> CaseSet:
    """The cases of a directory or file, here or at an address.

    Raises
    ------
    InputError
        They cannot be read, or nothing is there.
    """
    with at_hand(place) as path:
        cases = load_cases(path, encoding)
    return cases if path == Path(place) else replace(cases, path=Path(name_of(place)))


def prepare_cases(
    cases: str | Path | CaseSet | Sequence[Card],
    network: Network,
    *,
    ignore_unknown_words: bool = False,
    accept_rest: bool = False,
) -> CaseSet:
    """The cases with synonyms and codes replaced by the network's ids.

    Parameters
    ----------
    ignore_unknown_words : a finding or risk factor that the network does not know gives no evidence
        (and is counted in the run's manifest) instead of being refused
    accept_rest : run the cases that could be read where others were set aside

    Raises
    ------
    InputError
        With every problem that is not accepted.
    """
    if isinstance(cases, str | Path):
        cases = read_cases(cases)
    elif not isinstance(cases, CaseSet):
        cases = CaseSet(tuple(cases))
    aside = [] if accept_rest else [problem for entry in cases.quarantined for problem in entry.problems]
    advice = f"correct the case, or run the other {len(cases)} with --accept-rest"
    problems = [replace(problem, next_step=problem.next_step or advice) for problem in aside]
    cases, unresolved = in_the_words_of(network, cases)
    if not ignore_unknown_words:
        advice = "correct the word, or let it count as no evidence with --ignore-unknown-words"
        problems += [replace(problem, next_step=problem.next_step or advice) for problem in unresolved]
    problems += _twice(cases)
    if not len(cases) and not problems:
        problems.append(Problem("E-NO-CASES", cases.name or "cases", "no case", "at least one", catalogue=68))
    if problems:
        raise InputError(problems)
    return cases


def in_the_words_of(network: Network, cases: CaseSet) -> tuple[CaseSet, list[Problem]]:
    """The cases in the network's ids, and a problem for each word that has no id there.

    An expected condition that the network does not have is no problem: the case is played, and wrong.
    """
    vocabulary = Vocabulary.from_network(network)
    cards, problems, replaced = [], [], list(cases.normalisations)
    for row, card in enumerate(cases.cards):
        resolved, found, notes = resolve_words(card, network, vocabulary, cases.place(row))
        cards.append(resolved)
        problems += [problem for problem in found if problem.severity is not Severity.WARN]
        replaced += notes
    return replace(cases, cards=tuple(cards), normalisations=tuple(replaced)), problems


def _twice(cases: CaseSet) -> list[Problem]:
    seen = Counter(card.id for card in cases)
    return [
        Problem("E-ID-TWICE", cases.name or "cases", f"{name!r} {n} times", "one case an id", catalogue=80)
        for name, n in seen.items()
        if n > 1
    ]

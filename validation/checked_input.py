"""What a run asks of doctors' cases before it plays them: lines 72 to 76, 80, 81 and 86 of the catalogue.

These are the checks of ``clinval cases check`` that cost next to nothing and whose failure would make
a figure wrong or a patient known; the others are advice to the author.  Corpora, whose records repeat
and contradict each other rightly, are played as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cases.case_set import CaseSet, Quarantined
from cases.checks import CheckReport, check_cases
from cases.checks.possible import possible_under
from model.errors import InputError, Problem, Severity
from model.network.network import Network

from .case_input import prepare_cases

CHECKED = (72, 73, 74, 75, 76, 80, 81, 86)
"""Lines of the bad-input catalogue."""
ADVICE = "correct the case, or run the others with --accept-rest"


def check_input(
    cases: CaseSet, network: Network, *, ignore_unknown_words: bool = False, accept_rest: bool = False
) -> tuple[CaseSet, list[Problem]]:
    """The cases that may be played, as they were read, and the warnings about them.

    Parameters
    ----------
    ignore_unknown_words : see :func:`validation.case_input.prepare_cases`
    accept_rest : set aside (``CaseSet.quarantined``) what is quarantined or held, instead of refusing

    Raises
    ------
    InputError
        With every problem that is not accepted, those of the words included.
    """
    doctors = cases.take(row for row, card in enumerate(cases.cards) if card.kind == "doctor")
    if not len(doctors):
        return cases, []
    report = check_cases(replace(doctors, quarantined=(), problems=()), network, is_possible=possible_under(network))
    found = {name: tuple(p for p in problems if p.catalogue in CHECKED) for name, problems in report.by_case.items()}
    warnings = [problem for problems in found.values() for problem in problems if problem.severity is Severity.WARN]
    aside = {name: kept for name, problems in found.items() if (kept := _not_warnings(problems))}
    refused = _of_the_set(report)
    if accept_rest:
        cases = _without(cases, aside)
    else:
        refused += [replace(p, next_step=p.next_step or ADVICE) for problems in aside.values() for p in problems]
    try:
        prepare_cases(cases, network, ignore_unknown_words=ignore_unknown_words, accept_rest=accept_rest)
    except InputError as error:
        known = {(problem.code, problem.where) for problem in error.problems}
        raise InputError([*error.problems, *(p for p in refused if (p.code, p.where) not in known)]) from None
    if refused:
        raise InputError(refused)
    return cases, warnings


def _not_warnings(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.severity is not Severity.WARN)


def _of_the_set(report: CheckReport) -> list[Problem]:
    return [p for p in report.of_the_set if p.catalogue in CHECKED and p.severity is not Severity.WARN]


def _without(cases: CaseSet, aside: Mapping[str, tuple[Problem, ...]]) -> CaseSet:
    """The set with these of its cases set aside."""
    rows = [row for row, card in enumerate(cases.cards) if card.id in aside]
    left_out = tuple(Quarantined(cases.cards[row].id, cases.place(row), aside[cases.cards[row].id]) for row in rows)
    kept = cases.take(row for row, card in enumerate(cases.cards) if card.id not in aside)
    return replace(kept, quarantined=(*cases.quarantined, *left_out))

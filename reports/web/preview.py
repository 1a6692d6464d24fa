"""A case as the model would interview its patient: every question, where the answer comes from, what it did.

Pure: a card and a checker in, plain values out; nothing is stored.  That the model fails is no error of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cases.card import Card
from model.network.vocabulary import Triage
from reports.data.case_shapes import Interview
from reports.data.from_cases import interview as interview_of
from validation.columns import IMPOSSIBLE, table_of
from validation.explanation import Contribution, explain, in_words
from validation.replay import ReplayOptions, replay
from validation.results import Row
from validation.score import loss_of_cases, never_events
from validation.vocabulary import Vocabulary

from .services import Checker

MOST_CONTRIBUTIONS = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the answer to a question came from."""

    finding: str
    name: str
    question: str
    said: str | None
    """What the patient answered; None: could not say."""
    is_listed: bool
    """False: the case does not say; ``said`` is what its ``unlisted`` means."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the model made of one case."""

    interview: Interview
    answers: tuple[Answer, ...]
    """One a question, in the order of ``interview.transcript``."""
    condition_names: dict[str, str]
    """Id to name of every condition that is mentioned."""
    triage: str
    """``right``, ``too urgent``, ``not urgent enough``, ``no advice``, or ``not asked`` where the case has no range."""
    unlisted: str
    not_in_network: tuple[str, ...]
    """What the case lists and the model does not know."""
    why: tuple[str, ...]
    """In sentences."""
    known: tuple[Contribution, ...]
    """What was known, and what it said between the expected and the leading condition: the strongest first."""
    not_asked: tuple[Contribution, ...]
    """What the case could have answered and was not asked."""


def preview(checker: Checker, card: Card) -> Preview:
    """Play one case; a few milliseconds to some hundred, depending on the network."""
    network, options = checker.network, ReplayOptions()
    played = replay(checker.interview, [card], options)
    row = _row(table_of(played, [card], network, options))
    vocabulary = Vocabulary.of(network)
    explanation = explain(row, card, network, options, checker.interview.engine)
    interview = interview_of(row)
    answers = tuple(_answer(question.finding, question.answer, card, vocabulary) for question in interview.transcript)
    return Preview(
        interview=interview,
        answers=answers,
        condition_names=_names(row, interview, vocabulary),
        triage=_triage(row),
        unlisted=row["unlisted"],
        not_in_network=tuple(row["not_in_network"]),
        why=tuple(in_words(row, vocabulary, explanation)),
        known=() if row["outcome"] == IMPOSSIBLE else tuple(explanation.known[:MOST_CONTRIBUTIONS]),
        not_asked=tuple(explanation.not_asked[:MOST_CONTRIBUTIONS]),
    )


def _row(table: Any) -> Row:
    row: dict[str, Any] = table.to_pylist()[0]
    columns = {name: np.array([row[name]]) for name in ("rank_right", "full_rank_right", "stop")}
    return {**row, "loss": str(loss_of_cases(columns)[0]), "never_events": never_events(row)}


def _answer(finding: str, said: str | None, card: Card, vocabulary: Vocabulary) -> Answer:
    known = vocabulary.finding_by_id[finding]
    return Answer(finding, known.name, known.question or known.name, said, finding in card.findings)


def _names(row: Row, interview: Interview, vocabulary: Vocabulary) -> dict[str, str]:
    mentioned = {row["expected"], *row["acceptable"], *row["must_not_miss"]}
    places = [interview.differential, interview.initial_leading, interview.full_leading]
    places += [question.leading for question in interview.transcript]
    mentioned |= {place.condition for one in places for place in one}
    return {name: vocabulary.condition_names.get(name, name) for name in sorted(mentioned)}


def _triage(row: Row) -> str:
    if row["triage_least"] < 0:
        return "not asked"
    if row["triage_advice"] < 0:
        return "no advice"
    advice = Triage(row["triage_advice"])
    if advice < row["triage_least"]:
        return "not urgent enough"
    return "too urgent" if advice > row["triage_most"] else "right"

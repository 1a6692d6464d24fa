"""The two questions at which two interviews part, weighed by both models: why each preferred its own.

The interviews are played again up to that point, which needs the models themselves; the figures are
those that each policy computed there, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cases.card import Card
from model.errors import InputError
from model.inference.compile import compile_network
from model.inference.protocol import UNKNOWN, BoolArray, FloatArray, IntArray
from model.interview import Interview, InterviewState

from ..patient import patients
from ..planning import Candidate
from ..replay import ReplayOptions, first_conditions
from ..results import Row
from .divergence import Divergence


@dataclass(frozen=True, slots=True)
class Weight:
    """What one question was worth to one model."""

    finding: str
    gain: float
    """Expected information gain over the conditions, nats."""
    p_present: float
    score: float
    """What the policy compared: gain + present_weight · P(present)."""
    place: int
    """From 1, among all that it could have asked; red flags that were due come first."""
    exact: bool
    """False: an estimate, since the question fell out of the shortlist (see ``Scores``)."""
    red_flag: bool
    """Whether it was due as a red flag, ahead of better questions."""


@dataclass(frozen=True, slots=True)
class View:
    """How one model saw the point at which the interviews part."""

    weights: tuple[Weight | None, ...]
    """One a question, in the order of :attr:`Weighing.findings`; None: this model could not ask it
    (unknown to its network, known already, or not applicable to the patient)."""
    n_askable: int
    """Questions that it could have asked."""
    asked: str | None
    """The finding that it asked for, None where it stopped."""
    leading: str | None
    p_leading: float
    p_expected: float
    """All three before the question."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """Both models' scores for both questions."""

    findings: tuple[str, ...]
    """The base's question, then the candidate's; one only where the other had stopped."""
    base: View
    candidate: View

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def weigh(
    divergence: Divergence,
    card: Card,
    base_row: Row,
    candidate_row: Row,
    base: tuple[Candidate, ReplayOptions],
    candidate: tuple[Candidate, ReplayOptions],
) -> Weighing:
    """Both models' scores for the questions at which their interviews part.

    Parameters
    ----------
    divergence : of the two rows
    base, candidate : the models that were played, and how (:func:`.played.options_of`)

    Raises
    ------
    InputError
        A model is not the one that was played: it asks something else.
    """
    asked = (divergence.base.finding, divergence.candidate.finding)
    findings = tuple(dict.fromkeys(finding for finding in asked if finding is not None))
    views = []
    for (model, options), row, own in ((base, base_row, asked[0]), (candidate, candidate_row, asked[1])):
        views.append(_view(model, options, card, row, divergence.number, own, findings))
    return Weighing(findings, *views)


def _view(
    model: Candidate,
    options: ReplayOptions,
    card: Card,
    row: Row,
    number: int,
    own: str | None,
    findings: Iterable[str],
) -> View:
    """One model at the point before question ``number``."""
    network = model.network
    interview: Interview[Any] = Interview(compile_network(network), model.policy)
    people = patients([card], network, options.unlisted, options.unreliability)
    state = interview.init(people.evidence, people.case_seeds, people.age_years)
    for question in row["transcript"][: number - 1]:
        finding = np.array([network.finding_index.get(question["finding"], UNKNOWN)], np.int32)
        if finding[0] < 0 or not state.askable[0, finding[0]]:
            raise _another_model(model, question["finding"])
        state, _ = interview.step(state, finding, people.answers[0, finding])
    next_finding, _ = interview.ask(state)
    asks = network.findings[next_finding[0]].id if next_finding[0] >= 0 else None
    if asks != own:
        raise _another_model(model, own or "nothing")
    which, p = first_conditions(state.posterior, 1, interview.order(state.posterior))
    expected = network.condition_index.get(card.expected.condition, -1)
    return View(
        _weights(interview, state, [network.finding_index.get(finding, -1) for finding in findings]),
        int(state.askable.sum()),
        asks,
        network.conditions[which[0, 0]].id if which[0, 0] >= 0 else None,
        float(p[0, 0]),
        float(state.posterior[0, expected]) if expected >= 0 else 0.0,
    )


def _weights(interview: Interview[Any], state: InterviewState[Any], columns: list[int]) -> tuple[Weight | None, ...]:
    """The figures of some findings (−1: not in the network), those that the policy compared first."""
    candidates, red_flag = interview.candidates(state)
    among = interview.engine.score(state.engine_state, candidates)
    beyond = interview.engine.score(state.engine_state, state.askable)
    present_weight = interview.policy.questions.present_weight
    gain, p_present, exact = (np.where(candidates[0], a[0], b[0]) for a, b in zip(among, beyond, strict=True))
    score = gain + present_weight * p_present
    place = _places(score, candidates[0], state.askable[0], interview.policy.questions.tie_band)
    return tuple(
        Weight(
            interview.engine.network.findings[column].id,
            float(gain[column]),
            float(p_present[column]),
            float(score[column]),
            int(place[column]),
            bool(exact[column]),
            bool(red_flag[0] and candidates[0, column]),
        )
        if column >= 0 and state.askable[0, column]
        else None
        for column in columns
    )


def _places(score: FloatArray, candidates: BoolArray, askable: BoolArray, tie_band: float) -> IntArray:
    """(F,) the place of each askable finding: the question that is asked first is 1, then the other
    candidates by score, then the rest by score; 0 where it cannot be asked."""
    best = score[candidates].max(initial=-np.inf)
    tied = candidates & (score >= best - tie_band)  # of these the lowest index is asked
    order = np.lexsort((np.where(tied, -best, -score), ~candidates, ~askable))
    place = np.zeros(len(score), np.int32)
    n_askable = int(askable.sum())
    place[order[:n_askable]] = np.arange(1, n_askable + 1)
    return place


def _another_model(model: Candidate, asked: str) -> InputError:
    return InputError.single(
        "E-ANOTHER-MODEL", model.path or model.network.name, f"a model that does not ask for {asked} there",
        expected="the very model that was played", next_step="run the comparison again",
    )  # fmt: skip

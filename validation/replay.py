"""Play a shard of cases in lock-step with the interview; nothing here reads a clock, file or screen.

Each case is played three times: on its initial evidence alone, as an interview, and on its full
evidence.  What happens to a case depends on nothing but the case: not on its row, nor on its shard.
Interviews that have ended leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cases.card import Card
from model.inference.protocol import BoolArray, FloatArray, IntArray
from model.interview import Interview
from model.network.network import Network
from model.triage import TriageRule, advise

from .patient import RELIABLE, Patients, Unreliability, patients
from .target import Targets, targets

N_LEADING = 5
"""Conditions kept after each question."""


class Interrupted(Exception):
    """The deadline passed, or someone asked to stop, in the middle of a shard."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """All that a result depends on beside network, policy, cases and code; part of a run's identity."""

    unlisted: str | None = None
    """What unlisted findings mean in every case; None: what each card says."""
    unreliability: Unreliability = RELIABLE
    triage: TriageRule = field(default_factory=TriageRule)
    n_differential: int = 20
    """Conditions of the final differential that are always kept …"""
    min_probability: float = 0.01
    """… and every further one that is more probable than this."""


DEFAULT_OPTIONS = ReplayOptions()


class Questions(NamedTuple):
    """Every question of every case, in the order of cases, then of questions; Q questions."""

    case: NDArray[np.intp]
    """(Q,) row of the case."""
    finding: IntArray
    answer: NDArray[np.int8]
    """(Q,) state index of the answer, −1: could not say."""
    gain: FloatArray
    p_present: FloatArray
    exact: BoolArray
    red_flag: BoolArray
    leading: IntArray
    """(Q, N_LEADING) the leading conditions after the answer; −1 beyond the network's conditions."""
    p_leading: FloatArray


class Replayed(NamedTuple):
    """What happened to B cases."""

    people: Patients
    targets: Targets
    order: Callable[[FloatArray], FloatArray]
    """The policy's order of a differential (B, C): see ``Interview.order``."""
    initial: FloatArray
    """(B, C) posterior on the initial evidence alone."""
    final: FloatArray
    """(B, C) posterior at the end of the interview; zeros where the evidence became impossible."""
    full: FloatArray
    """(B, C) posterior on the full evidence."""
    stop: NDArray[np.int8]
    """(B,) why the interview ended, a ``StopReason``."""
    n_questions: IntArray
    approximate: BoolArray
    """(B,) whether any posterior of the interview was a flagged approximation."""
    advice: NDArray[np.int8]
    """(B,) triage level advised, −1 none."""
    questions: Questions
    rank_after: list[list[int]]
    """Per case the rank of the expected (or an acceptable) condition after question 0, 1, 2 …"""
    p_after: list[list[float]]
    """Per case P(expected condition) after question 0, 1, 2 …"""


def replay(
    interview: Interview[Any],
    cards: Sequence[Card],
    options: ReplayOptions = DEFAULT_OPTIONS,
    should_stop: Callable[[], bool] = lambda: False,
) -> Replayed:
    """Play ``cards`` with ``interview``.

    Raises
    ------
    Interrupted
        As soon as ``should_stop()`` says so, asked once a question.
    """
    network: Network = interview.engine.network
    people = patients(cards, network, options.unlisted, options.unreliability)
    aims = targets(cards, network)
    n_cases, n_conditions = len(cards), len(network.conditions)
    state = interview.init(people.evidence, people.case_seeds, people.age_years)
    initial = state.posterior
    full = interview.differential(interview.engine.init(people.full))
    final = np.zeros((n_cases, n_conditions))
    stop = np.zeros(n_cases, np.int8)
    n_questions = np.zeros(n_cases, np.int32)
    approximate = interview.engine.approximate(state.engine_state).copy()
    rank_after: list[list[int]] = [[] for _ in cards]
    p_after: list[list[float]] = [[] for _ in cards]
    rows = np.arange(n_cases)
    _follow(interview, initial, rows, aims, rank_after, p_after)
    asked: list[Questions] = []
    while len(rows):
        if should_stop():
            raise Interrupted
        finding, info = interview.ask(state)
        ended = finding < 0
        going = np.flatnonzero(~ended)
        if ended.any():
            final[rows[ended]] = state.posterior[ended]
            stop[rows[ended]] = info.stop[ended]
            n_questions[rows[ended]] = state.n_asked[ended]
            rows, finding = rows[going], finding[going]
            if not len(rows):
                break
            state = interview.take(state, going)
        answer = people.answers[rows, finding]
        state, heard = interview.step(state, finding, answer)
        approximate[rows] |= heard.approximate
        leading, p_leading = first_conditions(heard.posterior, N_LEADING, interview.order(heard.posterior))
        asked.append(
            Questions(
                rows,
                finding,
                answer,
                info.gain[going],
                info.p_present[going],
                info.exact[going],
                info.red_flag[going],
                leading,
                p_leading,
            )
        )
        _follow(interview, heard.posterior, rows, aims, rank_after, p_after)
    advice = advise(final, network.conditions, options.triage)
    return Replayed(
        people, aims, interview.order, initial, final, full, stop, n_questions, approximate, advice,
        _by_case(asked), rank_after, p_after,
    )  # fmt: skip


def first_conditions(posterior: FloatArray, k: int, key: FloatArray | None = None) -> tuple[IntArray, FloatArray]:
    """The first ``k`` conditions of each row and their probabilities, (B, k); equal ones by index.

    Conditions of probability zero, and places beyond the last condition, are −1 with probability 0.

    Parameters
    ----------
    key : (B, C) what the conditions are listed by, 0 where the probability is 0; None: the probability
    """
    rest = (posterior if key is None else key).copy()
    rows = np.arange(len(rest))
    which = np.full((len(rest), k), -1, np.int32)
    p = np.zeros((len(rest), k))
    for place in range(min(k, rest.shape[1])):
        best = rest.argmax(axis=1)  # the first of equals
        p[:, place] = np.where(rest[rows, best] > 0, posterior[rows, best], 0.0)
        which[:, place] = np.where(p[:, place] > 0, best, -1)
        rest[rows, best] = -1.0
    return which, p


def _follow(
    interview: Interview[Any],
    posterior: FloatArray,
    rows: NDArray[np.intp],
    aims: Targets,
    rank_after: list[list[int]],
    p_after: list[list[float]],
) -> None:
    """Note where the expected condition stands now, for the cases ``rows`` of the shard."""
    ranks = aims.take(rows).right_rank(interview.order(posterior)).tolist()
    probabilities = aims.take(rows).p_expected(posterior).tolist()
    for row, rank, probability in zip(rows.tolist(), ranks, probabilities, strict=True):
        rank_after[row].append(rank)
        p_after[row].append(probability)


def _by_case(asked: list[Questions]) -> Questions:
    """The questions of all steps, those of one case together and in order."""
    if not asked:
        none = np.zeros(0)
        return Questions(
            none.astype(np.intp), none.astype(np.int32), none.astype(np.int8), none, none, none.astype(bool),
            none.astype(bool), np.zeros((0, N_LEADING), np.int32), np.zeros((0, N_LEADING)),
        )  # fmt: skip
    joined = [np.concatenate(column) for column in zip(*asked, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Questions(*(column[order] for column in joined))

"""Cross-validation on a corpus: fit on all folds but one, replay that one, pool the figures.

Every case is replayed exactly once, by a network that has not seen it (its fold follows from its id).
The interview goes on to the largest number of questions asked for, and the figures are read off after
each of them: an interview of 10 questions is the beginning of one of 20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cases.card import Card
from cases.folds import fold_of
from model.errors import InputError
from model.inference.compile import compile_network
from model.interview import Interview
from model.network.vocabulary import NOT_MENTIONED
from model.policy.config import Policy, PolicyConfig, StoppingConfig

from .fitting import fit_to_cards
from .metrics import outcome, probability
from .metrics.estimate import NotScored, Score, mean_ratio
from .replay import Replayed, ReplayOptions, replay

BATCH = 1024
"""Cases played in one lock-step batch: bounds the memory, changes no result."""

POLICY = Policy(PolicyConfig(), StoppingConfig())
"""Information gain and nothing else; no threshold, so that every interview has the number of questions
that its figures are quoted for.  (A bonus for probable positives of 0.1 lifts the evidence recall by
eight points or so, and costs one or two of accuracy at ten questions.)"""


@dataclass(frozen=True)
class PooledScores:
    """The figures after a number of questions, over all cases of all folds."""

    questions: int
    mean_asked: float
    """Fewer than ``questions`` where interviews stopped by themselves."""
    top_1: Score
    top_3: Score
    log_score: Score
    calibration_error: float | NotScored
    evidence_recall: Score
    """Share of a case's present findings beyond the volunteered ones that had been asked by then."""

    def to_dict(self) -> dict[str, Any]:
        scores = {name: getattr(self, name).to_dict() for name in ("top_1", "top_3", "log_score", "evidence_recall")}
        error = self.calibration_error
        calibration = error.to_dict() if isinstance(error, NotScored) else error
        return {"questions": self.questions, "mean_asked": self.mean_asked, "calibration_error": calibration, **scores}


@dataclass(frozen=True)
class CrossValidation:
    """Pooled figures under one meaning of unlisted findings."""

    unlisted: str
    """In the patient's answers."""
    fitted_as: str
    """In fitting."""
    n_cases: int
    n_folds: int
    scores: list[PooledScores]


class _Series(NamedTuple):
    """What is read off one case, after question 0, 1, 2 …"""

    rank: list[int]
    p_expected: list[float]
    p_top: list[float]
    present_asked: list[int]
    n_present: int


def crossvalidate(
    cards: Sequence[Card],
    *,
    questions: Sequence[int] = (10, 20),
    unlisted: str | None = None,
    fitted_as: str | None = None,
    n_folds: int = 5,
    policy: Policy = POLICY,
    smoothing: float | None = None,
    temperature: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> CrossValidation:
    """Fit on ``n_folds`` − 1 folds, replay the other, for each fold; pool.

    Parameters
    ----------
    questions : the numbers of questions after which figures are read off
    policy : its ``max_questions`` is not used; with a threshold, interviews may stop before
    unlisted : what the patient means by a finding that the card does not list; None: what cards say
    fitted_as : what unlisted findings count as when the networks are fitted; None: as ``unlisted``,
        or as a state of its own where that is ``unknown`` (what is listed depends on the answer)
    smoothing, temperature : of every fit; what is None is chosen within each training part

    Raises
    ------
    InputError
        A fold is empty: there are too few cases.
    """
    folds = [fold_of(card, n_folds) for card in cards]
    if len(set(folds)) < n_folds:
        raise InputError.single(
            "E-FOLDS", "crossvalidate", f"{len(cards)} cases in {len(set(folds))} folds",
            expected=f"cases in each of {n_folds} folds", next_step="take fewer folds",
        )  # fmt: skip
    meaning = unlisted or cards[0].unlisted
    fitted_as = fitted_as or (NOT_MENTIONED if meaning == "unknown" else meaning)
    series: list[_Series] = []
    policy = replace(policy, stopping=replace(policy.stopping, max_questions=max(questions)))
    for fold in range(n_folds):
        train = [card for card, place in zip(cards, folds, strict=True) if place != fold]
        test = [card for card, place in zip(cards, folds, strict=True) if place == fold]
        network = fit_to_cards(
            train,
            f"fold {fold}",
            unlisted=fitted_as,
            smoothing=smoothing,
            temperature=temperature,
            n_questions=round(float(np.mean(questions))),
        )
        interview = Interview(compile_network(network), policy)
        for start in range(0, len(test), BATCH):
            batch = test[start : start + BATCH]
            series += _series(replay(interview, batch, ReplayOptions(unlisted=unlisted)))
            progress(len(series), len(cards))
    return CrossValidation(meaning, fitted_as, len(cards), n_folds, [_pool(series, q) for q in sorted(set(questions))])


def _series(result: Replayed) -> Iterator[_Series]:
    """The cases of one batch."""
    present = result.people.present & ~result.people.initial
    asked = result.questions
    hit = present[asked.case, asked.finding]
    bounds = np.searchsorted(asked.case, np.arange(len(result.stop) + 1))
    for row, (start, stop) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        yield _Series(
            result.rank_after[row],
            result.p_after[row],
            [float(result.initial[row].max()), *asked.p_leading[start:stop, 0].tolist()],
            [0, *np.cumsum(hit[start:stop]).tolist()],
            int(present[row].sum()),
        )


def _pool(series: Sequence[_Series], q: int) -> PooledScores:
    """The figures after question ``q``; an interview that ended before keeps its last ones."""

    def after(name: str) -> NDArray[Any]:
        return np.array([values[min(q, len(values) - 1)] for values in (getattr(case, name) for case in series)])

    rank, p_expected, p_top = after("rank"), after("p_expected"), after("p_top")
    n_present = np.array([case.n_present for case in series])
    led, some = p_top > 0, n_present > 0
    return PooledScores(
        questions=q,
        mean_asked=float(np.mean([min(q, len(case.rank) - 1) for case in series])),
        top_1=outcome.top_k(rank, 1),
        top_3=outcome.top_k(rank, 3),
        log_score=probability.log_score(p_expected),
        calibration_error=probability.expected_calibration_error(p_top[led], (rank == 1)[led]),
        evidence_recall=mean_ratio(after("present_asked")[some] / n_present[some], "no case has a finding to ask for"),
    )

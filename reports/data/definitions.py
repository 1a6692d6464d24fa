"""The figures of a report: what each is called, which way is better, and what it is of one case.

The formulas over many cases are those of :mod:`validation.metrics`; here each figure is told case by
case, so that two models can be compared in pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.network.vocabulary import Triage
from validation.columns import ANSWERED
from validation.comparison.changes import TOP
from validation.metrics.probability import FLOOR
from validation.results import Row
from validation.score import LOST

UNDETERMINED = float("nan")
"""Of a case that is not scored."""


Of = Callable[[Row], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure as people read it, and how it is told of one case."""

    group: str
    name: str
    label: str
    unit: Literal["share", "nats", "questions", "score"]
    better: Literal["higher", "lower", "neither"]
    of: Of
    """The values of one case: none, one, or (must-ask findings) several."""
    is_count: bool = True
    """Whether each value is 0 or 1, so that a share has a count behind it."""


def _within(column: str, k: int) -> Of:
    return lambda row: (float(1 <= row[column] <= k),)


def _number(column: str) -> Of:
    return lambda row: (float(row[column]),)


def _loss(share: str) -> Of:
    return lambda row: (float(row["loss"] == share),)


def _answered(row: Row) -> Sequence[float]:
    return (float(row["outcome"] == ANSWERED),)


def _must_not_miss(row: Row) -> Sequence[float]:
    return (float(1 <= row["rank_must_not_miss"] <= TOP),) if row["must_not_miss"] else ()


def _if_triaged(test: Callable[[Row], bool]) -> Of:
    """Only cases that name an acceptable range."""
    return lambda row: (float(test(row)),) if row["triage_least"] >= 0 else ()


def _exact(row: Row) -> bool:
    return bool(row["triage_least"] <= row["triage_advice"] <= row["triage_most"])


def _urgent_enough(row: Row) -> bool:
    return bool(row["triage_advice"] >= max(0, row["triage_least"]))


def _under_triaged(row: Row) -> bool:
    given = row["triage_advice"] >= 0 or row["triage_least"] == Triage.EMERGENCY
    return bool(row["triage_advice"] < row["triage_least"] and given)


def _over_triaged(row: Row) -> bool:
    return bool(row["triage_advice"] > row["triage_most"])


def _hazardous(row: Row) -> Sequence[float]:
    return (float(row["triage_advice"] == Triage.SELF_CARE),) if row["triage_least"] == Triage.EMERGENCY else ()


def _log_score(row: Row) -> Sequence[float]:
    return (-float(np.log(max(row["p_expected"], FLOOR))),)


def _present_asked(row: Row) -> Sequence[float]:
    return (row["n_present_asked"] / row["n_present"] if row["n_present"] else UNDETERMINED,)


def _negatives_asked(row: Row) -> Sequence[float]:
    return (row["n_negatives_asked"] / row["n_negatives"] if row["n_negatives"] else UNDETERMINED,)


def _precision(row: Row) -> Sequence[float]:
    """A case that was lost before its first question counts as 0 (:mod:`validation.metrics.questions`)."""
    if not row["n_asked"]:
        return (0.0 if row["outcome"] in LOST else UNDETERMINED,)
    return ((row["n_present_asked"] + row["n_negatives_asked"]) / row["n_asked"],)


def _red_flags(row: Row) -> Sequence[float]:
    """One value a must-ask finding, not a case."""
    return [float(ask["asked_at"] >= 0 and (ask["by"] < 0 or ask["asked_at"] <= ask["by"])) for ask in row["must_ask"]]


_ON_VOLUNTEERED, _ON_FULL = _within("initial_rank_right", 1), _within("full_rank_right", 1)
DEFINITIONS = (
    Definition("outcome", "top_1", "right", "share", "higher", _within("rank_right", 1)),
    Definition("outcome", "top_3", "right one in the first three", "share", "higher", _within("rank_right", 3)),
    Definition("outcome", "top_5", "right one in the first five", "share", "higher", _within("rank_right", 5)),
    Definition("outcome", "strict_top_1", "exactly the expected one leads", "share", "higher", _within("rank", 1)),
    Definition("outcome", "must_not_miss_recall", "must-not-miss in first three", "share", "higher", _must_not_miss),
    Definition("outcome", "coverage", "answered at all", "share", "higher", _answered),
    Definition("triage", "triage_exact", "acceptable level", "share", "higher", _if_triaged(_exact)),
    Definition("triage", "triage_safe", "urgent enough", "share", "higher", _if_triaged(_urgent_enough)),
    Definition("triage", "under_triage", "not urgent enough", "share", "lower", _if_triaged(_under_triaged)),
    Definition("triage", "over_triage", "too urgent", "share", "lower", _if_triaged(_over_triaged)),
    Definition("triage", "hazardous_under_triage", "emergency, told self-care", "share", "lower", _hazardous),
    Definition("probability", "log_score", "log score", "nats", "lower", _log_score, is_count=False),
    Definition("probability", "brier", "Brier score", "score", "lower", _number("brier"), is_count=False),
    Definition("questions", "questions_asked", "questions asked", "questions", "lower", _number("n_questions"), False),
    Definition(
        "questions",
        "evidence_recall",
        "present findings asked for",
        "share",
        "higher",
        _present_asked,
        False,
    ),
    Definition(
        "questions",
        "pertinent_negative_recall",
        "negatives asked for",
        "share",
        "higher",
        _negatives_asked,
        False,
    ),
    Definition("questions", "evidence_precision", "questions that mattered", "share", "higher", _precision, False),
    Definition("questions", "red_flag_rate", "red flags asked in time", "share", "higher", _red_flags),
    Definition(
        "loss", "initial_top_1", "right on what was volunteered", "share", "higher", _within("initial_rank_right", 1)
    ),
    Definition("loss", "full_top_1", "right on the full evidence", "share", "higher", _ON_FULL),
    Definition("loss", "knowledge", "lost to knowledge", "share", "lower", _loss("knowledge")),
    Definition("loss", "policy", "lost to the question policy", "share", "lower", _loss("policy")),
    Definition("loss", "stopping", "lost to stopping too soon", "share", "lower", _loss("stopping")),
)

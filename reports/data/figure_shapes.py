"""What a report says of many cases: figures with their uncertainty, and the numbers behind the charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one model."""

    value: float
    n: int
    low: float
    high: float
    hits: int | None
    """The count behind a share; None where it is no share."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both models, over the cases that both played."""

    group: str
    """``outcome``, ``triage``, ``probability``, ``questions`` or ``loss``."""
    name: str
    """As in METRICS: ``top_1``."""
    label: str
    """For people: ``right at the end``."""
    unit: Literal["share", "nats", "questions", "score"]
    better: Literal["higher", "lower", "neither"]
    base: Value | None
    """None: there is no base, or nothing to score (see ``not_scored``)."""
    candidate: Value | None
    not_scored: str
    """Why there is no value; empty where there is one."""
    difference: float | None
    """Candidate − base, paired."""
    low: float | None
    """Of the 95 % interval of the paired difference; None where none can be had."""
    high: float | None
    p_value: float | None
    """Paired, one-sided in the direction in which it moved, as the gate tests harm; None: nothing to compare."""
    gained: int | None
    """Cases in which it became true; None where it is no share."""
    lost: int | None
    verdict: Literal["better", "worse", "same", "could be chance", "not compared"]
    words: str
    """The difference as a sentence."""


@dataclass(frozen=True, slots=True)
class ConditionFigure:
    """How the cases of one expected condition came out; what is None has no base to stand against."""

    condition: str
    specialty: str
    must_not_miss: bool
    n: int
    right: int
    low: float
    high: float
    """Wilson's interval of right ÷ n."""
    never_events: int
    """Cases with a new one (of a run: with any)."""
    too_few: bool
    """Fewer than ten cases: the share says little."""
    base_right: int | None = None
    base_low: float | None = None
    base_high: float | None = None
    broken: int = 0
    fixed: int = 0
    p_change: float | None = None
    """Mean movement of P(expected condition)."""
    difference_low: float | None = None
    """Of the 95 % interval of the paired difference in right ÷ n."""
    difference_high: float | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts of cases, which sum to n."""

    right: int
    knowledge: int
    policy: int
    stopping: int


@dataclass(frozen=True, slots=True)
class LossShares:
    """Where the loss is, in one group of cases."""

    by: Literal["all", "specialty", "condition"]
    group: str
    n: int
    base: Shares | None
    candidate: Shares
    too_few: bool


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Cases of similar confidence."""

    n: int
    confidence: float
    """Mean probability of the leading condition."""
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was claimed, and what came true."""

    error: float | None
    """Expected calibration error; None where there was nothing to score."""
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """After question 0, 1, 2 …; empty where there was nothing to score."""

    top_1: tuple[float, ...]
    top_3: tuple[float, ...]
    p_expected: tuple[float, ...]
    area_top_1: float | None
    area_top_3: float | None
    area_p_expected: float | None


@dataclass(frozen=True, slots=True)
class FindingAsked:
    """How often a question is put."""

    finding: str
    red_flag: bool
    base: int | None
    """Cases in which it was asked."""
    candidate: int
    base_place: float | None
    """Mean number of the question, from 1; None where it was never asked."""
    candidate_place: float | None


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A question that safe interviews put, over the cases whose card demands it."""

    finding: str
    of: int
    """Cases that demand it."""
    base: int | None
    """Those in which it was volunteered, or asked in time."""
    candidate: int


@dataclass(frozen=True, slots=True)
class QuestionStatistics:
    """What was asked."""

    n_questions: tuple[int, ...]
    """0, 1, 2 …: the axis of the two histograms."""
    histogram_base: tuple[int, ...] | None
    """Cases by number of questions."""
    histogram: tuple[int, ...]
    stops_base: dict[str, int] | None
    """Cases by why the interview ended."""
    stops: dict[str, int]
    findings: tuple[FindingAsked, ...]
    """The largest change first (of a run: the most frequent)."""
    red_flags: tuple[RedFlag, ...]
    """The most dropped first (of a run: the most often missed)."""

"""What was asked, and was it worth asking?

``initial`` : (N, F) volunteered at the start · ``asked`` : (N, F) · ``present`` : (N, F) present on the
card · ``pertinent`` : (N, F) absent findings that the doctor marked as mattering.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .estimate import Bools, Floats, Ints, NotScored, Score, mean, mean_ratio, proportion

QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)


class EvidenceCounts(NamedTuple):
    """Counts of each case, (N,) int64, from which the recalls and precisions follow."""

    initial: Ints
    """Volunteered."""
    initial_present: Ints
    asked: Ints
    present: Ints
    """Present beyond the initial evidence."""
    present_asked: Ints
    negatives: Ints
    """Pertinent negatives beyond the initial evidence."""
    negatives_asked: Ints


def evidence_counts(initial: Bools, asked: Bools, present: Bools, pertinent: Bools) -> EvidenceCounts:
    """Count once, over findings; each argument (N, F)."""
    beyond = ~initial
    negative = pertinent & ~present & beyond
    return EvidenceCounts(
        initial=initial.sum(axis=1),
        initial_present=(initial & present).sum(axis=1),
        asked=asked.sum(axis=1),
        present=(present & beyond).sum(axis=1),
        present_asked=(present & beyond & asked).sum(axis=1),
        negatives=negative.sum(axis=1),
        negatives_asked=(negative & asked).sum(axis=1),
    )


def _ratio(part: Ints, whole: Ints, reason: str) -> Score:
    """The mean of the cases' own ratios, over the cases whose denominator is not zero."""
    scored = whole > 0
    return mean_ratio(part[scored].astype(np.float64) / whole[scored], reason)


def evidence_recall(counts: EvidenceCounts) -> Score:
    """[evidence_recall] asked ∩ present ÷ present beyond the initial evidence, mean over cases."""
    return _ratio(counts.present_asked, counts.present, "no case has a finding beyond its initial evidence")


def pertinent_negative_recall(counts: EvidenceCounts) -> Score:
    """[pertinent_negative_recall] asked ∩ pertinent negatives ÷ pertinent negatives, mean over cases."""
    return _ratio(counts.negatives_asked, counts.negatives, "no case marks a pertinent negative")


def evidence_precision(counts: EvidenceCounts, lost: Bools) -> Score:
    """[evidence_precision] asked ∩ (present ∪ pertinent) ÷ asked, mean over cases.

    ``lost`` : (N,) cases that could not be played; where nothing was asked in one, it counts as 0 and
    stays, while an interview that needed no question is not scored.
    """
    useful = counts.present_asked + counts.negatives_asked
    return _ratio(useful, np.where(lost, np.maximum(1, counts.asked), counts.asked), "nothing was asked")


def nothing_found(counts: EvidenceCounts, lost: Bools) -> EvidenceCounts:
    """The counts with what lost cases volunteered among what was still to be found: no credit for it."""
    return counts._replace(
        initial_present=np.where(lost, 0, counts.initial_present),
        present=counts.present + np.where(lost, counts.initial_present, 0),
    )


def questions_asked(n_asked: Ints) -> Score:
    """[questions_asked] mean number of questions."""
    return mean(n_asked.astype(np.float64), at_least=0.0)


def question_quantiles(n_asked: Ints) -> dict[str, float] | NotScored:
    """[question_quantiles] of the number of questions: least, quartiles, 90 %, most."""
    if len(n_asked) == 0:
        return NotScored("no cases")
    return {f"{q:g}": float(np.quantile(n_asked, q)) for q in QUANTILES}


def interaction_length(n_asked: Ints) -> Score:
    """[interaction_length] as in DDXPlus: questions asked + 1 for the initial evidence, mean."""
    return mean(n_asked + 1.0, at_least=1.0)


def red_flag_rate(asked_at: Ints, deadline: Ints) -> Score:
    """[red_flag_rate] must-ask findings asked before the end and before their deadline.

    One element a (case, must-ask finding): ``asked_at`` the number of the question, from 1; 0 where
    volunteered; −1 never.  ``deadline`` the last question at which it is in time; −1 any.
    """
    in_time = (asked_at >= 0) & ((deadline < 0) | (asked_at <= deadline))
    return proportion(in_time, "no case names a must-ask finding")


class EfficiencyCurve(NamedTuple):
    """[efficiency_curve] after question q = 0 … Q, an ended interview keeping its last value."""

    top_1: Floats
    """(Q + 1,)"""
    top_3: Floats
    p_expected: Floats
    area_top_1: float
    """Area under the curve ÷ Q: the mean top-1 accuracy over the course of the interview."""
    area_top_3: float
    area_p_expected: float


def efficiency_curve(
    rank_after: Sequence[Sequence[int]], p_after: Sequence[Sequence[float]]
) -> EfficiencyCurve | NotScored:
    """Per case the rank (0 missing) and the probability of the expected condition after q = 0, 1, …

    A case with no such series (it could not be answered) is wrong throughout.
    """
    if len(rank_after) == 0:
        return NotScored("no cases")
    length = max(1, *(len(series) for series in rank_after))
    rank = np.array([_extend(series, length, 0) for series in rank_after])
    p = np.array([_extend(series, length, 0.0) for series in p_after])
    top_1, top_3 = (((rank >= 1) & (rank <= k)).mean(axis=0) for k in (1, 3))
    p_expected = p.mean(axis=0)
    return EfficiencyCurve(top_1, top_3, p_expected, _area(top_1), _area(top_3), _area(p_expected))


def _extend(series: Sequence[float], length: int, missing: float) -> list[float]:
    last = series[-1] if len(series) else missing
    return [*series, *[last] * (length - len(series))]


def _area(curve: Floats) -> float:
    """Trapezoid rule with unit steps, divided by the width; a single point is its own mean."""
    return float(curve[0]) if len(curve) == 1 else float(((curve[1:] + curve[:-1]) / 2).mean())

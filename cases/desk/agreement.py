"""How far doctors agree about cases: per case, and over a set with its uncertainty.

The author counts as one of the doctors, with the answer that the first blind reviewer's was given beside:
whatever is written later, by either, is written in the knowledge of the other's, and would make all agree.
A reviewer who names a condition that the card lists as acceptable has named the expected one.  Only blind
opinions on the evidence that the first one was given on count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..card import TRIAGE_LEVELS, Card
from .shapes import OpinionView

RESAMPLES = 2000
"""Bootstrap resamples of the cases."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, or the reason why there is none."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Cases."""
    method: str
    reason: str = ""
    """Why ``value`` or its interval is None."""

    def __str__(self) -> str:
        if self.value is None:
            return f"not scored ({self.reason})"
        interval = "" if self.low is None else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.value:.2f}{interval} n={self.n}"


@dataclass(frozen=True, slots=True)
class CaseAgreement:
    """One case and what was thought of it."""

    id: str
    card: Card
    """As it was when the first blind opinion on it was given."""
    opinions: tuple[OpinionView, ...]
    """All of them, in order; each beside the answer of ``card``."""

    @property
    def counted(self) -> tuple[OpinionView, ...]:
        """The blind ones on the evidence of ``card``."""
        return tuple(one for one in self.opinions if one.blind and one.agrees is not None)

    @property
    def n_agree(self) -> int:
        """Of the counted opinions: with the author in condition and triage."""
        return sum(bool(one.agrees) for one in self.counted)

    @property
    def n_agree_condition(self) -> int:
        """Of the counted opinions: with the author in the condition alone."""
        return sum(same_condition(one.condition, self.card) for one in self.counted)


@dataclass(frozen=True, slots=True)
class SetAgreement:
    """Agreement over all cases with a counted opinion."""

    cases: tuple[CaseAgreement, ...]
    """Those of them whose answer the reader may know; the figures are over all."""
    n_opinions: int
    condition: Figure
    """Share of cases whose first reviewer named the expected, or an acceptable, condition."""
    triage: Figure
    """Share of cases with an expected triage range whose first reviewer's level was in it."""
    kappa: Figure
    """Cohen's kappa of author and first reviewer on the condition."""
    alpha: Figure
    """Krippendorff's alpha (nominal) of author and all reviewers on the condition."""


def agrees(condition: str, triage: str, card: Card) -> bool:
    """The same or an acceptable condition, and a triage level inside the range where there is one."""
    return same_condition(condition, card) and same_triage(triage, card) is not False


def same_condition(condition: str, card: Card) -> bool:
    """Whether the condition is the expected one or an acceptable one."""
    return condition in (card.expected.condition, *card.expected.acceptable)


def same_triage(triage: str, card: Card) -> bool | None:
    """Whether the level is in the expected range; None where the card has none."""
    if card.expected.triage is None:
        return None
    least, most = map(TRIAGE_LEVELS.index, card.expected.triage)
    return least <= TRIAGE_LEVELS.index(triage) <= most


def agreement_of_set(cases: Sequence[CaseAgreement]) -> SetAgreement:
    """The figures over those of ``cases`` that have a counted opinion."""
    rated = tuple(case for case in cases if case.counted)
    first = [case.counted[0] for case in rated]
    named = [same_condition(one.condition, case.card) for one, case in zip(first, rated, strict=True)]
    levels = [same_triage(one.triage, case.card) for one, case in zip(first, rated, strict=True)]
    answers = [
        [case.card.expected.condition, *(_answer(one.condition, case.card) for one in case.counted)] for case in rated
    ]
    return SetAgreement(
        rated,
        sum(len(case.counted) for case in rated),
        share(named),
        share([level for level in levels if level is not None]),
        cohens_kappa([one[:2] for one in answers]),
        krippendorffs_alpha(answers),
    )


def share(hits: Sequence[bool]) -> Figure:
    """The share of True with Wilson's interval."""
    from statsmodels.stats.proportion import proportion_confint

    n = len(hits)
    if n == 0:
        return Figure(None, None, None, 0, "wilson", "no case has a blind opinion yet")
    low, high = proportion_confint(sum(hits), n, method="wilson")
    return Figure(sum(hits) / n, float(low), float(high), n, "wilson")


def cohens_kappa(pairs: Sequence[Sequence[str]]) -> Figure:
    """Cohen's kappa (1960) of two raters, with the asymptotic interval of Fleiss, Cohen & Everitt (1969).

    Parameters
    ----------
    pairs
        (cases, 2) the two answers to each case.
    """
    from statsmodels.stats.inter_rater import cohens_kappa as kappa_of

    method = "asymptotic"
    labels = sorted({label for pair in pairs for label in pair})
    if len(labels) < 2:
        return Figure(None, None, None, len(pairs), method, "it needs cases with at least two different answers")
    position = {label: index for index, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    for one, other in pairs:
        table[position[one], position[other]] += 1
    with np.errstate(divide="ignore", invalid="ignore"):  # Its z value, which is not used, may be 0/0.
        found = kappa_of(table)
    if found.std_kappa == 0:
        reason = "no interval: the answers are all alike, or all different"
        return Figure(float(found.kappa), None, None, len(pairs), method, reason)
    return Figure(float(found.kappa), float(found.kappa_low), min(1.0, float(found.kappa_upp)), len(pairs), method)


def krippendorffs_alpha(units: Sequence[Sequence[str]], seed: int = 0) -> Figure:
    """Krippendorff's alpha (2004) for nominal answers of any number of raters, with a bootstrap interval over cases.

    Parameters
    ----------
    units
        (cases, ragged) the answers to each case; cases with fewer than two say nothing and are left out.
    seed
        Of the bootstrap alone.
    """
    method = f"percentile bootstrap, {RESAMPLES} resamples"
    counts = _counts([unit for unit in units if len(unit) > 1])
    n = len(counts)
    value = _alpha(counts.sum(axis=0), _observed(counts).sum()) if n else None
    if value is None:
        return Figure(None, None, None, n, method, "it needs cases with at least two different answers")
    rows = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    observed = _observed(counts)
    resampled = [_alpha(counts[row].sum(axis=0), observed[row].sum()) for row in rows]
    # A resample in which everybody gives one answer to all cases has no alpha, and says nothing of the interval.
    defined = [one for one in resampled if one is not None]
    low, high = np.quantile(defined, [0.025, 0.975])
    return Figure(value, float(low), float(high), n, method)


def _answer(condition: str, card: Card) -> str:
    return card.expected.condition if same_condition(condition, card) else condition


def _counts(units: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """(cases, answers) how many raters gave each answer."""
    labels = sorted({label for unit in units for label in unit})
    position = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(units), len(labels)))
    for row, unit in enumerate(units):
        for label in unit:
            counts[row, position[label]] += 1
    return counts


def _observed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(cases,) disagreeing pairs of answers, each case weighted with 1 / (raters − 1)."""
    raters = counts.sum(axis=1)
    result: NDArray[np.float64] = (raters * raters - (counts * counts).sum(axis=1)) / (raters - 1)
    return result


def _alpha(totals: NDArray[np.float64], disagreements: float) -> float | None:
    """1 − D_observed / D_expected; None where only one answer was ever given."""
    n = totals.sum()
    expected = (n * n - (totals * totals).sum()) / (n - 1)
    return None if expected == 0 else float(1 - disagreements / expected)

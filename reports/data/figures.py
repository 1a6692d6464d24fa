"""The figures of both models over the cases that both played, each difference with its uncertainty: how
many cases were gained, how many lost, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.metrics.estimate import Estimate, NotScored, Score, mean
from validation.results import Row
from validation.score import Metrics

from .definitions import DEFINITIONS, Definition
from .figure_shapes import Figure, Value
from .significance import as_it_moved, mean_as_it_moved, paired_intervals
from .words import probability

Values = NDArray[np.float64]
"""One value a case (or a must-ask finding); NaN where it is not scored."""
ALPHA = 0.05
POINTS = " points"


def figures(
    base_metrics: Metrics | None,
    metrics: Metrics,
    base_rows: Sequence[Row],
    rows: Sequence[Row],
    p_harm: Mapping[str, float] | None = None,
) -> tuple[Figure, ...]:
    """Every figure of both models.

    Parameters
    ----------
    base_metrics, metrics : the scores over exactly these rows; base None: a report on one run
    base_rows, rows : the same cases in the same order; ``base_rows`` empty without a base
    p_harm : figure to p value, where the gate has tested it for harm: a report never contradicts the gate
    """
    return tuple(
        _figure(definition, base_metrics, metrics, base_rows, rows, (p_harm or {}).get(definition.name))
        for definition in DEFINITIONS
    )


def _figure(
    definition: Definition,
    base_metrics: Metrics | None,
    metrics: Metrics,
    base_rows: Sequence[Row],
    rows: Sequence[Row],
    p_harm: float | None,
) -> Figure:
    score = metrics[definition.name]
    base_score = None if base_metrics is None else base_metrics[definition.name]
    after = vector(definition, rows)
    before = vector(definition, base_rows)
    known = not (isinstance(score, NotScored) or base_score is None or isinstance(base_score, NotScored))
    comparison = compared(definition, before, after, p_harm) if known else _not_compared()
    return Figure(
        group=definition.group,
        name=definition.name,
        label=definition.label,
        unit=definition.unit,
        better=definition.better,
        base=_value(base_score, definition, before),
        candidate=_value(score, definition, after),
        not_scored=score.reason if isinstance(score, NotScored) else "",
        **comparison,
    )


def vector(definition: Definition, rows: Sequence[Row]) -> Values:
    """The values of all cases, one after the other."""
    return np.array([value for row in rows for value in definition.of(row)], np.float64)


def _value(score: Score | None, definition: Definition, values: Values) -> Value | None:
    if not isinstance(score, Estimate):
        return None
    hits = int(np.nansum(values)) if definition.is_count else None
    return Value(score.value, score.n, score.low, score.high, hits)


def _not_compared() -> dict[str, Any]:
    none = dict.fromkeys(("difference", "low", "high", "p_value", "gained", "lost"))
    return {**none, "verdict": "not compared", "words": ""}


def compared(definition: Definition, before: Values, after: Values, p_harm: float | None = None) -> dict[str, Any]:
    """The paired difference, its interval, its test, and all of it as a sentence.

    ``p_harm`` : of a test of the gate's own (cases of one author together, say), which then stands for harm
    """
    both = ~(np.isnan(before) | np.isnan(after))
    moved = (after - before)[both]
    if not len(moved):
        return _not_compared()
    gained = lost = None
    if definition.is_count:
        gained, lost = int((moved > 0).sum()), int((moved < 0).sum())
        difference = (gained - lost) / len(moved)
        [(low, high)] = paired_intervals([gained], [lost], [len(moved)])
        p_value = as_it_moved(gained, lost)
    else:
        estimate = mean(moved)
        assert isinstance(estimate, Estimate)
        difference, low, high = estimate.value, estimate.low, estimate.high
        p_value = mean_as_it_moved(difference, low, high, len(moved))
    is_harm = (difference > 0) == (definition.better == "lower") and difference != 0
    if p_harm is not None and is_harm:
        p_value = p_harm
    if not moved.any():
        verdict, words = "same", "no change in any case"
    else:
        verdict = "could be chance" if p_value >= ALPHA else "worse" if is_harm else "better"
        low_text, high_text = (amount(bound, definition.unit).removesuffix(POINTS) for bound in (low, high))
        counts = "" if gained is None else f": {gained} more, {lost} fewer, of {len(moved)}"
        chance = "could be chance" if verdict == "could be chance" else "hardly chance"
        certainty = f"p = {probability(p_value)}".replace("= <", "< ")
        words = f"{amount(difference, definition.unit)} [{low_text} to {high_text}]{counts}; {chance} ({certainty})"
    return {
        "difference": difference,
        "low": low,
        "high": high,
        "p_value": p_value,
        "gained": gained,
        "lost": lost,
        "verdict": verdict,
        "words": words,
    }


def amount(difference: float, unit: str) -> str:
    """A signed difference in its unit: percentage points, or as it is."""
    if unit == "share":
        return f"{100 * difference:+.1f}".replace("-", "−").replace("+0.0", "±0.0").replace("−0.0", "±0.0") + POINTS
    digits = 1 if unit == "questions" else 3
    text = f"{difference:+.{digits}f}".replace("-", "−")
    return text if text.strip("+−0.") else text.replace("+", "±").replace("−", "±")

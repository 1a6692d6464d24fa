"""G5: probabilities and questions, which move long before an outcome flips.

Differences of a case are skewed and of one author alike, so nothing is assumed of them: signs are flipped,
whole clusters together (:mod:`.statistics.permutation`).  Reported, and blocking only where declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..comparison import Diff
from .evidence import clusters, measured
from .rules import Continuous, Measure
from .statistics.multiplicity import flagged
from .statistics.permutation import clustered_mean
from .verdict import GateFinding, MeasureResult, Status
from .wording import chance, signed

FEWEST_CLUSTERS = 6
"""With five, 2⁻⁵ = .03 is the smallest p there is: no test worth the name."""
DIGITS = {Measure.LOG_SCORE: 3, Measure.BRIER: 3, Measure.QUESTIONS: 2}


def measures(diff: Diff, rules: Continuous, q: float) -> list[MeasureResult]:
    """One result a measure, those flagged that look worse; blocking ones are not yet judged."""
    labels, by = clusters([pair.card for pair in diff.comparable], rules.cluster)
    results = []
    for measure in rules.measures:
        before, after = measured(diff.comparable, measure)
        found = clustered_mean(after - before, labels, rules.flips, rules.seed)
        enough = found.n_clusters >= FEWEST_CLUSTERS
        results.append(
            MeasureResult(
                measure=measure,
                n=len(before),
                mean_base=float(before.mean()),
                mean_candidate=float(after.mean()),
                difference=found.mean,
                low=found.low,
                high=found.high,
                p_harm=found.p if enough else None,
                n_clusters=found.n_clusters,
                cluster=by,
                status=Status.PASS if enough else Status.NOTE,
            )
        )
    tested = [row for row, result in enumerate(results) if result.p_harm is not None]
    for row, is_alarm in zip(tested, flagged([results[row].p_harm or 0.0 for row in tested], q), strict=True):
        if is_alarm:
            results[row] = replace(results[row], status=Status.FLAG)
    return results


def measure_findings(results: Sequence[MeasureResult]) -> list[GateFinding]:
    """What G5 has to say once the declared measures are judged."""
    return [_finding(result) for result in results]


def _finding(result: MeasureResult) -> GateFinding:
    measure = Measure(result.measure)
    digits = DIGITS[measure]
    what = measure.words[0].upper() + measure.words[1:]
    words = (
        f"{what}: {result.mean_base:.{digits}f} before, {result.mean_candidate:.{digits}f} now (lower is better), "
        f"{signed(result.difference, digits)} a case, "
        f"95 % {signed(result.low, digits)} to {signed(result.high, digits)}"
    )
    units = "authors" if result.cluster == "author" else "case families" if result.n_clusters < result.n else "cases"
    if result.p_harm is None:
        words += f"; {result.n_clusters} {units} are too few for a test."
    elif result.difference > 0:
        words += f"; {chance(result.p_harm)} over {result.n_clusters:,} {units}."
    else:
        words += "."
    next_step = "this measure was declared to block" if result.status is Status.FAIL else ""
    return GateFinding("G5", result.status, measure.value.replace("_", " "), words, next_step)

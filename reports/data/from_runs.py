"""What a report says of many cases at once, from the rows of one or two runs over the same cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from validation.comparison.changes import is_right, leading, red_flags_asked
from validation.groups import TOO_FEW
from validation.metrics.estimate import NotScored, wilson
from validation.results import Row
from validation.score import Metrics
from validation.vocabulary import Vocabulary

from .figure_shapes import (
    Calibration,
    CalibrationBin,
    ConditionFigure,
    Curve,
    FindingAsked,
    LossShares,
    QuestionStatistics,
    RedFlag,
    Shares,
)
from .shapes import Flow
from .significance import paired_intervals


def calibration(metrics: Metrics) -> Calibration:
    """What was claimed, and what came true."""
    error = metrics["expected_calibration_error"]
    bins = (CalibrationBin(b.n, b.confidence, b.accuracy, b.low, b.high) for b in metrics["reliability"])
    return Calibration(None if isinstance(error, NotScored) else float(error), tuple(bins))


def curve(metrics: Metrics) -> Curve:
    """How soon the answer is found."""
    found = metrics["efficiency_curve"]
    if isinstance(found, NotScored):
        return Curve((), (), (), None, None, None)
    return Curve(
        top_1=tuple(found.top_1.tolist()),
        top_3=tuple(found.top_3.tolist()),
        p_expected=tuple(found.p_expected.tolist()),
        area_top_1=found.area_top_1,
        area_top_3=found.area_top_3,
        area_p_expected=found.area_p_expected,
    )


def condition_figures(
    base: Sequence[Row] | None, rows: Sequence[Row], never_events: Mapping[str, int], vocabulary: Vocabulary
) -> tuple[ConditionFigure, ...]:
    """By expected condition: new never-events first, then by cases lost, then the worst share.

    ``never_events`` : condition id to the number of its cases with one.
    """
    known = {condition.id: condition for condition in vocabulary.conditions}
    groups: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row["expected"]].append(place)
    made = []
    for name in sorted(groups):
        places, of = groups[name], known.get(name)
        n, right = len(places), sum(is_right(rows[place]) for place in places)
        low, high = wilson(right, n)
        entry = ConditionFigure(
            condition=name,
            specialty=of.specialty if of else "",
            must_not_miss=bool(of and of.must_not_miss),
            n=n,
            right=right,
            low=low,
            high=high,
            never_events=never_events.get(name, 0),
            too_few=n < TOO_FEW,
        )
        made.append(entry if base is None else _against(entry, [(base[place], rows[place]) for place in places]))
    if base is not None:
        counts = zip(*((entry.fixed, entry.broken, entry.n) for entry in made), strict=True)
        bounds = paired_intervals(*(list(column) for column in counts)) if made else []
        made = [
            replace(entry, difference_low=low, difference_high=high)
            for entry, (low, high) in zip(made, bounds, strict=True)
        ]
    return tuple(sorted(made, key=_harm))


def _against(entry: ConditionFigure, pairs: Sequence[tuple[Row, Row]]) -> ConditionFigure:
    """The same with what became of it since the base."""
    before = sum(is_right(base) for base, _ in pairs)
    low, high = wilson(before, len(pairs))
    return replace(
        entry,
        base_right=before,
        base_low=low,
        base_high=high,
        broken=sum(is_right(base) and not is_right(row) for base, row in pairs),
        fixed=sum(is_right(row) and not is_right(base) for base, row in pairs),
        p_change=fmean(row["p_expected"] - base["p_expected"] for base, row in pairs),
    )


def _harm(entry: ConditionFigure) -> tuple[int, int, float, float, str]:
    lost = entry.broken - entry.fixed if entry.base_right is not None else entry.n - entry.right
    return (-entry.never_events, -lost, entry.p_change or 0.0, entry.right / entry.n, entry.condition)


def loss_shares(base: Sequence[Row] | None, rows: Sequence[Row], specialties: Sequence[str]) -> tuple[LossShares, ...]:
    """All cases, then by specialty, then by condition; in each the largest loss of right cases first.

    ``specialties`` : one a row.
    """
    groups: dict[tuple[str, str], list[int]] = {("all", ""): list(range(len(rows)))}
    for by, names in (("specialty", specialties), ("condition", [row["expected"] for row in rows])):
        for place, name in enumerate(names):
            groups.setdefault((by, name or "not said"), []).append(place)
    made = []
    for (by, group), places in groups.items():
        before = None if base is None else _shares(base[place] for place in places)
        after, n = _shares(rows[place] for place in places), len(places)
        made.append(LossShares(by, group, n, before, after, n < TOO_FEW))  # type: ignore[arg-type]
    order = ("all", "specialty", "condition")
    return tuple(sorted(made, key=lambda entry: (order.index(entry.by), _lost(entry), entry.group)))


def _shares(rows: Iterable[Row]) -> Shares:
    counts = Counter(row["loss"] for row in rows)
    return Shares(*(counts[name] for name in ("right", "knowledge", "policy", "stopping")))


def _lost(entry: LossShares) -> float:
    return entry.candidate.right - (entry.n if entry.base is None else entry.base.right)


def question_statistics(
    base: Sequence[Row] | None,
    rows: Sequence[Row],
    base_asked: Sequence[Sequence[str]] | None,
    asked: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
) -> QuestionStatistics:
    """What was asked; ``asked`` : per case the findings in the order in which they were asked."""
    most = max([row["n_questions"] for row in [*rows, *(base or ())]], default=0)
    return QuestionStatistics(
        n_questions=tuple(range(most + 1)),
        histogram_base=None if base is None else _histogram(base, most),
        histogram=_histogram(rows, most),
        stops_base=None if base is None else _stops(base),
        stops=_stops(rows),
        findings=_findings_asked(base_asked, asked, vocabulary),
        red_flags=_red_flags(base, rows),
    )


def _histogram(rows: Sequence[Row], most: int) -> tuple[int, ...]:
    counts = Counter(row["n_questions"] for row in rows)
    return tuple(counts[n] for n in range(most + 1))


def _stops(rows: Sequence[Row]) -> dict[str, int]:
    counts = Counter(row["stop"] for row in rows)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _findings_asked(
    base: Sequence[Sequence[str]] | None, asked: Sequence[Sequence[str]], vocabulary: Vocabulary
) -> tuple[FindingAsked, ...]:
    before, after = None if base is None else _places(base), _places(asked)
    flags = {finding.id for finding in vocabulary.findings if finding.red_flag}
    made = [
        FindingAsked(
            finding=name,
            red_flag=name in flags,
            base=None if before is None else len(before.get(name, ())),
            candidate=len(after.get(name, ())),
            base_place=fmean(before[name]) if before and name in before else None,
            candidate_place=fmean(after[name]) if name in after else None,
        )
        for name in sorted({*after, *(before or {})})
    ]
    return tuple(sorted(made, key=lambda e: (-abs(e.candidate - (e.base or 0)), -e.candidate, e.finding)))


def _places(asked: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """Finding to the numbers of the questions that asked for it."""
    places: dict[str, list[int]] = defaultdict(list)
    for findings in asked:
        for number, name in enumerate(findings, start=1):
            places[name].append(number)
    return places


def _red_flags(base: Sequence[Row] | None, rows: Sequence[Row]) -> tuple[RedFlag, ...]:
    of, before, after = Counter[str](), Counter[str](), Counter[str]()
    for place, row in enumerate(rows):
        of.update({ask["finding"] for ask in row["must_ask"]})
        after.update(red_flags_asked(row))
        before.update(() if base is None else red_flags_asked(base[place]))
    made = [RedFlag(name, of[name], None if base is None else before[name], after[name]) for name in sorted(of)]
    return tuple(sorted(made, key=lambda e: (e.candidate - (e.of if e.base is None else e.base), e.finding)))


def flows(pairs: Iterable[tuple[Row, Row]]) -> tuple[Flow, ...]:
    """Which condition led before and after, where it is another; the most frequent first."""
    tally: dict[tuple[str, str], list[int]] = {}
    for base, candidate in pairs:
        was, now = leading(base) or "", leading(candidate) or ""
        if was != now:
            counts = tally.setdefault((was, now), [0, 0, 0])
            counts[0] += 1
            counts[1] += is_right(base)
            counts[2] += is_right(candidate)
    made = [Flow(was, now, *counts) for (was, now), counts in tally.items()]
    return tuple(sorted(made, key=lambda flow: (-flow.n, flow.base, flow.candidate)))

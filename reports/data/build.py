"""From a diff, or a run, to ``ReportData``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from shlex import quote

import pyarrow as pa

from validation.arrow import array_of
from validation.attribution import Attribution
from validation.comparison import CasePair, Change, Diff, Event
from validation.comparison.changes import is_right
from validation.comparison.inputs import caveats
from validation.gate.verdict import Verdict
from validation.groups import By, group_names
from validation.planning import Candidate
from validation.results import Row, Run
from validation.score import score

from . import from_cases, from_runs
from .case_shapes import Case, Effect
from .figures import figures
from .from_attribution import edits_of, effects_of, model_changes, notes_of
from .from_gate import tested, verdict_of
from .parting import models_of, parting
from .provenance import (
    Origin,
    Provenance,
    approximate_note,
    names_of,
    origin_of,
    run_commands,
    run_notes,
    side,
    unlisted_in,
)
from .shapes import InputChange, NeverEvent, ReportData
from .words import NEVER_EVENT_TESTS, Narrator

WEIGHED = 40
"""Changed cases, the worst first, at whose parting both models are asked for both questions: for each
both networks are compiled and play the interview once more."""


def report_data(
    diff: Diff,
    *,
    verdict: Verdict | None = None,
    attribution: Attribution | None = None,
    provenance: Provenance | None = None,
    candidates: tuple[Candidate | None, Candidate | None] = (None, None),
) -> ReportData:
    """All that a report on a diff shows.

    Parameters
    ----------
    provenance : where the models come from; default: the names of the networks and the keys of the runs
    candidates : base and candidate model, for what both thought of the questions at which they part
    """
    provenance = provenance or Provenance(origin_of(diff.base), origin_of(diff.candidate))
    vocabulary = diff.candidate.vocabulary
    names = names_of(diff.base.vocabulary, vocabulary)
    narrator = Narrator(names)
    triples = [(pair, pair.base, pair.candidate) for pair in diff.comparable if pair.base and pair.candidate]
    base_rows, rows = [base for _, base, _ in triples], [row for _, _, row in triples]
    base_table = _rows_of(diff.base, [pair.base_id or pair.case_id for pair, _, _ in triples])
    table = _rows_of(diff.candidate, [pair.case_id for pair, _, _ in triples])
    base_metrics, metrics = score(base_table, diff.base.vocabulary), score(table, vocabulary)
    specialty = group_names(diff.candidate, By.SPECIALTY)
    never = Counter(row["expected"] for pair, _, row in triples if pair.never_events)
    effects = {} if attribution is None else effects_of(attribution)
    changed = {pair.case_id for pair in diff.changed}
    return ReportData(
        title=f"{provenance.base.label} → {provenance.candidate.label}",
        base=side(diff.base, provenance.base),
        candidate=side(diff.candidate, provenance.candidate),
        inputs=tuple(InputChange(i.part, i.is_changed, i.base, i.candidate, i.details) for i in diff.inputs),
        notes=(*caveats(diff), *provenance.notes, *approximate_note(diff.candidate)),
        unlisted=unlisted_in(rows),
        is_empty=diff.is_empty,
        verdict=None if verdict is None else verdict_of(verdict),
        counts={change.value: diff.counts[change] for change in Change},
        event_counts={event.value: diff.event_counts[event] for event in Event},
        n_comparable=len(triples),
        figures=figures(base_metrics, metrics, base_rows, rows, {} if verdict is None else tested(verdict)),
        cases=_changed_cases(diff, narrator, specialty, effects, candidates, provenance.show_options),
        other_cases=tuple(
            from_cases.line(pair.case_id, base, row, narrator, specialty[pair.case_id])
            for pair, base, row in triples
            if pair.case_id not in changed
        ),
        new_never_events=_new_never_events(diff.changed, narrator, provenance.show_options),
        inherited_never_events=_never_events_of(
            [(pair.case_id, (base, row)) for pair, base, row in triples], narrator, provenance.show_options
        ),
        inherited_failures=tuple(
            pair.case_id for pair, base, row in triples if not is_right(base) and not is_right(row)
        ),
        not_comparable=tuple(from_cases.not_comparable(pair) for pair in diff.pairs if not pair.is_comparable),
        flows=from_runs.flows(zip(base_rows, rows, strict=True)),
        conditions=from_runs.condition_figures(base_rows, rows, never, vocabulary),
        losses=from_runs.loss_shares(base_rows, rows, [specialty[pair.case_id] for pair, _, _ in triples]),
        calibration_base=from_runs.calibration(base_metrics),
        calibration=from_runs.calibration(metrics),
        efficiency_base=from_runs.curve(base_metrics),
        efficiency=from_runs.curve(metrics),
        questions=from_runs.question_statistics(base_rows, rows, _asked(base_table), _asked(table), vocabulary),
        edits=() if attribution is None else edits_of(attribution),
        attribution_notes=() if attribution is None else notes_of(attribution),
        model_changes=model_changes(candidates),
        names=names,
        commands=provenance.reproduce,
        remarks=provenance.remarks,
        case_changes={word: tuple(ids) for word, ids in provenance.case_changes.items() if ids},
    )


def run_data(run: Run, *, origin: Origin | None = None) -> ReportData:
    """All that a report on one run shows: the same object without a base."""
    origin = origin or origin_of(run)
    names = names_of(run.vocabulary)
    narrator, show = Narrator(names), f" --run {quote(origin.argument)}"
    rows = list(run.rows.values())
    metrics = score(run.table, run.vocabulary)
    specialty = group_names(run, By.SPECIALTY)
    full = from_cases.rows_in_full(run, [row["case_id"] for row in run.wrong()])
    unsafe = [row for row in rows if row["never_events"]]
    n_right = sum(is_right(row) for row in rows)
    return ReportData(
        title=origin.label,
        base=None,
        candidate=side(run, origin),
        inputs=(),
        notes=tuple(run_notes(run)),
        unlisted=unlisted_in(rows),
        is_empty=False,
        verdict=None,
        counts={"right": n_right, "wrong": len(rows) - n_right, "unsafe": len(unsafe)},
        event_counts={},
        n_comparable=len(rows),
        figures=figures(None, metrics, [], rows),
        cases=tuple(
            from_cases.single_case(row, run.cards[case_id], narrator, specialty=specialty[case_id], show=show)
            for case_id, row in full.items()
        ),
        other_cases=tuple(
            from_cases.line(case_id, None, row, narrator, specialty[case_id])
            for case_id, row in run.rows.items()
            if case_id not in full
        ),
        new_never_events=(),
        inherited_never_events=_never_events_of([(row["case_id"], (row,)) for row in rows], narrator, show),
        inherited_failures=tuple(row["case_id"] for row in rows if not is_right(row)),
        not_comparable=(),
        flows=(),
        conditions=from_runs.condition_figures(None, rows, Counter(row["expected"] for row in unsafe), run.vocabulary),
        losses=from_runs.loss_shares(None, rows, [specialty[row["case_id"]] for row in rows]),
        calibration_base=None,
        calibration=from_runs.calibration(metrics),
        efficiency_base=None,
        efficiency=from_runs.curve(metrics),
        questions=from_runs.question_statistics(None, rows, None, _asked(run.table), run.vocabulary),
        edits=(),
        attribution_notes=(),
        model_changes=(),
        names=names,
        commands=run_commands(run),
    )


def _rows_of(run: Run, case_ids: Sequence[str]) -> pa.Table:
    """The results of some cases, in this order: two tables of the same pairs are aligned."""
    place = {case_id: number for number, case_id in enumerate(run.rows)}
    if list(place) == list(case_ids):
        return run.table
    return run.table.take(array_of([place[case_id] for case_id in case_ids], pa.int64())).combine_chunks()


def _asked(table: pa.Table) -> list[list[str]]:
    """Per case the findings that were asked for, in their order."""
    return [[question["finding"] for question in questions] for questions in table["transcript"].to_pylist()]


def _changed_cases(
    diff: Diff,
    narrator: Narrator,
    specialty: Mapping[str, str],
    effects: Mapping[str, tuple[Effect, ...]],
    candidates: tuple[Candidate | None, Candidate | None],
    show: str,
) -> tuple[Case, ...]:
    base_full = from_cases.rows_in_full(diff.base, [pair.base_id or pair.case_id for pair in diff.changed])
    full = from_cases.rows_in_full(diff.candidate, [pair.case_id for pair in diff.changed])
    models = models_of(diff.base, diff.candidate, candidates)
    cases = []
    for place, pair in enumerate(diff.changed):
        base, row = base_full[pair.base_id or pair.case_id], full[pair.case_id]
        cases.append(
            from_cases.changed_case(
                pair,
                base,
                row,
                narrator,
                specialty=specialty[pair.case_id],
                parting=parting(base, row, pair.card, models if place < WEIGHED else None, narrator),
                effects=effects.get(pair.case_id, ()),
                show=show,
            )
        )
    return tuple(cases)


def _new_never_events(changed: Sequence[CasePair], narrator: Narrator, show: str) -> tuple[NeverEvent, ...]:
    return tuple(
        NeverEvent(
            pair.case_id,
            event.value,
            narrator.event(event, pair.base, pair.candidate),
            from_cases.show_command(pair.case_id, show),
        )
        for pair in changed
        if pair.base and pair.candidate
        for event in pair.never_events
    )


def _never_events_of(
    cases: Sequence[tuple[str, tuple[Row, ...]]], narrator: Narrator, show: str
) -> tuple[NeverEvent, ...]:
    """Those that are so in every row of a case, worded as the last row has them; the gravest first."""
    return tuple(
        NeverEvent(case_id, event.value, narrator.never_event(event, rows[-1]), from_cases.show_command(case_id, show))
        for event, test in NEVER_EVENT_TESTS.items()
        for case_id, rows in cases
        if all(map(test, rows))
    )

"""``ReportData`` against the runs that it is made of."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from reports.data import Origin, Provenance, ReportData, from_json, report_data, run_data, to_json
from reports.data.definitions import DEFINITIONS
from reports.data.figures import vector
from reports.data.from_cases import show_command
from tests.reports import samples
from validation.comparison import Change, Diff, compare
from validation.metrics.estimate import Estimate
from validation.planning import Candidate


def test_every_case_is_told_once(diff: Diff, data: ReportData) -> None:
    told = [case.id for case in data.cases] + [line.id for line in data.other_cases]
    assert sorted(told) == sorted(pair.case_id for pair in diff.comparable)
    assert [case.id for case in data.cases] == [pair.case_id for pair in diff.changed]
    assert {entry.id: entry.change for entry in data.not_comparable} == {
        pair.case_id: pair.change.value for pair in diff.pairs if not pair.is_comparable
    }
    assert sorted(entry.change for entry in data.not_comparable) == ["case-edited", "case-new", "case-removed"]
    assert data.n_comparable == 70


def test_it_is_a_diff_worth_testing_with(data: ReportData) -> None:
    assert data.counts["broken"] > 3
    assert data.counts["fixed"]
    assert data.new_never_events
    assert data.inherited_failures
    assert any(case.parting for case in data.cases)


def test_a_changed_case_is_the_two_rows(diff: Diff, data: ReportData) -> None:
    for case in data.cases:
        base, candidate = diff.rows(case.id)
        assert case.base is not None
        for interview, row in ((case.base, base), (case.candidate, candidate)):
            assert interview.p_expected == row["p_expected"]
            assert [question.finding for question in interview.transcript] == [q["finding"] for q in row["transcript"]]
            assert interview.p_expected_after[-1] == pytest.approx(row["p_expected"])
        if case.change == Change.BROKEN:
            assert (case.base.right, case.candidate.right) == (True, False)
            assert "Right before, wrong now" in case.words
        if case.parting:
            same = case.parting.number - 1
            asked = [[q.finding for q in side.transcript] for side in (case.base, case.candidate)]
            assert asked[0][:same] == asked[1][:same]
            assert asked[0][same : same + 1] != asked[1][same : same + 1]


def test_both_models_weigh_both_questions(diff: Diff) -> None:
    models = (Candidate.load(samples.BASE), Candidate.load(samples.CANDIDATE))
    data = report_data(diff, candidates=models)
    asked_both = [
        case.parting
        for case in data.cases
        if case.parting and case.parting.base_finding and case.parting.candidate_finding
    ]
    assert asked_both
    for parting in asked_both:
        assert parting.base_of_base is not None
        assert parting.base_of_base.place == 1
        assert parting.candidate_of_candidate is not None
        assert parting.candidate_of_candidate.place == 1
    words = [parting.words for parting in asked_both if parting.base_of_candidate and parting.candidate_of_base]
    assert any("the base expected" in text and "the candidate expected" in text for text in words)


def test_figures_are_the_runs_own(plain_diff: Diff, plain_data: ReportData) -> None:
    assert plain_data.base is not None
    before, after = plain_diff.base.metrics(), plain_diff.candidate.metrics()
    assert [figure.name for figure in plain_data.figures] == [definition.name for definition in DEFINITIONS]
    for figure in plain_data.figures:
        for value, metrics in ((figure.base, before), (figure.candidate, after)):
            score = metrics[figure.name]
            assert (value is not None) == isinstance(score, Estimate)
            if value is not None:
                assert (value.value, value.n, value.low, value.high) == (score.value, score.n, score.low, score.high)


def test_a_figure_told_case_by_case_is_the_figure(plain_diff: Diff) -> None:
    """The vectors that differences are made of have the means that METRICS defines."""
    for run in (plain_diff.base, plain_diff.candidate):
        metrics, rows = run.metrics(), list(run.rows.values())
        for definition in DEFINITIONS:
            values = vector(definition, rows)
            score = metrics[definition.name]
            assert isinstance(score, Estimate), definition.name
            known = values[~np.isnan(values)]
            assert (np.mean(known), len(known)) == (pytest.approx(score.value), score.n), definition.name


def test_differences_have_interval_and_words(plain_data: ReportData) -> None:
    figures = {figure.name: figure for figure in plain_data.figures}
    for figure in figures.values():
        assert figure.difference is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.difference <= figure.high
        assert figure.words
    right = figures["top_1"]
    assert (right.lost, right.gained) == (plain_data.counts["broken"], plain_data.counts["fixed"])
    assert right.p_value is not None
    assert (right.verdict == "could be chance") == (right.p_value >= 0.05)
    assert figures["red_flag_rate"].verdict == "worse"


def test_the_parts_sum_to_the_whole(plain_data: ReportData) -> None:
    data = plain_data
    n = data.n_comparable
    assert sum(entry.n for entry in data.conditions) == n
    assert sum(entry.broken for entry in data.conditions) == data.counts["broken"]
    everything, *groups = data.losses
    assert (everything.by, everything.n) == ("all", n)
    for by in ("specialty", "condition"):
        assert sum(entry.n for entry in groups if entry.by == by) == n
    for entry in data.losses:
        shares = entry.candidate
        assert shares.right + shares.knowledge + shares.policy + shares.stopping == entry.n
    assert sum(data.questions.histogram) == sum(data.questions.histogram_base or ()) == n
    assert sum(data.questions.stops.values()) == n
    assert sum(cell.n for cell in data.calibration.bins) == n
    assert sum(flow.n for flow in data.flows) >= data.counts["broken"]
    harm = [(-entry.never_events, entry.fixed - entry.broken) for entry in data.conditions]
    assert all(one <= other for one, other in pairwise(harm))


def test_inherited_is_what_both_models_have(plain_diff: Diff, plain_data: ReportData) -> None:
    new = {(event.case_id, event.event) for event in plain_data.new_never_events}
    inherited = {(event.case_id, event.event) for event in plain_data.inherited_never_events}
    assert new
    assert inherited
    assert not new & inherited - {(name, "red-flag-dropped") for name, _ in new}
    for case_id in plain_data.inherited_failures:
        assert all(row["rank_right"] != 1 for row in plain_diff.rows(case_id))


def test_equal_data_equal_bytes_and_back(data: ReportData, diff: Diff) -> None:
    again = report_data(diff, verdict=samples.judged(diff))
    assert to_json(data) == to_json(again)
    assert from_json(to_json(data)) == data


def test_nothing_of_it_says_where_runs_are_stored(tmp_path: Path, plain_diff: Diff, plain_data: ReportData) -> None:
    elsewhere = samples.a_diff(tmp_path / "other place")
    moved = report_data(elsewhere, verdict=samples.judged(elsewhere))
    assert to_json(moved) == to_json(plain_data)
    assert str(plain_diff.base.path.parent) not in to_json(plain_data).decode()


def test_a_run_against_itself_is_empty(tmp_path: Path) -> None:
    run = samples.a_run(tmp_path)
    data = report_data(compare(run, run))
    assert data.is_empty
    assert not data.cases
    assert {figure.verdict for figure in data.figures} == {"same"}
    assert len(data.other_cases) == data.n_comparable == 72


def test_a_run_alone(tmp_path: Path) -> None:
    run = samples.a_run(tmp_path, samples.CANDIDATE)
    data = run_data(run)
    assert data.is_run
    assert [case.id for case in data.cases] == [row["case_id"] for row in run.wrong()]
    assert data.counts["right"] + data.counts["wrong"] == 72
    assert all(case.base is None for case in data.cases)
    assert all(figure.base is None and figure.verdict == "not compared" for figure in data.figures)
    assert from_json(to_json(data)) == data


def test_names_of_the_sides(diff: Diff) -> None:
    provenance = Provenance(
        Origin("origin/main (3f2a91c)", "origin/main", "3f2a91c" * 5), Origin("working tree", "."), show=" --diff"
    )
    data = report_data(diff, provenance=provenance)
    assert data.title == "origin/main (3f2a91c) → working tree"
    assert data.names.risk_factors == {factor.id: factor.name for factor in diff.candidate.vocabulary.risk_factors}
    assert data.names.risk_factors["smoking"]
    assert data.commands == ("clinval diff origin/main .",)
    assert data.cases[0].command == f"clinval show --diff {data.cases[0].id}"
    unnamed = report_data(diff, provenance=replace(provenance, show=""))
    assert unnamed.cases[0].command == f"clinval show --base origin/main --candidate . {data.cases[0].id}"


@pytest.mark.parametrize(
    ("case_id", "command"),
    [
        ("a b", "clinval show 'a b'"),
        ("--run", "clinval show -- --run"),
        ("x; rm -rf ~", "clinval show 'x; rm -rf ~'"),
        ("it's", """clinval show 'it'"'"'s'"""),
    ],
)
def test_a_command_can_be_pasted(case_id: str, command: str) -> None:
    assert show_command(case_id, "") == command

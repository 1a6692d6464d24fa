"""The blame as a report shows it, from an attribution made for real."""

from __future__ import annotations

import pytest

from reports.data import ReportData, from_json, report_data, to_json
from tests.reports import samples
from validation.attribution import Attribution, attribute, changed_rows
from validation.comparison import Diff
from validation.planning import Candidate

MODELS = (Candidate.load(samples.BASE), Candidate.load(samples.CANDIDATE))


@pytest.fixture(scope="module")
def attribution(plain_diff: Diff) -> Attribution:
    return attribute(*MODELS, [pair.card for pair in plain_diff.changed[:12]], workers=1)


@pytest.fixture(scope="module")
def blamed(plain_diff: Diff, attribution: Attribution) -> ReportData:
    return report_data(plain_diff, attribution=attribution, candidates=MODELS)


def test_effects_stand_with_their_case(blamed: ReportData, attribution: Attribution) -> None:
    told = {case.id: case.effects for case in blamed.cases if case.effects}
    assert set(told) == {case.case_id for case in attribution.cases if case.effects}
    assert told
    for case in attribution.cases:
        for shown, effect in zip(told[case.case_id], case.effects, strict=True):
            assert shown.edit == attribution.edits[effect.edit].words
            assert (shown.alone, shown.reverted, shown.share) == (effect.alone, effect.reverted, effect.shapley)


def test_edits_are_charged(blamed: ReportData, attribution: Attribution) -> None:
    assert [edit.words for edit in blamed.edits] == [attribution.edits[s.edit].words for s in attribution.by_edit]
    changed = {case.id for case in blamed.cases}
    for edit in blamed.edits:
        assert set(edit.cases) <= changed
        assert edit.broke + edit.fixed + edit.never_events + edit.other > 0


def test_only_changed_rows_of_the_model(blamed: ReportData, plain_diff: Diff) -> None:
    assert [(row.group, row.what, row.before, row.after) for row in blamed.model_changes] == [
        (row.group, row.what, row.before, row.after) for row in changed_rows(*MODELS)
    ]
    edited = {samples.NETWORK.conditions[place].id for place in (1, 2, 3, 7, 8)}
    assert {row.group for row in blamed.model_changes} == edited
    assert report_data(plain_diff).model_changes == ()


def test_it_comes_back_from_json(blamed: ReportData) -> None:
    assert from_json(to_json(blamed)) == blamed

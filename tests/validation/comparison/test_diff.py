"""Two real runs compared: what is said of their inputs, their cases and their figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import InputError
from tests.validation.comparison.conftest import BASE, CARDS, POLICY
from validation.comparison import Change, Diff, compare
from validation.comparison.changes import change_of, events_of
from validation.comparison.figures import figures
from validation.comparison.losses import losses, overall
from validation.comparison.summary import case_line, counts_line, empty_line, last_line
from validation.comparison.words import gravest
from validation.deadline import Deadline
from validation.groups import By, by_group
from validation.planning import Candidate
from validation.replay import ReplayOptions
from validation.results import Run
from validation.runner import run


def test_the_edit_is_felt_and_everything_adds_up(diff: Diff) -> None:
    assert diff.counts[Change.BROKEN] > 0
    assert sum(diff.counts.values()) == len(diff.pairs) == len(CARDS)
    assert not diff.is_empty
    assert [change.part for change in diff.inputs if change.is_changed] == ["network"]
    assert diff.caveats == ()
    for pair in diff.pairs:
        assert pair.base is not None
        assert pair.candidate is not None
        assert pair.change is change_of(pair.base, pair.candidate)
        assert pair.events == events_of(pair.base, pair.candidate)


def test_broken_one_way_is_fixed_the_other(diff: Diff, base: Run, candidate: Run) -> None:
    back = compare(candidate, base)
    assert back.counts[Change.FIXED] == diff.counts[Change.BROKEN]
    assert back.counts[Change.BROKEN] == diff.counts[Change.FIXED]
    assert {pair.case_id for pair in back.changed} == {pair.case_id for pair in diff.changed}


def test_what_has_to_be_looked_at_comes_worst_first(diff: Diff) -> None:
    never = [len(pair.never_events) for pair in diff.changed]
    assert never == sorted(never, reverse=True)
    grave = [gravest(pair.events) for pair in diff.changed if len(pair.never_events) == 1]
    assert grave == sorted(grave), "a condition missed before an emergency unseen before a question dropped"
    plain = [pair for pair in diff.changed if not pair.events]
    assert [pair.change for pair in plain] == sorted(
        (pair.change for pair in plain),
        key=[Change.BROKEN, Change.OTHER_WRONG, Change.WORSE_RANK, Change.FIXED, Change.BETTER_RANK].index,
    )


def test_a_model_against_itself_is_empty(base: Run) -> None:
    same = compare(base, base)
    assert same.is_empty
    assert same.changed == ()
    assert repr(same) == empty_line(same) == f"no difference: {len(CARDS)} cases, equal to the last bit"
    assert "no difference" in same._repr_html_()
    assert not any(figure.is_changed for figure in figures(same))
    assert not any(change.is_changed for by in By for change in losses(same, by))


def test_an_unfinished_run_against_itself_is_not_empty(tmp_path: Path) -> None:
    none = run(BASE, CARDS, runs=tmp_path, workers=1, deadline=Deadline(0.0))
    diff = compare(none, none)
    assert not diff.is_empty
    assert diff.comparable == ()
    assert diff.counts[Change.NOT_PLAYED] == len(CARDS)
    assert figures(diff) == []
    assert "incomplete (0 of 60 cases)" in " ".join(diff.caveats)


def test_changes_of_the_cases_are_never_the_models_doing(base: Run, tmp_path: Path) -> None:
    first, second, third, *others = CARDS
    edit = second.model_copy(update={"patient": second.patient.model_copy(update={"age": 3.0})})
    renamed = third.model_copy(update={"id": "another-name"})
    new = first.model_copy(update={"id": "brand-new", "patient": first.patient.model_copy(update={"age": 99.0})})
    diff = compare(base, run(BASE, [edit, renamed, new, *others], runs=tmp_path, workers=1))
    assert diff.changed == ()
    assert {change: n for change, n in diff.counts.items() if n} == {
        Change.SAME: len(others) + 1,
        Change.EDITED: 1,
        Change.NEW: 1,
        Change.REMOVED: 1,
    }
    assert diff.pair["another-name"].base_id == third.id
    assert [change.part for change in diff.inputs if change.is_changed] == ["cases"]
    assert "1 case-edited, 1 case-new, 1 case-removed" in diff.caveats[0]
    assert counts_line(diff) == "0 broken · 0 fixed"
    assert len(diff.to_pandas()) == len(CARDS) + 1
    with pytest.raises(InputError, match="case-edited"):
        diff.rows(second.id)


def test_other_rules_of_play_are_said_loudly(base: Run, tmp_path: Path) -> None:
    told = run(BASE, CARDS, runs=tmp_path, workers=1, options=ReplayOptions(unlisted="unknown"))
    diff = compare(base, told)
    (options,) = (change for change in diff.inputs if change.is_changed)
    assert (options.part, options.details) == ("options", ("unlisted off → unknown",))
    assert "played by different rules (unlisted off → unknown)" in diff.caveats[0]
    assert len(diff.comparable) == len(CARDS)


def test_a_policy_is_named_by_its_settings(base: Run, tmp_path: Path) -> None:
    hasty = replace(POLICY, stopping=replace(POLICY.stopping, max_questions=3, posterior_threshold=None))
    diff = compare(base, run(Candidate(BASE.network, hasty), CARDS, runs=tmp_path, workers=1))
    (policy,) = (change for change in diff.inputs if change.is_changed)
    assert policy.details == ("stopping.max_questions 8 → 3", "stopping.posterior_threshold 0.9 → off")


def test_figures_are_those_of_the_runs(diff: Diff) -> None:
    before, after = diff.base.metrics(), diff.candidate.metrics()
    for figure in figures(diff):
        assert figure.base == before[figure.name]
        assert figure.candidate == after[figure.name]
    top = next(figure for figure in figures(diff) if figure.name == "top_1")
    right = [sum(row["rank_right"] == 1 for row in side.rows.values()) for side in (diff.base, diff.candidate)]
    assert [f"({n} of {len(CARDS)})" in top.words for n in right] == [True, True]


@pytest.mark.parametrize("by", list(By))
def test_losses_agree_with_the_groups_of_each_run(diff: Diff, by: By) -> None:
    found = losses(diff, by)
    for side, run_ in (("base", diff.base), ("candidate", diff.candidate)):
        scores = {score.group: score for score in by_group(run_, by)}
        assert {change.group for change in found} == set(scores)
        for change in found:
            counts, score = getattr(change, side), scores[change.group]
            assert sum(counts.values()) == change.n == score.n
            assert counts["knowledge"] == pytest.approx(score.knowledge * score.n)
            assert counts["policy"] == pytest.approx(score.policy * score.n)
    whole = overall(diff)
    assert whole.moved["right"] == diff.counts[Change.FIXED] - diff.counts[Change.BROKEN]
    moved = [change.moved["right"] for change in found]
    assert moved == sorted(moved), "the worst first"


def test_a_line_says_what_happened_and_how_to_see_it(diff: Diff) -> None:
    broken = next(pair for pair in diff.changed if pair.change is Change.BROKEN)
    word, text = case_line(broken)
    assert word == "BROKEN"
    assert text.startswith(broken.case_id)
    assert text.endswith(f"  clinval show {broken.case_id} --diff")
    assert " → " in text
    assert "→." in text or "→0" in text
    for pair in diff.changed:
        line = " ".join(case_line(pair))
        assert all(event.value in line for event in pair.events)
    assert last_line(diff).startswith(f"{diff.counts[Change.BROKEN]} broken · {diff.counts[Change.FIXED]} fixed")


def test_the_diff_prints_itself(diff: Diff) -> None:
    for text in (repr(diff), diff._repr_html_()):
        assert "Figures that moved" in text
        assert diff.changed[0].case_id in text
    assert repr(diff).splitlines()[-1] == last_line(diff)


def test_frames(diff: Diff) -> None:
    frame = diff.to_pandas()
    assert (frame["change"] == "broken").sum() == diff.counts[Change.BROKEN]
    for pair in diff.changed:
        both = diff.transcripts(pair.case_id)
        base, candidate = diff.rows(pair.case_id)
        assert both["base", "finding"].dropna().tolist() == [q["finding"] for q in base["transcript"]]
        assert both["candidate", "p_expected"].dropna().tolist() == candidate["p_expected_after"]
        same = both[both["both", "same"]]
        assert same["base", "finding"].tolist()[1:] == same["candidate", "finding"].tolist()[1:]


def test_an_unknown_case_has_its_nearest_names(diff: Diff) -> None:
    with pytest.raises(InputError, match=f"did you mean {CARDS[0].id}"):
        diff.rows(CARDS[0].id[:-1])

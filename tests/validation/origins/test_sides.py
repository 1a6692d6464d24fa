"""Two names to two runs: whose cases are played, what changed of them, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model.errors import InputError
from validation.comparison import Change, compare
from validation.origins import CaseChanges, NothingToCompare, Sides, obtain, sides
from validation.origins.code import code_of_commit
from validation.origins.git import Repository
from validation.origins.side import STORED, THIS_CODE
from validation.runner import run

from .conftest import CASES, MODEL, commit_all, git, replace_in

pytestmark = pytest.mark.usefixtures("repository")

CONDITION = MODEL / "conditions" / "c00.toml"


def both(base: str = "main", candidate: str = ".", **more: object) -> Sides:
    return sides(base, candidate, **{"model": MODEL, "cases": CASES, **more})  # type: ignore[arg-type]


def a_card() -> Path:
    return min(CASES.rglob("*.toml"))


def edit_the_model() -> None:
    text = CONDITION.read_text()
    finding = next(line for line in text.splitlines() if line.startswith("f"))
    replace_in(CONDITION, finding, f"{finding.split(' = ')[0]} = 0.01")


def test_a_repository_without_code_has_no_digest(repository: Path) -> None:
    assert code_of_commit(Repository.at(repository), "HEAD") is None


def test_equal_sides_give_an_empty_diff() -> None:
    pair = both()
    assert compare(pair.base.run, pair.candidate.run).is_empty
    assert (pair.base.played_by, pair.candidate.played_by) == (THIS_CODE, THIS_CODE)
    assert pair.candidate.run.reused  # the very same run
    assert pair.case_changes is not None
    assert pair.case_changes.is_empty
    assert pair.notes == ()


def test_an_edit_of_the_model_is_the_candidates_alone(repository: Path) -> None:
    was = git(repository, "rev-parse", "HEAD")
    edit_the_model()
    pair = both()
    diff = compare(pair.base.run, pair.candidate.run)
    assert [change.part for change in diff.inputs if change.is_changed] == ["network"]
    assert pair.base.commit == was
    assert pair.base.candidate is not None
    assert pair.base.candidate.network.digest == pair.base.run.manifest.plan.network.digest
    assert pair.base.run.manifest.plan.network.path == f"{was[:10]}:{MODEL}"


def test_two_commits_leave_what_lies_here_out(repository: Path) -> None:
    edit_the_model()
    commit_all(repository, "edit")
    CONDITION.write_text("not TOML")
    pair = both("HEAD~1", "HEAD")
    assert not compare(pair.base.run, pair.candidate.run).is_empty


def test_by_default_both_play_the_candidates_cases() -> None:
    edited, removed = sorted(CASES.rglob("*.toml"))[:2]
    new = removed.with_name("zz-new.toml")
    replace_in(edited, 'sex = "', 'pregnant = false\nsex = "')
    shutil.copy(removed, new)
    replace_in(new, f'"{removed.stem}"', '"zz-new"')
    removed.unlink()
    pair = both()
    assert pair.case_changes is not None
    assert pair.case_changes.edited == (edited.stem,)
    assert pair.case_changes.renamed == ("zz-new",)  # the same content: neither new nor removed
    assert pair.case_changes.new == pair.case_changes.removed == ()
    assert [card.id for card in pair.case_changes.withdrawn] == [edited.stem]
    assert pair.withdrawn is None  # both models are one: nothing can have newly happened
    diff = compare(pair.base.run, pair.candidate.run)
    assert all(one.is_comparable for one in diff.pairs)
    own = both(cases_from="own")
    counts = compare(own.base.run, own.candidate.run).counts
    assert counts[Change.EDITED] == 1
    # Renamed, with the same content: a partner, not a new case.
    assert counts[Change.NEW] == counts[Change.REMOVED] == 0


def test_cases_that_are_edited_or_removed_with_the_model_are_played_as_they_were_too() -> None:
    edited, removed, sibling = sorted(CASES.rglob("*.toml"))[:3]
    new = sibling.with_name("zz-new.toml")
    shutil.copy(sibling, new)
    replace_in(new, f'"{sibling.stem}"', '"zz-new"')
    replace_in(new, 'sex = "', 'pregnant = false\nsex = "')
    replace_in(edited, 'sex = "', 'pregnant = false\nsex = "')
    removed.unlink()
    edit_the_model()
    pair = both()
    assert pair.case_changes is not None
    assert (pair.case_changes.new, pair.case_changes.removed) == (("zz-new",), (removed.stem,))
    assert pair.withdrawn is not None
    diff = compare(*pair.withdrawn)
    assert [one.case_id for one in diff.comparable] == [edited.stem, removed.stem]
    assert diff.pair[edited.stem].card.patient.pregnant is None
    assert [change.part for change in diff.inputs if change.is_changed] == ["network"]


def test_a_case_that_is_selected_no_longer_was_taken_out() -> None:
    card = a_card()
    replace_in(card, "author =", 'split = "holdout"\nauthor =')
    pair = both(select="split == reference")
    assert pair.case_changes is not None
    assert pair.case_changes.removed == (card.stem,)
    assert both().case_changes == CaseChanges()


def test_a_finding_that_is_new_with_its_case_is_no_evidence_for_the_base() -> None:
    with (MODEL / "findings.toml").open("a") as file:
        file.write('\n[hiccups]\nname = "Hiccups"\nquestion = "Do you have hiccups?"\nkind = "symptom"\nleak = 0.01\n')
    replace_in(CONDITION, "[findings]", "[findings]\nhiccups = 0.9")
    replace_in(a_card(), "[findings]", '[findings]\nhiccups = "present"')
    pair = both()
    assert pair.base.run.manifest.not_in_network == {"hiccups": 1}
    assert pair.candidate.run.manifest.not_in_network == {}


def test_an_unknown_word_is_refused_for_the_candidate() -> None:
    replace_in(a_card(), "[findings]", '[findings]\nhiccups = "present"')
    with pytest.raises(InputError, match="hiccups"):
        both()


def test_catalogue_38_a_removed_condition(repository: Path) -> None:
    shutil.move(CONDITION, repository / "c00.toml")
    with pytest.raises(InputError, match=r"E-CONDITION-REMOVED.*--accept-removed"):
        both()
    pair = both(accept_removed=True)
    assert pair.candidate.run.is_complete


def test_a_model_that_is_new_has_nothing_to_be_compared_with() -> None:
    shutil.copytree(MODEL, "model/networks/other")
    with pytest.raises(NothingToCompare, match=r"E-NEW-MODEL.*clinval run") as caught:
        both(model=Path("model/networks/other"))
    assert caught.value.exit_code == 4


def test_cases_that_are_new_are_all_new() -> None:
    shutil.copytree(CASES, "cases/corpora/other")
    pair = both(cases=Path("cases/corpora/other"))
    assert pair.case_changes is not None
    assert len(pair.case_changes.new) == 16


def test_a_stored_run_lends_its_cases() -> None:
    stored = run(MODEL, CASES, runs="runs")
    edit_the_model()
    shutil.rmtree(CASES)
    pair = both(str(stored.path), cases=None)
    assert pair.base.played_by == STORED
    assert pair.base.candidate is None  # what lies there now is another model
    assert set(pair.candidate.run.cards) == set(stored.cards)


def test_a_stored_run_of_a_commit_finds_its_model_again(repository: Path) -> None:
    first = both("main", "main").base.run
    edit_the_model()
    commit_all(repository, "edit")
    found = obtain(str(first.path)).candidate
    assert found is not None
    assert found.network.digest == first.manifest.plan.network.digest


def test_without_cases_or_a_run_to_take_them_from() -> None:
    with pytest.raises(InputError, match=r"E-ORIGIN-CASES.*--cases"):
        both(cases=None)


def test_mistakes_in_both_origins_are_told_together() -> None:
    with pytest.raises(InputError) as caught:
        both("nothing", "-x")
    assert [problem.code for problem in caught.value.problems] == ["E-ORIGIN", "E-GIT-REF"]


def test_a_mistake_in_a_commit_names_the_commit(repository: Path) -> None:
    good = CONDITION.read_text()
    CONDITION.write_text("triage = 3")
    broken = commit_all(repository, "broken")
    CONDITION.write_text(good)
    with pytest.raises(InputError) as caught:
        both("HEAD", "./" + str(MODEL))
    assert f"{broken[:10]} › small/conditions/c00.toml" in str(caught.value)
    assert "/tmp" not in str(caught.value)


def test_the_base_is_where_the_candidate_branched_off(repository: Path) -> None:
    fork = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "feature")
    commit_all(repository, "mine")
    git(repository, "checkout", "--quiet", "main")
    edit_the_model()
    commit_all(repository, "theirs")
    git(repository, "checkout", "--quiet", "feature")
    pair = both(merge_base=True)
    assert pair.base.commit == fork
    assert pair.base.label == f"merge base with main ({fork[:10]})"
    assert "has moved on" in pair.notes[0]
    assert compare(pair.base.run, pair.candidate.run).is_empty


def test_some_of_the_cases() -> None:
    pair = both(select="sex == female")
    assert len(pair.base.run.cards) == len(pair.candidate.run.cards) == 8


def test_one_side_alone() -> None:
    assert obtain(".", model=MODEL, cases=CASES).run.is_complete

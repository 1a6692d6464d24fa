"""A diff on disk: equal bytes for equal inputs, opened again wherever it went, never trusted unhashed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from model.errors import ClinvalError, InputError
from tests.validation.comparison.conftest import BASE, CANDIDATE, CARDS
from validation.comparison import Diff, compare
from validation.comparison.record import Origin, diff_directory, make_record, read_record, save_record
from validation.results import Run
from validation.runner import run


def test_it_comes_back_as_it_was(diff: Diff, runs: Path) -> None:
    record = make_record(
        diff, runs, base=Origin(label="main", kind="ref", commit="3f2a91c"), verdict={"status": "fail"}
    )
    place = save_record(record, runs)
    for path in (place, place / "diff.json", runs / "diffs", runs):
        assert read_record(path) == record
    again = Diff.open(place)
    assert again.counts == diff.counts
    assert [pair.case_id for pair in again.changed] == [pair.case_id for pair in diff.changed]
    assert record.base.origin.label == "main"
    assert record.candidate.origin.label == diff.candidate.path.name
    assert [case.case_id for case in record.changed] == [pair.case_id for pair in diff.changed]
    assert record.counts["broken"] == sum(case.change == "broken" for case in record.changed)
    assert record.base.path == f"../../{diff.base.path.name}"


def test_equal_inputs_give_equal_bytes_elsewhere_and_later(diff: Diff, runs: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another" / "place"
    other = compare(run(BASE, CARDS, runs=elsewhere, workers=2), run(CANDIDATE, CARDS, runs=elsewhere, workers=1))
    assert make_record(other, elsewhere).to_bytes() == make_record(diff, runs).to_bytes()


def test_saving_again_replaces_and_is_the_latest(diff: Diff, base: Run, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(base.path.parent, runs)
    first = save_record(make_record(diff, runs), runs)
    second = save_record(make_record(compare(base, base), runs), runs)
    assert first != second
    assert diff_directory(runs / "diffs") == second
    judged = make_record(diff, runs, verdict={"status": "pass"})
    assert save_record(judged, runs) == first == diff_directory(runs)
    assert read_record(runs).verdict == {"status": "pass"}


@pytest.fixture
def saved(diff: Diff, runs: Path, tmp_path: Path) -> Path:
    """A copy of both runs with their diff, in a place of its own."""
    moved = tmp_path / "moved"
    shutil.copytree(runs, moved)
    save_record(make_record(diff, runs), moved)
    return moved


def test_it_moves_with_its_runs(saved: Path, diff: Diff) -> None:
    assert Diff.open(saved).base.path == saved / diff.base.path.name


def _edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _remove_both(path: Path) -> None:
    for run_ in path.parents[2].iterdir():
        if run_.name != "diffs":
            shutil.rmtree(run_) if run_.is_dir() else run_.unlink()


def _swap(path: Path) -> None:
    """Another run under the name of the base's."""
    record = read_record(path)
    base, candidate = (path.parent / side.path for side in (record.base, record.candidate))
    shutil.rmtree(base)
    shutil.copytree(candidate, base)


@pytest.mark.parametrize(
    ("damage", "code", "times"),
    [
        (_cut, "E-DIFF .*cut short or overwritten", 1),
        (lambda path: path.write_text("[]"), "E-DIFF", 1),
        (lambda path: path.write_bytes(b"\xff\xfe"), "E-DIFF", 1),
        (lambda path: _edit(path, is_empty=True), "was changed after it was written", 1),
        (lambda path: _edit(path, verdict={"status": "pass"}), "was changed after it was written", 1),
        (lambda path: _edit(path, more=1), "E-DIFF", 1),
        (lambda path: path.unlink(), "E-NO-DIFF", 1),
        (_remove_both, "E-NO-RUN", 2),
        (_swap, "E-ANOTHER-RUN", 1),
    ],
)
def test_damage_is_told(saved: Path, damage: Callable[[Path], object], code: str, times: int) -> None:
    damage(diff_directory(saved) / "diff.json")
    with pytest.raises(ClinvalError, match=code) as caught:
        Diff.open(saved)
    assert str(caught.value).count("E-") == times


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing there; expected a diff's directory"):
        Diff.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no saved diff"):
        Diff.open(tmp_path)

"""A base whose code differs is played by its own code, in a worktree of which nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from model.errors import InputError
from model.inference.native import library
from tests.validation.shell import environment
from validation.comparison import compare
from validation.deadline import Deadline
from validation.origins import NothingToCompare, Sides, code, obtain, own_code, sides, worktree
from validation.origins.code import code_of_commit, same_kernels
from validation.origins.git import Repository
from validation.origins.side import OWN_CODE, THIS_CODE
from validation.store.digests import code_digest

from .conftest import CASES, MODEL, commit_all, git, replace_in

pytestmark = pytest.mark.usefixtures("older")

ONE_OF_MANY = re.compile(r"kernels/(?!hot_loop|module)\w+\.c\"")
REPLAY = Path("validation/replay.py")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Worktrees go here, so that a test sees what is left of them."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return place


@pytest.fixture
def older(repository_with_code: Path) -> Path:
    """HEAD~1 kept three leading conditions after each question, HEAD has this code."""
    here = (repository_with_code / REPLAY).read_text()
    replace_in(repository_with_code / REPLAY, "N_LEADING = 5", "N_LEADING = 3")
    commit_all(repository_with_code, "older code")
    (repository_with_code / REPLAY).write_text(here)
    commit_all(repository_with_code, "this code")
    return repository_with_code


def both(base: str = "HEAD~1", candidate: str = "HEAD", **more: object) -> Sides:
    return sides(base, candidate, **{"model": MODEL, "cases": CASES, **more})  # type: ignore[arg-type]


def nothing_is_left(repository: Path, temporary: Path) -> bool:
    return len(git(repository, "worktree", "list").splitlines()) == 1 and not list(temporary.iterdir())


def test_the_digest_of_a_commit_is_that_of_its_files(repository_with_code: Path) -> None:
    here = Repository.at(repository_with_code)
    assert code_of_commit(here, "HEAD") == code_digest(repository_with_code) == code_digest()


def test_the_base_is_played_by_its_own_code(older: Path, temporary: Path) -> None:
    head, index = git(older, "rev-parse", "HEAD"), (older / ".git/index").read_bytes()
    pair = both()
    assert (pair.base.played_by, pair.candidate.played_by) == (OWN_CODE, THIS_CODE)
    case_id = next(iter(pair.base.run.rows))
    assert len(pair.base.run.row(case_id)["initial_leading"]) == 3
    assert len(pair.candidate.run.row(case_id)["initial_leading"]) == 5
    changed = [change.part for change in compare(pair.base.run, pair.candidate.run).inputs if change.is_changed]
    assert changed == ["code"]
    plan = pair.base.run.manifest.plan
    assert plan.code_digest == code_of_commit(Repository.at(older), "HEAD~1")
    assert str(temporary) not in plan.model_dump_json()
    assert "its own code" in pair.notes[0]
    assert nothing_is_left(older, temporary)
    assert git(older, "rev-parse", "HEAD") == head
    assert (older / ".git/index").read_bytes() == index


def test_what_its_own_code_played_once_is_taken_from_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    first = both().base.run
    monkeypatch.setattr(own_code, "worktree", None)  # would be called
    again = both()
    assert again.base.run.path == first.path
    assert again.base.played_by == OWN_CODE


def test_the_same_code_for_both_if_one_says_so() -> None:
    pair = both(same_code=True)
    assert (pair.base.played_by, pair.candidate.played_by) == (THIS_CODE, THIS_CODE)
    assert "not by its own" in " ".join(pair.notes)
    assert compare(pair.base.run, pair.candidate.run).is_empty


def test_the_candidates_cases_are_what_the_older_code_plays(older: Path) -> None:
    card = min(CASES.rglob("*.toml"))
    card.rename(card.with_name("zz-new.toml"))
    replace_in(card.with_name("zz-new.toml"), f'"{card.stem}"', '"zz-new"')
    pair = both(candidate=str(MODEL))
    assert "zz-new" in pair.base.run.rows
    commit_all(older, "a case")
    assert "zz-new" in both("HEAD~2", "HEAD").base.run.rows
    assert "zz-new" not in both("HEAD~2", "HEAD", cases_from="own").base.run.rows


def test_the_cards_of_a_stored_run_are_played_by_older_code() -> None:
    stored = obtain(str(MODEL), cases=CASES).run
    pair = both("HEAD~1", str(stored.path), cases=None)
    assert set(pair.base.run.rows) == set(stored.rows)


def test_a_working_tree_with_other_code_than_runs_here_is_refused(older: Path) -> None:
    replace_in(older / REPLAY, "N_LEADING = 5", "N_LEADING = 4")
    code_digest.cache_clear()
    with pytest.raises(InputError, match=r"E-CODE-ELSEWHERE.*make setup"):
        both(candidate=".")


def test_what_the_older_code_refuses_is_told_in_its_words(older: Path, temporary: Path) -> None:
    condition = MODEL / "conditions" / "c00.toml"
    good = condition.read_text()
    replace_in(older / REPLAY, "N_LEADING = 5", "N_LEADING = 3")
    reader = older / "validation/cli/run.py"
    refusal = (
        "from model.errors import InputError, Problem\n\n    "
        'raise InputError([Problem("E-OLD", str(model), "nothing that I like")])\n    deadline = Deadline('
    )
    replace_in(reader, "deadline = Deadline(", refusal)
    bad = commit_all(older, "it refuses everything")
    git(older, "revert", "--no-edit", "HEAD")
    assert condition.read_text() == good
    with pytest.raises(InputError, match=f"E-OLD  {bad[:10]}, read by its own code"):
        both()
    assert nothing_is_left(older, temporary)


def test_code_that_cannot_run_is_told_with_the_way_out(older: Path, temporary: Path) -> None:
    replace_in(older / "validation/cli/run.py", "app = ", "import no_such_package\n\napp = ")
    replace_in(older / REPLAY, "N_LEADING = 5", "N_LEADING = 3")
    commit_all(older, "broken code")
    git(older, "revert", "--no-edit", "HEAD")
    with pytest.raises(worktree.OtherCodeFailed, match=r"no_such_package.*--same-code"):
        both()
    assert nothing_is_left(older, temporary)


def test_runs_with_other_columns_are_not_compared(older: Path) -> None:
    replace_in(older / "validation/columns.py", '"p_expected"', '"p_of_expected"')
    commit_all(older, "other columns")
    git(older, "revert", "--no-edit", "HEAD")
    with pytest.raises((NothingToCompare, worktree.OtherCodeFailed), match="--same-code"):
        both()


def test_code_from_somewhere_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {**os.environ, "PYTHONPATH": str(Path(code.__file__).parents[2])}
    monkeypatch.setattr(worktree, "_environment", lambda _: elsewhere)
    with pytest.raises(worktree.OtherCodeFailed, match="was imported from"):
        both()


def test_time_that_is_up_ends_the_older_code_too(older: Path, temporary: Path) -> None:
    with pytest.raises(NothingToCompare, match=r"E-BASE-LATE.*out of time"):
        both(deadline=Deadline(0.05))
    assert nothing_is_left(older, temporary)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_worktree(older: Path, temporary: Path, number: signal.Signals) -> None:
    script = (
        "import sys, time; from pathlib import Path; from validation.deadline import ended_by_sigterm; "
        "from validation.origins.git import Repository; from validation.origins.worktree import worktree\n"
        "with ended_by_sigterm(), worktree(Repository.at(Path.cwd()), 'HEAD'):\n"
        "    print('in', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        cwd=older,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"in\n"
    assert not nothing_is_left(older, temporary)
    child.send_signal(number)
    child.communicate(timeout=30)
    assert nothing_is_left(older, temporary)


def test_what_a_killed_process_left_is_removed_by_the_next(older: Path, temporary: Path) -> None:
    script = (
        "import os; from pathlib import Path; "
        "from validation.origins.git import Repository; from validation.origins.worktree import worktree\n"
        "with worktree(Repository.at(Path.cwd()), 'HEAD'):\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-P", "-c", script], cwd=older, env=environment(), check=False)
    assert not nothing_is_left(older, temporary)
    with worktree.worktree(Repository.at(older), "HEAD") as one:
        with worktree.worktree(Repository.at(older), "HEAD") as other:  # one that is in use stays
            assert one.exists()
            assert other.exists()
        assert one.exists()
    assert nothing_is_left(older, temporary)


def test_a_hook_of_the_user_is_not_run(older: Path) -> None:
    hook = older / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ../../hook-was-run\ntouch hook-was-run\n")
    hook.chmod(0o755)
    with worktree.worktree(Repository.at(older), "HEAD") as tree:
        assert not (tree / "hook-was-run").exists()


def test_equal_kernels_are_copied(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worktree, "BUILD", "raise SystemExit('would be built')")
    with worktree.worktree(Repository.at(older), "HEAD") as tree:
        assert same_kernels(tree)
        worktree.build_kernels(tree, "HEAD")
        (built,) = (tree / "model/inference").glob("_kernels*.so")
        assert built.read_bytes() == Path(library()._name).read_bytes()


def test_other_kernels_are_built_where_they_are(older: Path) -> None:
    with worktree.worktree(Repository.at(older), "HEAD") as tree:
        source = tree / "model/inference/kernels/hot_loop.c"
        source.write_text(source.read_text() + "\nint clinval_older(void);\nint clinval_older(void) { return 41; }\n")
        assert not same_kernels(tree)
        project = tree / "pyproject.toml"  # two of the sources: all of them take a minute
        kept = [line for line in project.read_text().splitlines(keepends=True) if not ONE_OF_MANY.search(line)]
        project.write_text("".join(kept))
        worktree.build_kernels(tree, "HEAD")
        (built,) = (tree / "model/inference").glob("_kernels*.so")
        assert b"clinval_older" in built.read_bytes()

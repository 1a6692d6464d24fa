"""Git's answers, and its refusals in words that help."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model.errors import InputError
from validation.origins.git import Repository

from .conftest import commit_all, git

pytestmark = pytest.mark.usefixtures("repository")


def refusal(name: str) -> str:
    with pytest.raises(InputError) as caught:
        Repository.at(Path.cwd()).commit(name)
    return str(caught.value)


def test_what_names_mean(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    second = commit_all(repository, "second")
    git(repository, "tag", "-a", "v1", "-m", "annotated", first)
    here = Repository.at(repository)
    assert here.root == repository
    expected = {"main": second, "HEAD~1": first, "v1": first, second[:8]: second, "refs/heads/main": second}
    assert {name: here.commit(name) for name in expected} == expected


def test_a_subdirectory_is_in_the_same_repository(repository: Path) -> None:
    assert Repository.at(repository / "model").root == repository


def test_an_unknown_name_suggests_near_ones(repository: Path) -> None:
    git(repository, "branch", "nausea-in-appendicitis")
    assert "did you mean nausea-in-appendicitis" in refusal("nausea-in-apendicitis")


def test_an_unknown_remote_branch_says_how_to_fetch_it(repository: Path) -> None:
    git(repository, "remote", "add", "origin", str(repository))
    assert "git fetch origin main" in refusal("origin/main")


@pytest.mark.parametrize("name", ["--output=/tmp/x", "-", "--all", "", " ", "a\nb", "a\0b"])
def test_what_could_be_an_option_never_reaches_git(name: str) -> None:
    assert "E-GIT-REF" in refusal(name)


def test_a_branch_and_a_tag_of_one_name_are_told_apart(repository: Path) -> None:
    git(repository, "tag", "twice")
    commit_all(repository, "second")
    git(repository, "branch", "twice")
    said = refusal("twice")
    assert "E-GIT-AMBIGUOUS" in said
    assert "refs/heads/twice, refs/tags/twice" in said
    assert Repository.at(repository).commit("refs/tags/twice") != Repository.at(repository).commit("refs/heads/twice")


def test_a_shallow_clone_says_how_to_deepen_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "other")
    commit_all(repository, "second")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "fetch-depth: 0" in refusal(first)


def test_the_merge_base_is_where_two_branches_parted(repository: Path) -> None:
    fork = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "feature")
    mine = commit_all(repository, "mine")
    git(repository, "checkout", "--quiet", "main")
    theirs = commit_all(repository, "theirs")
    assert Repository.at(repository).merge_base(theirs, mine) == fork


def test_histories_without_a_common_commit(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "--orphan", "alone")
    alone = commit_all(repository, "alone")
    with pytest.raises(InputError, match="E-GIT-MERGE-BASE"):
        Repository.at(repository).merge_base(first, alone)


def test_files_come_as_they_were_committed(repository: Path) -> None:
    odd = {"with space.txt": b"a\r\nb\r\n", "naïve *[x].txt": b"\0\xff", "empty": b"", "new\nline": b"\n\n"}
    for name, data in odd.items():
        (repository / "odd").mkdir(exist_ok=True)
        (repository / "odd" / name).write_bytes(data)
    (repository / ".gitattributes").write_text("*.txt text eol=lf export-ignore\n")
    git(repository, "-c", "core.autocrlf=false", "add", "--all")
    (repository / ".gitattributes").unlink()
    commit = commit_all(repository, "odd")
    here = Repository.at(repository)
    read = {file.path.name: data for file, data in here.read(here.files(commit, "odd"))}
    assert read == odd


def test_a_pattern_is_no_path(repository: Path) -> None:
    here = Repository.at(repository)
    assert not here.files(here.commit("main"), "mod*")
    assert here.files(here.commit("main"), "model")


def test_outside_a_repository(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"E-GIT-NONE.*need no git"):
        Repository.at(tmp_path)


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(InputError, match=r"E-GIT-MISSING.*install git"):
        Repository.at(repository)


def test_a_calling_hooks_variables_lead_nowhere(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert Repository.at(repository).commit("main") == expected

"""What BASE and CANDIDATE may be, and what is refused because it is nothing or two things."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

import pytest

from model.errors import InputError
from validation.origins import Kind, read_origin
from validation.origins.trees import NotInCommit, extracted
from validation.runner import run

from .conftest import CASES, MODEL, commit_all, git

pytestmark = pytest.mark.usefixtures("repository")


def test_a_ref_is_the_model_at_that_commit(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    origin = read_origin("main", MODEL)
    assert (origin.kind, origin.commit, origin.inside) == (Kind.REF, head, PurePosixPath(MODEL))
    assert origin.label == f"main ({head[:10]})"
    assert read_origin(head[:7], MODEL).label == head[:10]


def test_a_ref_may_name_its_own_model() -> None:
    assert read_origin(f"HEAD:{MODEL}", None).inside == PurePosixPath(MODEL)


def test_a_model_is_relative_to_where_one_stands(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "model")
    assert read_origin("main", Path("networks/small")).inside == PurePosixPath(MODEL)


@pytest.mark.parametrize("text", [".", "WORKTREE"])
def test_the_working_tree(repository: Path, text: str) -> None:
    head = git(repository, "rev-parse", "HEAD")
    origin = read_origin(text, MODEL)
    assert (origin.kind, origin.commit, origin.label) == (Kind.WORKTREE, None, f"working tree ({head[:10]})")
    (repository / MODEL / "conditions" / "c00.toml").write_text("changed")
    assert read_origin(text, MODEL).label == f"working tree ({head[:10]}, edited)"


def test_runs_and_models_on_disk() -> None:
    stored = run(MODEL, CASES, runs="runs")
    assert read_origin("runs", None).kind is Kind.RUN
    assert read_origin(str(stored.path), None).kind is Kind.RUN
    assert read_origin(str(MODEL), None).kind is Kind.MODEL


def test_paths_need_no_repository(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(repository / MODEL, tmp_path / "copy")
    monkeypatch.chdir(tmp_path)
    assert read_origin("copy", None).kind is Kind.MODEL
    with pytest.raises(InputError, match="E-GIT-NONE"):
        read_origin("main", MODEL)


def test_a_name_that_is_a_path_and_a_ref_is_refused_with_both_spellings(repository: Path) -> None:
    shutil.copytree(repository / MODEL, repository / "v2")
    git(repository, "tag", "v2")
    with pytest.raises(InputError) as caught:
        read_origin("v2", MODEL)
    assert "./v2 for the path, or refs/tags/v2 for the commit" in str(caught.value)
    assert read_origin("./v2", MODEL).kind is Kind.MODEL
    assert read_origin("refs/tags/v2", MODEL).kind is Kind.REF


def test_a_name_that_is_nothing_lists_near_refs_and_paths(repository: Path) -> None:
    git(repository, "branch", "mode")
    with pytest.raises(InputError, match=r"neither a path here nor a git ref.*did you mean mode, model"):
        read_origin("modl", MODEL)


@pytest.mark.parametrize(
    ("text", "model", "code"),
    [
        ("main", None, "E-ORIGIN-MODEL"),
        (".", None, "E-ORIGIN-MODEL"),
        ("", MODEL, "E-ORIGIN"),
        ("a\0b", MODEL, "E-ORIGIN"),
        ("-rf", MODEL, "E-GIT-REF"),
        ("./nothing", MODEL, "E-ORIGIN"),
        ("./cases", MODEL, "E-ORIGIN"),
        ("main:../outside", None, "E-GIT-PATH"),
        ("main:/etc", None, "E-GIT-PATH"),
        ("main", Path("/etc"), "E-GIT-PATH"),
    ],
)
def test_refused(text: str, model: Path | None, code: str) -> None:
    with pytest.raises(InputError, match=rf"{code}  "):
        read_origin(text, model)


def test_extracting_touches_neither_work_tree_nor_index(repository: Path) -> None:
    condition = repository / MODEL / "conditions" / "c00.toml"
    was = condition.read_bytes()
    condition.write_text("half an edit")
    git(repository, "add", str(condition))
    condition.write_text("another half")
    status = git(repository, "status", "--porcelain")
    index = (repository / ".git/index").read_bytes()
    origin = read_origin("main", MODEL)
    assert origin.repository is not None
    assert origin.commit is not None
    with extracted(origin.repository, origin.commit, PurePosixPath(MODEL)) as place:
        assert (place / "conditions" / "c00.toml").read_bytes() == was
        assert len(list(place.rglob("*.toml"))) == len(list((repository / MODEL).rglob("*.toml")))
    assert not place.exists()
    assert (repository / ".git/index").read_bytes() == index
    assert git(repository, "status", "--porcelain") == status
    assert condition.read_text() == "another half"


def test_a_file_brings_what_belongs_to_it(repository: Path) -> None:
    for name in ("x.bif", "x.roles.toml", "xy.bif"):
        (repository / name).write_text(name)
    commit_all(repository, "files")
    origin = read_origin("HEAD:x.bif", None)
    assert origin.repository is not None
    assert origin.commit is not None
    with extracted(origin.repository, origin.commit, PurePosixPath("x.bif")) as place:
        assert sorted(path.name for path in place.parent.iterdir()) == ["x.bif", "x.roles.toml"]


def test_catalogue_36_a_link_in_a_commit_is_refused(repository: Path) -> None:
    (repository / MODEL / "conditions" / "evil.toml").symlink_to("/etc/passwd")
    commit = commit_all(repository, "link")
    origin = read_origin("main", MODEL)
    assert origin.repository is not None
    with (
        pytest.raises(InputError, match=rf"E-GIT-LINK  {commit[:10]}:{MODEL}/conditions/evil.toml"),
        extracted(origin.repository, commit, PurePosixPath(MODEL)),
    ):
        pass


def test_a_path_that_the_commit_has_not() -> None:
    origin = read_origin("main", MODEL)
    assert origin.repository is not None
    assert origin.commit is not None
    with (
        pytest.raises(NotInCommit, match="E-GIT-PATH"),
        extracted(origin.repository, origin.commit, PurePosixPath("model/networks/other")),
    ):
        pass

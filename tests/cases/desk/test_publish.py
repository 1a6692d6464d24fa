"""Accepted cases become a branch: reproducibly, and without touching anything else."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from typer.testing import CliRunner

from cases import load_cases
from cases.cli import app
from cases.desk import Desk, NotAllowed
from cases.desk.shapes import CaseView
from cases.writers import to_toml
from model.errors import InputError

from .conftest import Doctors, OpenDesk, accept, new_postgres, sign_in

WHEN = {"GIT_AUTHOR_DATE": "2027-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2027-01-01T00:00:00Z"}


def git(repository: Path, *arguments: str) -> str:
    """What git says, on behalf of a committer whose commits are the same everywhere."""
    who = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], cwd=repository, env=os.environ | who | WHEN, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def new_repository(place: Path) -> Path:
    """A repository with one commit on ``main``."""
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    (place / "README").write_text("x\n")
    git(place, "add", "README")
    git(place, "commit", "-q", "-m", "first")
    return place


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "repository")


@pytest.fixture
def accepted(desk: Desk, doctors: Doctors, submitted: CaseView) -> CaseView:
    """Anna's case, accepted by Ben."""
    accept(desk, submitted, doctors.ben)
    return submitted


@pytest.mark.usefixtures("accepted")
def test_the_branch_has_the_cards_and_the_rest(desk: Desk, doctors: Doctors, repository: Path, tmp_path: Path) -> None:
    done = desk.publishing.publish(doctors.ada, repository, "cases/june", corpus="clinic")
    assert (done.n_cases, done.n_new, done.n_changed, done.existed) == (1, 1, 0, False)
    assert git(repository, "rev-parse", "cases/june") == done.commit
    assert git(repository, "rev-parse", "cases/june^") == done.base == git(repository, "rev-parse", "main")
    assert git(repository, "ls-tree", "-r", "--name-only", "cases/june").split() == [
        "README", "cases/corpora/clinic/appendicitis-001.toml",
    ]  # fmt: skip
    text = git(repository, "show", "cases/june:cases/corpora/clinic/appendicitis-001.toml")
    card = tomllib.loads(text)
    assert (card["author"], card["reviewer"], card["review_state"]) == ("Anna", "Ben", "accepted")
    assert card["opinions"][0]["doctor"] == "Ben"
    git(repository, "worktree", "add", "-q", str(tmp_path / "there"), "cases/june")
    assert load_cases(tmp_path / "there/cases/corpora/clinic").digest == done.digest
    git(repository, "fsck", "--strict")
    assert "complaint" not in git(repository, "log", "--format=%B", "cases/june")


@pytest.mark.usefixtures("accepted")
def test_nothing_else_in_the_repository_changes(desk: Desk, doctors: Doctors, repository: Path) -> None:
    (repository / "README").write_text("changed, not committed\n")
    (repository / "new").write_text("staged\n")
    git(repository, "add", "new")

    def state() -> dict[str, Any]:
        files = {path: path.read_bytes() for path in repository.glob("*") if path.is_file()}
        return {
            "index": (repository / ".git/index").read_bytes(),
            "HEAD": git(repository, "rev-parse", "HEAD"),
            **files,
        }

    before = state()
    desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert state() == before
    assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/main"


@pytest.mark.usefixtures("accepted")
def test_hooks_and_their_variables_have_no_say(
    desk: Desk, doctors: Doctors, repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hook = repository / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert not (tmp_path / "other").exists()


@pytest.mark.usefixtures("accepted")
def test_done_twice_it_finds_its_own_branch(desk: Desk, doctors: Doctors, repository: Path) -> None:
    first = desk.publishing.publish(doctors.ada, repository, "cases/june")
    git(repository, "commit", "-q", "--allow-empty", "-m", "main goes on")
    again = desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert again.existed
    assert again.commit == first.commit
    assert len(desk.publishing.past(doctors.ada)) == 1


@pytest.mark.usefixtures("accepted")
def test_two_clicks_at_the_same_moment_make_one_branch(desk: Desk, doctors: Doctors, repository: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        publish = partial(desk.publishing.publish, doctors.ada, repository, "cases/june")
        made = [one.result() for one in [pool.submit(publish) for _ in range(4)]]
    assert len({one.commit for one in made}) == 1
    assert len(desk.publishing.past(doctors.ada)) == 1


@pytest.mark.usefixtures("accepted")
def test_another_content_under_the_name_is_refused(
    desk: Desk, doctors: Doctors, repository: Path, other_record: dict[str, Any]
) -> None:
    first = desk.publishing.publish(doctors.ada, repository, "cases/june")
    more = desk.drafts.create(doctors.anna, other_record, card_id="another")
    accept(desk, desk.drafts.submit(doctors.anna, more.id, 1, no_identifiers=True), doctors.cleo)
    with pytest.raises(InputError, match=r"E-BRANCH.*other content"):
        desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert git(repository, "rev-parse", "cases/june") == first.commit
    assert desk.publishing.publish(doctors.ada, repository, "cases/july").n_new == 2
    with pytest.raises(InputError, match="E-BRANCH"):
        desk.publishing.publish(doctors.ada, repository, "main")


def test_later_edits_are_new_versions(
    desk: Desk, doctors: Doctors, accepted: CaseView, repository: Path, case_record: dict[str, Any]
) -> None:
    """Catalogue 89: on top of what was merged, in the file where it is by now."""
    desk.publishing.publish(doctors.ada, repository, "cases/june")
    git(repository, "merge", "-q", "cases/june")
    with pytest.raises(InputError, match="E-NOTHING"):
        desk.publishing.publish(doctors.ada, repository, "cases/july")
    (repository / "cases/corpora/clinic/abdomen").mkdir()
    git(repository, "mv", "cases/corpora/clinic/appendicitis-001.toml", "cases/corpora/clinic/abdomen/a1.toml")
    git(repository, "commit", "-q", "-m", "sorted")
    edited = desk.drafts.save(
        doctors.anna, accepted.id, {**case_record, "unlisted": "unknown"}, 1, why="not all was asked"
    )
    accept(desk, desk.drafts.submit(doctors.anna, accepted.id, edited.number, no_identifiers=True), doctors.cleo)
    done = desk.publishing.publish(doctors.ada, repository, "cases/july")
    assert (done.n_new, done.n_changed) == (0, 1)
    card = tomllib.loads(git(repository, "show", "cases/july:cases/corpora/clinic/abdomen/a1.toml"))
    assert (card["version"], card.get("unlisted")) == (2, None)  # "unknown" goes without saying.
    assert [one["doctor"] for one in card["opinions"]] == ["Ben", "Cleo"], "all opinions stay on the card"


@pytest.mark.usefixtures("accepted")
def test_a_signed_off_text_of_git_is_not_overwritten(desk: Desk, doctors: Doctors, repository: Path) -> None:
    """Catalogue 89."""
    [card] = desk.publishing.cards(doctors.ada)
    place = repository / "cases/corpora/clinic"
    place.mkdir(parents=True)
    (place / "mine.toml").write_text(to_toml(card.model_copy(update={"complaint": "Another."})))
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "by hand")
    with pytest.raises(InputError, match="E-EDITED"):
        desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert "cases/june" not in git(repository, "branch", "--list", "--all")


@pytest.mark.usefixtures("accepted")
def test_a_file_of_that_name_with_another_case_stays(desk: Desk, doctors: Doctors, repository: Path) -> None:
    [card] = desk.publishing.cards(doctors.ada)
    place = repository / "cases/corpora/clinic"
    place.mkdir(parents=True)
    (place / "Appendicitis-001.toml").write_text(to_toml(card.model_copy(update={"id": "somebody-elses"})))
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "by hand")
    desk.publishing.publish(doctors.ada, repository, "cases/june")
    names = git(repository, "ls-tree", "-r", "--name-only", "cases/june", "cases/").split()
    assert len(names) == 2
    assert names[1].startswith("cases/corpora/clinic/appendicitis-001-")


def test_the_same_history_gives_the_same_commit(
    tmp_path: Path, postgres: str, open_desk: OpenDesk, case_record: dict[str, Any], other_record: dict[str, Any]
) -> None:
    """Two databases, two repositories: the same commit, to the hash."""
    commits = set()
    for number, address in enumerate((f"sqlite:///{tmp_path / 'other.db'}", new_postgres(postgres))):
        desk = open_desk(address)
        desk.upgrade()
        doctors = sign_in(desk)
        for record, card_id in ((case_record, "b"), (other_record, "A"), ({**case_record, "unlisted": "unknown"}, "ä")):
            case = desk.drafts.create(doctors.anna, record, card_id=card_id)
            accept(desk, desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True), doctors.ben)
        repository = new_repository(tmp_path / f"repository{number}")
        commits.add(desk.publishing.publish(doctors.ada, repository, "cases/june").commit)
    assert len(commits) == 1


BAD_NAMES = {
    "branch": [
        "",
        "-x",
        "a..b",
        "a b",
        "x.lock",
        "@{u}",
        "@{-1}",
        "@",
        "HEAD",
        "refs/heads/x",
        "main/june",
        "x\0y",
        "ä" * 200,
        "x" * 250,
        "\ud800",
        "x/" * 2000 + "x",
    ],
    "corpus": ["", "../x", "A", "a/b"],
    "base": ["nope", "-x", "x\0y", "\ud800"],
}


@pytest.mark.parametrize(("option", "name"), [(option, name) for option, names in BAD_NAMES.items() for name in names])
@pytest.mark.usefixtures("accepted")
def test_bad_names_are_refused(option: str, name: str, desk: Desk, doctors: Doctors, repository: Path) -> None:
    options: dict[str, Any] = {"branch": "cases/june", "corpus": "clinic", "base": "HEAD", option: name}
    git(repository, "checkout", "-q", "-b", "before")  # `@{-1}` is main.
    with pytest.raises(InputError):
        desk.publishing.publish(doctors.ada, repository, **options)
    assert git(repository, "branch", "--list", "--format=%(refname)").split() == [
        "refs/heads/before",
        "refs/heads/main",
    ]


@pytest.mark.usefixtures("accepted")
def test_a_branch_beside_which_git_can_have_no_other(desk: Desk, doctors: Doctors, repository: Path) -> None:
    git(repository, "branch", "cases/june/first")
    with pytest.raises(InputError, match=r"E-BRANCH.*cases/june/first.*choose another"):
        desk.publishing.publish(doctors.ada, repository, "cases/june")
    assert desk.publishing.publish(doctors.ada, repository, "cases/july").n_new == 1


@pytest.mark.usefixtures("accepted")
def test_the_branch_of_a_work_tree_that_has_no_commit_yet(desk: Desk, doctors: Doctors, repository: Path) -> None:
    """To give it one would make all that lies in the work tree look changed."""
    git(repository, "checkout", "-q", "--orphan", "cases/june")
    with pytest.raises(InputError, match=r"E-BRANCH.*checked out"):
        desk.publishing.publish(doctors.ada, repository, "cases/june", base="main")
    assert desk.publishing.publish(doctors.ada, repository, "cases/july", base="main").n_new == 1


def test_who_may_publish_and_what(desk: Desk, doctors: Doctors, submitted: CaseView, repository: Path) -> None:
    with pytest.raises(NotAllowed):
        desk.publishing.publish(doctors.anna, repository, "cases/june")
    with pytest.raises(InputError, match="E-NOTHING"):  # In review is not accepted.
        desk.publishing.publish(doctors.ada, repository, "cases/june")
    accept(desk, submitted, doctors.ben)
    with pytest.raises(InputError, match="E-FILE"):
        desk.publishing.publish(doctors.ada, repository / "nowhere", "cases/june")


def test_the_command_line(accepted: CaseView, repository: Path, migrated: str) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--database", migrated])
        assert result.exit_code == 0, result.output
        return result.output

    publish = ("publish", "--repo", str(repository), "--branch", "cases/june")
    assert "git push origin cases/june" in run(*publish)
    said = json.loads(run(*publish, "--format", "json"))
    assert (said["cases"], said["new"], said["existed"]) == (1, 1, True)
    history = run("database", "history", "appendicitis-001")
    assert [line.split("  ")[1:3] for line in history.splitlines()] == [
        ["Anna", "create → draft"], ["Anna", "statement"], ["Anna", "submit → in review"],
        ["Ben", "opinion"], ["Ben", "accept → accepted"],
    ]  # fmt: skip
    assert len(json.loads(run("database", "history", accepted.id, "--format", "json"))) == 5
    assert run("database", "check").startswith("whole: ")
    assert json.loads(run("database", "upgrade", "--format", "json")) == {"before": "0002", "after": "0002"}


def test_what_is_asked_of_the_database_does_not_grow_with_the_cases(
    desk: Desk, doctors: Doctors, case_record: dict[str, Any]
) -> None:
    """All accepted cases are read whenever one is compared with them."""
    statements: list[str] = []
    event.listen(desk.store.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    counts = []
    for n in (1, 5):
        for _ in range(n):
            case_record["patient"] = {**case_record["patient"], "age": 20 + len(desk.drafts.mine(doctors.anna))}
            case = desk.drafts.create(doctors.anna, case_record)
            accept(desk, desk.drafts.submit(doctors.anna, case.id, 1, no_identifiers=True), doctors.ben)
        statements.clear()
        assert len(desk.publishing.cards(doctors.ada)) == len(desk.drafts.mine(doctors.anna))
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0

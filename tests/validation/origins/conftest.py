"""Real repositories in temporary places; the machine's own git settings have no say."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cases.writers.save import save_cases
from model.network.save import save_network
from tests.validation import synthetic
from validation.store.digests import code_digest

ROOT = Path(__file__).resolve().parents[3]
MODEL, CASES = Path("model/networks/small"), Path("cases/corpora/small")
Git = Callable[..., str]


@pytest.fixture(autouse=True)
def git_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name to commit as, no global configuration, nothing that a calling hook has set."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.org")
        monkeypatch.setenv(f"GIT_{who}_DATE", "2026-01-01T00:00:00Z")


def git(place: Path, *arguments: str) -> str:
    """What git prints; the test fails where git does."""
    done = subprocess.run(["git", *arguments], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit_all(place: Path, message: str) -> str:
    """Commit everything; the full hash."""
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(place, "rev-parse", "HEAD")


def replace_in(path: Path, old: str, new: str) -> None:
    """Edit a file; the test fails where it does not say ``old``."""
    text = path.read_text()
    assert old in text, f"{path} does not say {old!r}"
    path.write_text(text.replace(old, new))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository of one small network and its cases, without code; the current directory is in it."""
    root = tmp_path / "repository"
    (root / MODEL.parent).mkdir(parents=True)
    (root / CASES.parent).mkdir(parents=True)
    network = synthetic.network()
    save_network(network, root / MODEL)
    save_cases(synthetic.cards(network, 16), root / CASES)
    (root / ".gitignore").write_text("runs/\n*.so\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    commit_all(root, "first")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def repository_with_code(repository: Path) -> Path:
    """The same with this project's code, so that a commit can have code of its own."""
    code_digest.cache_clear()  # of the files as they are now: someone may be editing them
    keep_out = shutil.ignore_patterns("__pycache__", "*.so", "networks", "corpora")
    for room in ("model", "cases", "validation"):
        shutil.copytree(ROOT / room, repository / room, ignore=keep_out, dirs_exist_ok=True)
    (repository / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/base.lock"):
        shutil.copy(ROOT / name, repository / name)
    commit_all(repository, "code")
    return repository

"""A browser; the repositories of the origins' tests, with rules for the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.lacking import lacks
from tests.validation.origins.conftest import commit_all, git_environment, repository, repository_with_code

__all__ = ["git_environment", "repository", "repository_with_code"]

GATE = 'format = 1\n[overall]\ninconclusive = "pass"\n[integrity]\nreplay_sample = 4\n'


CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real one; of one module, since a process can hold only one of Playwright's loops at a time."""
    if not CHROMIUM.exists():
        lacks(f"no browser at {CHROMIUM}: `make test` installs it as root, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def checked_repository(repository: Path) -> Path:
    """A small model, its cases and lenient rules, on ``main`` and on the branch ``feature``."""
    (repository / "gate.toml").write_text(GATE)
    commit_all(repository, "rules")
    return repository

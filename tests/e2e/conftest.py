"""The repositories of the origins' tests, with rules for the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validation.origins.conftest import commit_all, git_environment, repository, repository_with_code

__all__ = ["git_environment", "repository", "repository_with_code"]

GATE = 'format = 1\n[overall]\ninconclusive = "pass"\n[integrity]\nreplay_sample = 4\n'


@pytest.fixture
def checked_repository(repository: Path) -> Path:
    """A small model, its cases and lenient rules, on ``main`` and on the branch ``feature``."""
    (repository / "gate.toml").write_text(GATE)
    commit_all(repository, "rules")
    return repository

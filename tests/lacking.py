"""What a test needs of the machine: where it lacks the test is skipped, saying so; in CI it fails."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

NO = ("", "0", "false", "no")


def in_ci() -> bool:
    """Whether this is continuous integration, where nothing may go untested in silence."""
    return os.environ.get("CI", "").strip().lower() not in NO


def lacks(what: str) -> NoReturn:
    """Skip the running test because of ``what`` lacks; fail it in CI (``CI`` is set)."""
    if in_ci():
        pytest.fail(f"CI must test this, but it cannot: {what}", pytrace=False)
    pytest.skip(what)

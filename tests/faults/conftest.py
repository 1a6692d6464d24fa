"""A Ray of our own for the faults' tests, and what they have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

# Read by Ray when it is loaded: a developer's ~/.ray/auth_token is neither read nor written.
os.environ["RAY_AUTH_MODE"] = "disabled"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from validation.executors.ray.cluster import joined


@pytest.fixture(scope="module")
def ray_here() -> Iterator[None]:
    """A local Ray of two processors that all tests of a module share."""
    if find_spec("ray") is None:  # not importorskip: our own code has to be the first to load it
        pytest.skip("the cluster's packages are not installed: make .venv/.test")
    with joined("local", 2):
        yield

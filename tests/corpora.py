"""The public corpora beside the project: read where they lie, never copied; absent ones skip, saying so."""

from __future__ import annotations

from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def corpus(name: str) -> Path:
    """The folder of one corpus; skips the calling test where there is none."""
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip(f"the corpus {name!r} is not at {folder}")
    return folder

"""The public names of `model`: all there, each loaded when first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import model


@pytest.mark.parametrize("name", model.__all__)
def test_every_public_name_exists(name: str) -> None:
    assert name in dir(model)
    assert getattr(model, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = model.nothing


def test_importing_loads_nothing_heavy() -> None:
    script = "import sys, model; print([m for m in ('numpy', 'pandas', 'pgmpy', 'pydantic') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"

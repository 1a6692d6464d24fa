"""The room's face."""

from __future__ import annotations

import subprocess
import sys

import pytest

import reports


def test_public_names_are_what_they_say() -> None:
    for _ in range(2):  # importing a folder must not put it in the place of a function
        for name in reports.__all__:
            assert callable(getattr(reports, name)), name


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = reports.nothing


def test_importing_it_loads_nothing_dear() -> None:
    code = "import sys, reports; print(sorted({'numpy', 'pyarrow', 'scipy', 'pydantic', 'altair'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

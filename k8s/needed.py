"""The packages of the cluster are an extra, not a part of the base install."""

from __future__ import annotations

from importlib.util import find_spec

from model.errors import ClinvalError

LIBRARIES = {"kubernetes": "kubernetes", "yaml": "pyyaml"}
"""Module to distribution."""


class MissingLibrary(ClinvalError):
    """The packages of the cluster are not installed."""

    exit_code = 2


def require_libraries(*modules: str) -> None:
    """Raise :class:`MissingLibrary` where one of ``modules`` is not installed."""
    missing = [LIBRARIES[module] for module in modules if find_spec(module) is None]
    if missing:
        raise MissingLibrary(
            f"E-EXTRA  the cluster: found no {', '.join(missing)}; expected the packages of the extra `cluster`; "
            "run `make .venv/.cluster`, or pip install 'clinval[cluster]'"
        )

"""scipy and statsmodels belong to the check, not to the base install; they are imported when first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from model.errors import ClinvalError


class MissingLibrary(ClinvalError):
    """The check's extra packages are not installed."""

    exit_code = 2


def library(name: str) -> Any:
    """The module ``name``, say ``scipy.stats``.

    Raises
    ------
    MissingLibrary
        It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingLibrary(
            f"E-EXTRA  gate: found no {name.partition('.')[0]}; expected the packages of the check; "
            "run `make .venv/.check`, or pip install 'clinval[check]'"
        ) from error

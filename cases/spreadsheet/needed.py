"""openpyxl belongs to the pages, not to the base install; CSV and JSON work without it."""

from __future__ import annotations

from typing import Any

from model.errors import ClinvalError


class MissingLibrary(ClinvalError):
    """The package that reads and writes workbooks is not installed."""

    exit_code = 2


def openpyxl() -> Any:
    """The module.

    Raises
    ------
    MissingLibrary
        It is not installed.
    """
    try:
        import openpyxl as library
    except ImportError as error:
        raise MissingLibrary(
            "E-EXTRA  spreadsheets: found no openpyxl; expected the packages of the pages; "
            "pip install 'clinval[web]', or use .csv instead of .xlsx"
        ) from error
    return library

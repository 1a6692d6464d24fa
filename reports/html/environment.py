"""Jinja2 with everything escaped, and the filters that all pages share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import ClinvalError

from . import words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


class TemplatesMissing(ClinvalError):
    """The package that fills templates is not installed."""


def environment(*more: Path) -> Environment:
    """An environment over our templates, after those of ``more`` directories.

    Everything is escaped; a name that does not exist is an error.

    Raises
    ------
    TemplatesMissing
        Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise TemplatesMissing(
            "E-NO-TEMPLATES  jinja2 is not installed: HTML reports need it; "
            "run `make .venv/.check`, or `pip install 'clinval[check]'`"
        ) from error
    made = Environment(
        loader=FileSystemLoader([*more, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= words.FILTERS
    made.globals |= words.GLOBALS
    return made

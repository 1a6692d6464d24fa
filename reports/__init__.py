"""All that people look at: a diff or a run as HTML, Markdown and JUnit, all from one data object.

    from reports import comment, report_data, run_data

    data = report_data(compare(base_run, candidate_run))
    comment(data)                                  # for the pull request

==============  ==========================================================================
data            ``ReportData``: all that any report shows, in plain values
markdown        the comment on a pull request; the summary of a run
html            one self-contained page; ``charts`` draws for it
junit           for CI systems that count tests
cli             ``clinval report``, ``clinval check``
==============  ==========================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import ReportData, report_data, run_data
    from .markdown import comment

__all__ = ["ReportData", "comment", "report_data", "run_data"]
_HOMES = {"comment": "markdown"}


def __getattr__(name: str) -> Any:
    """The public names, loaded when first used: the front door must start at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'data')}"), name)

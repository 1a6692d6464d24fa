"""How a run was played, from its own record: what it takes to play a case of it again."""

from __future__ import annotations

from dataclasses import fields

from model.triage import TriageRule

from ..patient import Unreliability
from ..replay import ReplayOptions
from ..results import Run


def options_of(run: Run) -> ReplayOptions:
    """The options of a run; one that this code does not know (the run was made by other code) is left out."""
    known = {field.name for field in fields(ReplayOptions)}
    saved = {name: value for name, value in run.manifest.plan.options.items() if name in known}
    return ReplayOptions(
        **{
            **saved,
            "unreliability": Unreliability(**saved["unreliability"]),
            "triage": TriageRule(**saved["triage"]),
        }
    )

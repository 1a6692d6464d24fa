"""One side of a comparison: a run, the model that it was played with, and where both come from."""

from __future__ import annotations

from dataclasses import dataclass

from model.errors import ClinvalError, Problem

from ..planning import Candidate
from ..results import Run
from .case_source import CaseChanges
from .origin import Kind

STORED, THIS_CODE, OWN_CODE = "stored run", "this code", "its own code"


class NothingToCompare(ClinvalError):
    """Both sides are sound, but have nothing in common: a new model has no base."""

    exit_code = 4


@dataclass(frozen=True)
class Side:
    """What a comparison, its gate and its blame need to know of one model."""

    label: str
    """For people: ``origin/main (3f2a91c0de)``, ``working tree (3f2a91c0de, edited)``."""
    kind: Kind
    run: Run
    candidate: Candidate | None
    """Network and policy; None for a stored run whose model is gone or is another one now."""
    commit: str | None
    """The full hash; None for what is not a commit."""
    played_by: str
    """``this code``, ``its own code`` (another commit's) or ``stored run``."""
    notes: tuple[str, ...] = ()
    """What a reader should know of how it came about."""


@dataclass(frozen=True)
class Sides:
    """Both, and what there is to say about the pair."""

    base: Side
    candidate: Side
    case_changes: CaseChanges | None
    """The base's own case set against the candidate's; None where the base has none of its own."""
    withdrawn: tuple[Run, Run] | None = None
    """The cases that the candidate edited or removed, as the base has them, played by both models, base
    first; None where there are none, or where both models are one."""
    notes: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """Of the cases, as ``clinval run`` prints them."""

"""What changed in a model, row by row: only the figures that differ, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from ..planning import Candidate
from .bundles import changed_keys
from .edits import edits_between
from .parts import WORDING, Key
from .variant import Between
from .words import group_of, lines, place, title


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One figure or setting that differs."""

    group: str
    """The id of the condition, finding, risk factor or table that it belongs to; ``network``, ``policy``
    or ``wording``."""
    kind: str
    """``link``, ``prevalence``, ``leak`` … as the edit that it is part of."""
    what: str
    """``appendicitis.nausea``, ``appendicitis prevalence 16-39``."""
    before: str
    """Empty: added."""
    after: str
    """Empty: removed."""
    file: str
    """From the model's directory; empty where it has no file of its own."""


def changed_rows(base: Candidate, candidate: Candidate) -> tuple[ChangedRow, ...]:
    """The rows that differ, grouped by what they belong to: the network, conditions, findings, risk
    factors, tables, the policy, and last names and questions, which change no interview."""
    between = Between(base, candidate)
    read = {key for edit in edits_between(between) for key in edit.keys}
    return tuple(
        ChangedRow(
            group_of(key),
            _kind(key),
            line.what if key == WORDING else f"{title(key)} {line.what}".strip(),
            line.before,
            line.after,
            place(key, between.candidate.network),
        )
        for key in changed_keys(*between.parts)
        if key in read
        for line in lines(key, between)
    )


def _kind(key: Key) -> str:
    if key[0] == "network":
        return key[1]
    return key[0] if len(key) < 3 else key[2]

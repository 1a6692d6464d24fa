"""What a saved comparison holds, in plain values (:mod:`.record` writes and reads it).

Nothing in it comes from a clock, a machine or a temporary place, so that equal inputs give equal bytes.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ..store.digests import canonical_json
from ..store.files import sha256

FORMAT: Literal[1] = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Origin(_Record):
    """Where one side of the comparison comes from, for people."""

    label: str
    """``origin/main (3f2a91c)``, a directory, or whatever else it was asked for as."""
    kind: str = "run"
    """``run``, ``model``, ``ref`` or ``worktree``."""
    commit: str | None = None
    """Of the git ref, in full."""


class RunReference(_Record):
    """A run, and how to know that it is still the same."""

    path: str
    """Relative to the directory of the diff."""
    key: str
    results_sha256: str
    """Empty where no case was finished."""
    status: Literal["complete", "incomplete"]
    network: str
    """Its name."""
    n_cases: int
    n_finished: int
    origin: Origin


class CaseSetChanges(_Record):
    """What became of the case set between the two sides, where both models played the candidate's."""

    edited: list[str]
    new: list[str]
    removed: list[str]
    renamed: list[str] = []
    """New ids of cases whose content stayed."""

    @property
    def words(self) -> str:
        """``2 edited, 1 new``; empty where nothing changed."""
        return ", ".join(f"{len(ids)} {word}" for word, ids in self if ids)


class Input(_Record):
    """One part of what the runs were made of."""

    part: str
    base: str
    candidate: str
    details: list[str]


class Outcome(_Record):
    """What one model made of a case."""

    leading: str | None
    p_expected: float
    p_leading: float
    rank: int
    """Of what is right; 0: not on the list."""
    advice: str | None
    """Triage level."""
    n_questions: int
    stop: str
    loss: str


class ChangedCase(_Record):
    """A case that a person has to look at."""

    case_id: str
    base_id: str
    case_hash: str
    change: str
    events: list[str]
    expected: str
    base: Outcome
    candidate: Outcome


class NotComparable(_Record):
    """A case that says nothing of the models."""

    case_id: str
    change: str


class CheckRecord(_Record):
    """All that a comparison found, in plain values."""

    format: Literal[1] = FORMAT
    key: str
    """16 hex digits that follow from the two runs."""
    base: RunReference
    candidate: RunReference
    inputs: list[Input]
    """Every part, changed or not."""
    caveats: list[str]
    is_empty: bool
    counts: dict[str, int]
    """Every change by its word."""
    events: dict[str, int]
    """Every event by its word."""
    changed: list[ChangedCase]
    """The worst first."""
    not_comparable: list[NotComparable]
    case_changes: CaseSetChanges | None = None
    """Between the case sets of the two sides, which need not be what was played; None: not known."""
    notes: list[str] = []
    """How the runs came about, in sentences."""
    verdict: dict[str, Any] | None = None
    """Of the gate, where it was asked (``validation.gate.Verdict.to_dict``)."""
    attribution: dict[str, Any] | None = None
    """Which edit did it, where that was asked (``validation.attribution.Attribution.to_dict``)."""
    sha256: str = ""
    """Over every other field in canonical form."""

    def seal(self) -> str:
        """SHA-256 of all fields but ``sha256``."""
        return sha256(canonical_json(self.model_dump(mode="json", exclude={"sha256"})))

    def to_bytes(self) -> bytes:
        """As indented JSON, for people too."""
        return (self.model_dump_json(indent=1) + "\n").encode()

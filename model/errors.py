"""Errors that a person can act on: what is wrong, where, what was expected, what to do next.

Every check of the project yields :class:`Problem` values; nothing stops at the first one.  A reader
collects all problems of a file and, where any of them rejects it, raises one :class:`InputError`
that holds them all.  The numbers in ``catalogue`` are those of the bad-input catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a problem does to the input that it was found in."""

    REJECT = "reject"
    """The whole file is refused."""
    QUARANTINE = "quarantine"
    """This row or case is set aside; the others may be accepted explicitly."""
    HOLD = "hold"
    """Kept back until a person has looked (likely patient identifiers)."""
    WARN = "warn"
    """Normalised or merely worth knowing; what was changed is recorded."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check.

    ``where`` is a path for people, joined by ``›``: file › sheet/row/column, or file › key path.
    ``found`` must never echo text that may identify a patient.
    """

    code: str
    """Stable and greppable, e.g. ``E-CPT-SUM``; warnings start with ``W-``."""
    where: str
    found: str
    expected: str = ""
    suggestions: tuple[str, ...] = ()
    """At most three near words."""
    next_step: str = ""
    severity: Severity = Severity.REJECT
    catalogue: int | None = None
    """The line of the bad-input catalogue that this is an instance of."""

    def __str__(self) -> str:
        text = f"{self.code}  {self.where}: found {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.suggestions:
            text += "; did you mean " + ", ".join(self.suggestions) + "?"
        if self.next_step:
            text += f"; {self.next_step}"
        return text


class ClinvalError(Exception):
    """An expected failure: printed without a traceback.  ``exit_code`` is the command line's."""

    exit_code = 3


class InputError(ClinvalError):
    """Input that was refused, with every problem that was found in it."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(cls, code: str, where: str, found: str, **details: object) -> InputError:
        """An error with one problem; ``details`` are further fields of :class:`Problem`."""
        return cls([Problem(code, where, found, **details)])  # type: ignore[arg-type]


def raise_if_rejected(problems: Iterable[Problem]) -> list[Problem]:
    """Raise :class:`InputError` with *all* problems if one of them rejects; else return them."""
    collected = list(problems)
    if any(problem.severity is Severity.REJECT for problem in collected):
        raise InputError(collected)
    return collected

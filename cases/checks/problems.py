"""Short constructors for the three severities that a check of one case can have."""

from __future__ import annotations

from typing import Any

from model.errors import Problem, Severity


def quarantine(code: str, where: str, found: str, expected: str = "", **details: Any) -> Problem:
    """The case is set aside."""
    return Problem(code, where, found, expected, severity=Severity.QUARANTINE, **details)


def hold(code: str, where: str, found: str, expected: str = "", **details: Any) -> Problem:
    """The case is kept back until a person has looked."""
    return Problem(code, where, found, expected, severity=Severity.HOLD, **details)


def warn(code: str, where: str, found: str, expected: str = "", **details: Any) -> Problem:
    """The case is used; a person should know."""
    return Problem(code, where, found, expected, severity=Severity.WARN, **details)

"""Collecting the problems of a file while reading on: nothing here stops at the first one."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Problem, Severity
from ..words import nearest

__all__ = ["MAX_PROBLEMS", "Report", "nearest", "shown"]


MAX_PROBLEMS = 10_000
"""Of one network: what comes after is only counted."""


class Report:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rejections = 0
        """How many of them refuse the file: a reader compares it before and after a part."""
        self._left_out = 0

    def reject(
        self,
        code: str,
        where: str,
        found: str,
        expected: str = "",
        *,
        near: Sequence[str] = (),
        next_step: str = "",
        catalogue: int | None = None,
    ) -> None:
        """Note a problem for which the whole file is refused; ``code`` without its ``E-``."""
        problem = Problem(f"E-{code}", where, found, expected, tuple(near), next_step, Severity.REJECT, catalogue)
        self.add(problem)

    def warn(
        self,
        code: str,
        where: str,
        found: str,
        expected: str = "",
        *,
        near: Sequence[str] = (),
        next_step: str = "",
        catalogue: int | None = None,
    ) -> None:
        """Note something normalised or merely worth knowing; ``code`` without its ``W-``."""
        problem = Problem(f"W-{code}", where, found, expected, tuple(near), next_step, Severity.WARN, catalogue)
        self.add(problem)

    @property
    def full(self) -> bool:
        """Whether so much is wrong that reading on would tell nobody anything."""
        return len(self.problems) >= MAX_PROBLEMS

    def result(self) -> list[Problem]:
        """All problems, and how many were left out after ``MAX_PROBLEMS``."""
        if not self._left_out:
            return self.problems
        more = Problem("E-MORE", "", f"{self._left_out:,} further problems", "fewer")
        return [*self.problems, more]

    def add(self, problem: Problem) -> None:
        """Note a problem that another check found."""
        self.rejections += problem.severity is Severity.REJECT
        if self.full:
            self._left_out += 1
        else:
            self.problems.append(problem)


def shown(value: object, longest: int = 40) -> str:
    """``value`` as a message quotes it: printable, one line, not too long."""
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"

"""Where two interviews of one case part, from their two transcripts, and how each went on.

Until the first divergence the same questions were asked and answered alike, so that whatever is
different there is the models' doing; after it two different conversations follow.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..results import Row


@dataclass(frozen=True, slots=True)
class Move:
    """What one model did at some point of an interview: it asked, or it stopped."""

    finding: str | None
    """Asked for; None where the interview had stopped."""
    answer: str | None = None
    """A state of the finding; None: the patient could not say, or nothing was asked."""
    gain: float | None = None
    """That it expected of the question, nats; None where nothing was asked."""
    p_present: float | None = None
    red_flag: bool = False
    """Whether it was asked as a red flag, ahead of better questions."""
    stop: str | None = None
    """Why the interview had stopped; None where a question was asked."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first point at which two interviews of one case are not the same."""

    number: int
    """Of the question, from 1: so many questions less one were the same."""
    base: Move
    candidate: Move

    @property
    def is_about_the_answer(self) -> bool:
        """Whether the same question got another answer: only where the finding's states, or what an
        unlisted finding means, are others, since the patient is the same."""
        return self.base.finding is not None and self.base.finding == self.candidate.finding

    def to_dict(self) -> dict[str, Any]:
        return {"number": self.number, "base": self.base.to_dict(), "candidate": self.candidate.to_dict()}


@dataclass(frozen=True, slots=True)
class Step:
    """Where an interview stood after one question."""

    number: int
    """0: on what was volunteered, before any question."""
    finding: str | None
    answer: str | None
    gain: float | None
    p_expected: float
    rank: int
    """Of the expected (or an acceptable) condition; 0 where it is not on the list."""
    leading: str | None
    p_leading: float
    red_flag: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def divergence(base: Row, candidate: Row) -> Divergence | None:
    """Where the two interviews part, None where they never do.

    Parameters
    ----------
    base, candidate : results of one case with their transcripts (:meth:`validation.results.Run.row`)
    """
    one, other = base["transcript"], candidate["transcript"]
    for number in range(1, max(len(one), len(other)) + 1):
        left, right = _move(base, number), _move(candidate, number)
        if (left.finding, left.answer) != (right.finding, right.answer):
            return Divergence(number, left, right)
    return None


def _move(row: Row, number: int) -> Move:
    if number > len(row["transcript"]):
        return Move(None, stop=row["stop"])
    question = row["transcript"][number - 1]
    return Move(
        question["finding"], question["answer"], question["gain"], question["p_present"], bool(question["red_flag"])
    )


def trajectory(row: Row) -> tuple[Step, ...]:
    """The course of one interview, from what was volunteered to its end.

    A case that could not be played has none.
    """
    if not row["rank_after"]:
        return ()
    first = row["initial_leading"][0] if row["initial_leading"] else None
    steps = [_step(row, 0, None, first)]
    for number, question in enumerate(row["transcript"], start=1):
        steps.append(_step(row, number, question, question["leading"][0] if question["leading"] else None))
    return tuple(steps)


def _step(row: Row, number: int, question: Row | None, leading: Row | None) -> Step:
    return Step(
        number,
        None if question is None else question["finding"],
        None if question is None else question["answer"],
        None if question is None else question["gain"],
        row["p_expected_after"][number],
        row["rank_after"][number],
        None if leading is None else leading["condition"],
        0.0 if leading is None else leading["p"],
        question is not None and bool(question["red_flag"]),
    )

"""The blame of a whole diff, in a time that a person waits for."""

from __future__ import annotations

from ..comparison.diff import Diff
from ..comparison.played import options_of
from ..deadline import Deadline
from ..planning import Candidate
from .attribute import Progress, attribute
from .record import Attribution

LONGEST_S = 60.0
"""The worst cases come first; what is not done by then is named."""


def blame(
    diff: Diff,
    base: Candidate,
    candidate: Candidate,
    *,
    deadline: Deadline | None = None,
    longest_s: float = LONGEST_S,
    progress: Progress | None = None,
) -> Attribution:
    """Which edit did what to the cases that changed; where time runs out, how many that are depends on the machine.

    Parameters
    ----------
    base, candidate : the models of the diff's runs
    deadline : of the whole command; this stops with it, and after ``longest_s`` at the latest
    """
    cards = [pair.card for pair in diff.changed]
    within = (deadline or Deadline()).part(longest_s)
    return attribute(base, candidate, cards, options_of(diff.candidate), deadline=within, progress=progress)

"""The history of a case for people: a form that saves itself leaves many texts, which are one line of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cases.desk.shapes import AuditEntry

SITTING = timedelta(minutes=30)
"""Saves that are further apart are told one by one."""
_STAND_ALONE = ("answer", "explained", "upload")
"""Details of a save that is told on its own: the answer was changed after the preview, it says why itself, it is
from a file."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the history: one entry of the trail, or several texts that were saved one after another."""

    entry: AuditEntry
    """The last."""
    first: AuditEntry
    why: str
    """Of several texts: what differs between the one before them and the last."""
    has_moved: bool
    """The case is in another state, or waits for something else, than on the line before."""


def told(trail: Sequence[AuditEntry], changes: Callable[[Sequence[tuple[int, int]]], Sequence[str]]) -> list[Deed]:
    """The lines of the history, the oldest first.

    The texts that one author saved in one sitting are one line, whatever number they have; each stays in the
    database, and can be read.

    Parameters
    ----------
    changes
        What differs between two texts, for pairs of their numbers.
    """
    runs: list[list[AuditEntry]] = []
    for entry in trail:
        if runs and _goes_on(runs[-1][-1], entry):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    many = [run for run in runs if len(run) > 1]
    whole = iter(changes([(run[0].details["number"] - 1, run[-1].details["number"]) for run in many]) if many else ())
    deeds = []
    stands: tuple[str, str] | None = None
    for run in runs:
        last = run[-1]
        now = (last.details["state"], last.details.get("stage", "")) if "state" in last.details else stands
        deeds.append(Deed(last, run[0], next(whole) if len(run) > 1 else last.why, has_moved=now != stands))
        stands = now
    return deeds


def _goes_on(last: AuditEntry, entry: AuditEntry) -> bool:
    """Whether a save is one more of the same sitting."""
    return (
        (last.what, last.who) == ("save", entry.who)
        and entry.what == "save"
        and entry.at - last.at <= SITTING
        and last.details.get("after") == entry.details.get("after")
        and not any(name in one.details for name in _STAND_ALONE for one in (last, entry))
    )

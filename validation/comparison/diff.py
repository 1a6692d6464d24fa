"""Two runs compared: ``Diff``, the object that reports, the gate and notebooks read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..results import Run
from .inputs import InputChange, caveats, input_changes
from .pairing import CasePair, paired
from .words import Change, Event

if TYPE_CHECKING:
    import pandas as pd

HARM = (Change.BROKEN, Change.OTHER_WRONG, Change.WORSE_RANK, Change.FIXED, Change.BETTER_RANK, Change.SAME)
"""The order in which changed cases are read, after those with a never-event."""


class Diff:
    """Two runs paired case by case; make one with :func:`compare`."""

    def __init__(self, base: Run, candidate: Run) -> None:
        self.base = base
        self.candidate = candidate

    @classmethod
    def open(cls, path: str | Path) -> Diff:
        """A diff that was saved: its ``diff.json``, its directory, or ``runs/diffs`` for the latest.

        Raises
        ------
        InputError
            There is no diff, or its runs are no longer what they were.
        StoreError
            What is there cannot be read.
        """
        from .record import open_runs

        return cls(*open_runs(path))

    @cached_property
    def pairs(self) -> tuple[CasePair, ...]:
        """Every case of either run, in the order of ids, then what only the base has."""
        return tuple(paired(self.base.rows, self.candidate.rows, self.base.cards, self.candidate.cards))

    @cached_property
    def pair(self) -> Mapping[str, CasePair]:
        """Case id to pair; where an id means one case in the base and another one now, the one of now."""
        found: dict[str, CasePair] = {}
        for pair in self.pairs:
            found.setdefault(pair.case_id, pair)
        return found

    @cached_property
    def comparable(self) -> tuple[CasePair, ...]:
        """The cases that both models played: what every test of the gate is about."""
        return tuple(pair for pair in self.pairs if pair.is_comparable)

    @cached_property
    def changed(self) -> tuple[CasePair, ...]:
        """What a person has to look at: new never-events first, then other news of harm to
        safety, then by what became of the outcome, then by how far the probability of the expected
        condition fell."""
        return tuple(sorted((pair for pair in self.pairs if pair.is_changed), key=_by_harm))

    @cached_property
    def counts(self) -> Mapping[Change, int]:
        """How many cases of each change, every change named."""
        tally = Counter(pair.change for pair in self.pairs)
        return {change: tally[change] for change in Change}

    @cached_property
    def event_counts(self) -> Mapping[Event, int]:
        """How many cases have each event, every event named."""
        tally = Counter(event for pair in self.pairs for event in pair.events)
        return {event: tally[event] for event in Event}

    @cached_property
    def inputs(self) -> tuple[InputChange, ...]:
        """What of the inputs changed: network, policy, code, cases, options."""
        return input_changes(self.base, self.candidate)

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """What has to be known to read the difference, a sentence each."""
        return tuple(caveats(self))

    @cached_property
    def is_empty(self) -> bool:
        """Whether the same cases came out equal to the last bit, every one of them."""
        same = self.base.manifest.results_sha256 == self.candidate.manifest.results_sha256
        return same and bool(self.pairs) and len(self.comparable) == len(self.pairs)

    def to_pandas(self) -> pd.DataFrame:
        """One row a case: change, events, and both results beside each other."""
        import pandas as pd

        sides = ("rank", "rank_right", "p_expected", "n_questions", "triage_advice", "stop", "loss")
        records = []
        for pair in self.pairs:
            record: dict[str, Any] = {
                "case_id": pair.case_id,
                "change": pair.change.value,
                "events": " ".join(pair.events),
                "expected": pair.card.expected.condition,
            }
            for side, row in (("base", pair.base), ("candidate", pair.candidate)):
                record |= {f"{name}_{side}": None if row is None else row[name] for name in sides}
            records.append(record)
        return pd.DataFrame.from_records(records).set_index("case_id")


def compare(base: Run, candidate: Run) -> Diff:
    """The two runs paired case by case."""
    return Diff(base, candidate)


def _by_harm(pair: CasePair) -> tuple[int, int, int, float, str]:
    assert pair.base is not None
    assert pair.candidate is not None
    moved = pair.candidate["p_expected"] - pair.base["p_expected"]
    harm = sum(event.is_harm for event in pair.events)
    return (-len(pair.never_events), -harm, HARM.index(pair.change), moved, pair.case_id)

"""Two runs compared: ``Diff``, the object that reports, the gate and notebooks read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import InputError
from model.words import nearest

from ..results import Row, Run
from .divergence import divergence, trajectory
from .inputs import InputChange, caveats, input_changes
from .pairing import CasePair, paired
from .words import Change, Event, gravest

if TYPE_CHECKING:
    import pandas as pd

HARM = (Change.BROKEN, Change.OTHER_WRONG, Change.WORSE_RANK, Change.FIXED, Change.BETTER_RANK, Change.SAME)
"""The order in which changed cases are read, after those with a never-event."""

TRANSCRIPT = ("finding", "answer", "gain", "p_expected", "rank", "leading", "p_leading", "red_flag")


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
        """What a person has to look at: new never-events first, the gravest before others, then other
        news of harm to safety, then by what became of the outcome, then by how far the probability of the expected
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

    def transcripts(self, case_id: str) -> pd.DataFrame:
        """The two interviews of one case beside each other, one row a question; question 0 is what was
        volunteered, and ``both.same`` says until where they are one.

        Raises
        ------
        InputError
            There is no such case, or only one of the runs has it.
        """
        import pandas as pd

        base, candidate = self.rows(case_id)
        parted = divergence(base, candidate)
        sides = {}
        for side, row in (("base", base), ("candidate", candidate)):
            records = [{**step.to_dict(), "question": step.number} for step in trajectory(row)]
            frame = pd.DataFrame.from_records(records, columns=["question", *TRANSCRIPT]).set_index("question")
            sides[side] = frame
        both = pd.concat(sides, axis=1)
        both.insert(0, ("both", "same"), both.index < (float("inf") if parted is None else parted.number))
        return both

    def rows(self, case_id: str) -> tuple[Row, Row]:
        """All results of one case in both runs, transcripts included, base first.

        Raises
        ------
        InputError
            There is no such case, or it is not comparable.
        """
        if case_id not in self.pair:
            raise InputError.single(
                "E-NO-CASE", "the comparison", f"no case {case_id!r}", expected="the id of a case of either run",
                suggestions=nearest(case_id, tuple(self.pair)),
            )  # fmt: skip
        pair = self.pair[case_id]
        if not pair.is_comparable or pair.base_id is None:
            raise InputError.single(
                "E-NOT-COMPARABLE", case_id, f"a case that cannot be compared ({pair.change})",
                expected="a case that both models played", next_step=f"see one of them: clinval show {case_id}",
            )  # fmt: skip
        return self.base.row(pair.base_id), self.candidate.row(case_id)

    def __repr__(self) -> str:
        from .summary import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .summary import as_html

        return as_html(self)


def compare(base: Run, candidate: Run) -> Diff:
    """The two runs paired case by case."""
    return Diff(base, candidate)


def _by_harm(pair: CasePair) -> tuple[int, int, int, int, float, str]:
    assert pair.base is not None
    assert pair.candidate is not None
    moved = pair.candidate["p_expected"] - pair.base["p_expected"]
    harm = sum(event.is_harm for event in pair.events)
    return (-len(pair.never_events), gravest(pair.events), -harm, HARM.index(pair.change), moved, pair.case_id)

"""What an upload is taken apart into: rows, what is wrong with each, and what can be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from model.errors import Problem, Severity

from ..card import Card
from ..readers.header import Header

if TYPE_CHECKING:
    from .check import Context


class State(StrEnum):
    """Whether a row can go on."""

    READY = "ready"
    WAITING = "waiting"
    """Something has to be mended or confirmed first."""
    HELD = "held"
    """It may identify a patient: kept back until a person has looked."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the author has said yes to."""

    hidden: bool = False
    """Hidden sheets, rows and columns are meant to be there (57)."""
    encoding: str | None = None
    """Of a text file that is not UTF-8, as it was proposed (43)."""
    out_of_scope: frozenset[str] = frozenset()
    """Expected conditions, as the file writes them, that the model is known to lack (78)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell, or one word in a cell that holds several."""

    column: str
    """The header of the column, as in the file."""
    old: str
    """The word that is replaced, or the whole text of a cell with one value; "" in an empty cell."""
    new: str
    """"" takes the word out."""
    mask: bool = False
    """Instead of a replacement: what may identify a patient is taken out of the text, unseen."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What a button does."""

    label: str
    """In plain words."""
    edits: tuple[Edit, ...]

    @property
    def column(self) -> str:
        """Of the first edit, which is mostly the only one."""
        return self.edits[0].column

    @property
    def old(self) -> str:
        """Of the first edit."""
        return self.edits[0].old

    @property
    def new(self) -> str:
        """Of the first edit."""
        return self.edits[0].new

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        edits = [{"column": one.column, "old": one.old, "new": one.new, "mask": one.mask} for one in self.edits]
        return {"label": self.label, **edits[0], "edits": edits}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing that is wrong, and the cell in which it is."""

    problem: Problem
    """Its texts hold nothing that may identify a patient."""
    column: str | None = None
    """The header of the column; None: of the whole row or file."""
    cell: str | None = None
    """As a spreadsheet names it: ``H5``; None outside workbooks."""
    fixes: tuple[Fix, ...] = ()
    """At most three, the likeliest first."""
    other: str | None = None
    """Id of the case that this one is like, to be shown beside it."""
    confirm: str = ""
    """What the author may confirm instead of mending it: ``hidden``, ``encoding``, ``out_of_scope``, or
    ``override`` where a reason is asked for."""

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def severity(self) -> Severity:
        return self.problem.severity

    @property
    def sentence(self) -> str:
        """The problem in plain words, without code and place."""
        problem = self.problem
        parts = [f"Found {problem.found}"]
        if problem.expected:
            parts.append(f"expected {problem.expected}")
        text = "; ".join(parts) + "."
        names = [fix.new for fix in self.fixes if fix.new] if problem.suggestions else []
        if names:
            text += " Did you mean " + " or ".join(f"“{name}”" for name in names) + "?"
        if problem.next_step:
            text += f" {problem.next_step[0].upper()}{problem.next_step[1:]}."
        return text

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "where": self.problem.where,
            "column": self.column,
            "cell": self.cell,
            "found": self.problem.found,
            "expected": self.problem.expected,
            "suggestions": list(self.problem.suggestions),
            "next_step": self.problem.next_step,
            "catalogue": self.problem.catalogue,
            "sentence": self.sentence,
            "fixes": [fix.to_dict() for fix in self.fixes],
            "other": self.other,
            "confirm": self.confirm,
        }


@dataclass(frozen=True)
class Row:
    """One case of the upload."""

    number: int
    """Row or line in the file, or position in a list of cases; counted from 1."""
    where: str
    """File, sheet and row, for people."""
    cells: Mapping[str, str]
    """Header to text, as uploaded or mended; empty where a JSON case breaks the schema."""
    card: Card | None
    """In the network's ids; None where the row could not become one."""
    problems: tuple[RowProblem, ...] = ()
    source: Any = field(default=None, repr=False, compare=False)
    """What the row was read from (:class:`cases.intake.sources.SourceRow`)."""
    own: tuple[RowProblem, ...] = field(default=(), repr=False, compare=False)
    """Those of ``problems`` that no other row has a part in."""

    @cached_property
    def state(self) -> State:
        """What may identify somebody comes before all that waits: none of the row is shown until then."""
        severities = {one.severity for one in self.problems}
        if Severity.HOLD in severities:
            return State.HELD
        if severities & {Severity.REJECT, Severity.QUARANTINE} or self.card is None:
            return State.WAITING
        return State.READY

    @property
    def id(self) -> str | None:
        """The case's id, where one could be read."""
        return self.card.id if self.card is not None else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """An upload in figures."""

    n_rows: int
    n_ready: int
    n_waiting: int
    n_held: int
    n_with_warnings: int
    """Of the ready rows."""
    by_code: Mapping[str, int]
    """Problems by code, the most frequent first."""

    @property
    def sentence(self) -> str:
        """For people: ``482 of 500 cases are ready; 17 wait, 1 is held back``."""
        text = f"{self.n_ready} of {self.n_rows} case{'s' * (self.n_rows != 1)} ready"
        more = []
        if self.n_waiting:
            more.append(f"{self.n_waiting} to be mended")
        if self.n_held:
            more.append(f"{self.n_held} held back because they may identify a patient")
        return text + "".join(f"; {one}" for one in more)


@dataclass(frozen=True)
class Intake:
    """An upload, checked."""

    filename: str
    """Only its last part, without control characters: for people, never for a file system."""
    format: str
    """``xlsx``, ``csv``, ``jsonl``, ``json``, ``phenopackets``, ``toml``, ``parquet``; "" where unknown."""
    sha256: str
    """Of the uploaded bytes."""
    header: Header
    problems: tuple[RowProblem, ...]
    """Of the file as a whole."""
    rows: tuple[Row, ...]
    context: Context = field(repr=False, compare=False)

    @property
    def refused(self) -> bool:
        """Whether nothing of the file can be used as it is."""
        return any(one.severity is Severity.REJECT for one in self.problems)

    @cached_property
    def ready(self) -> tuple[Row, ...]:
        """Rows that can go on; none of a refused file."""
        return () if self.refused else tuple(row for row in self.rows if row.state is State.READY)

    @cached_property
    def waiting(self) -> tuple[Row, ...]:
        """Rows that have to be mended or confirmed."""
        return tuple(row for row in self.rows if row.state is State.WAITING)

    @cached_property
    def held(self) -> tuple[Row, ...]:
        """Rows that may identify a patient."""
        return tuple(row for row in self.rows if row.state is State.HELD)

    @property
    def ready_cards(self) -> Sequence[Card]:
        """The cards of the ready rows, in order."""
        return [row.card for row in self.ready if row.card is not None]

    @cached_property
    def statistics(self) -> Statistics:
        codes = Counter(one.code for one in self.problems)
        codes.update(one.code for row in self.rows for one in row.problems)
        return Statistics(
            n_rows=len(self.rows),
            n_ready=len(self.ready),
            n_waiting=len(self.waiting),
            n_held=len(self.held),
            n_with_warnings=sum(bool(row.problems) for row in self.ready),
            by_code=dict(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
        )

"""The checks of an upload: each row on its own, then all rows beside each other and beside the known cases."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from model.errors import Problem, Severity
from model.network.network import Network

from ..card import Card
from ..cells import join_cell, split_cell
from ..checks.report import IsPossible, check_texts, check_words, overridden
from ..checks.texts import IN_LABELS, identifiers_in
from ..readers.header import Header, column_of
from ..readers.raw import build
from ..tabular import from_row, pair, to_row
from ..template.lists import Lists
from .beside import beside_each_other, quoted_safely
from .columns import cell_name, places_of
from .fixes import apply_edits, fixes_for
from .ids import id_problem
from .partial import words_of_record
from .shapes import Confirmed, Fix, Intake, Row, RowProblem
from .sources import SourceRow, display_name, read_upload

NOTHING_CONFIRMED = Confirmed()
_SHIFTED = frozenset({"E-ROW-LENGTH", "E-NUL", "E-FIELD-SIZE"})
"""After these nobody knows which text belongs to which column."""
OVERRIDABLE: Mapping[str, str] = {
    "E-IDENTIFIER": "take it out, or say why it identifies nobody",
    "E-PREGNANT-MALE": "correct it, or give the reason why it is right",
    "E-SEX-LIMIT": "correct it, or give the reason why it is right",
    "E-AGE-LIMIT": "correct it, or give the reason why it is right",
}
"""Codes that :func:`override` answers with a reason, and what to do, for people who see no file."""


@dataclass(frozen=True)
class Context:
    """What the rows are checked against."""

    network: Network
    lists: Lists
    known: tuple[Card, ...]
    is_possible: IsPossible
    confirmed: Confirmed
    author: str
    digest: str
    """Of the uploaded bytes; ids that are made up begin with it."""
    cells_have_names: bool
    """The upload is a workbook: ``H5`` means something to its author."""

    @cached_property
    def known_ids(self) -> Mapping[str, Card]:
        """The newest version of each known case."""
        return {card.id: card for card in sorted(self.known, key=lambda card: card.version)}


def check_upload(
    data: bytes,
    filename: str,
    network: Network,
    *,
    known_cases: Sequence[Card] = (),
    confirmed: Confirmed = NOTHING_CONFIRMED,
    author: str = "",
    is_possible: IsPossible | None = None,
) -> Intake:
    """Read and check an uploaded file; nothing is raised for anything that it may hold.

    Parameters
    ----------
    filename
        As it was sent; only its ending is trusted, and only as far as the content agrees.
    known_cases
        The library, in the network's ids: duplicates of it, near duplicates and conflicts are found.
    confirmed
        What the author has said yes to after an earlier check.
    author
        Who uploads; stands in for an empty author.
    is_possible
        The check of evidence with probability zero; None compiles the network for it, which a
        server does once.
    """
    from ..checks.possible import possible_under

    lists, digest = Lists.from_network(network), hashlib.sha256(data).hexdigest()
    sources = read_upload(data, filename, lists.vocabulary, confirmed)
    context = Context(
        network,
        lists,
        tuple(known_cases),
        is_possible or possible_under(network),
        confirmed,
        author,
        digest,
        sources.format == "xlsx",
    )
    name = display_name(filename)
    problems = tuple(_file_problem(problem) for problem in sources.problems)
    refused = any(problem.severity is Severity.REJECT for problem in sources.problems)
    rows = [] if refused else [_row(source, sources.header, context) for source in sources.rows]
    return beside_each_other(Intake(name, sources.format, digest, sources.header, problems, tuple(rows), context))


def apply_fix(intake: Intake, position: int, fix: Fix) -> Intake:
    """The intake with one proposal taken, for the row at ``position`` (from 0)."""
    return apply_fixes(intake, {position: fix})


def apply_fixes(intake: Intake, fixes: Mapping[int, Fix]) -> Intake:
    """The intake with a proposal taken in each of several rows, by position; the set is checked once."""
    return resume(intake, {at: apply_edits(intake.rows[at].cells, fix.edits) for at, fix in fixes.items()})


def edit_cell(intake: Intake, position: int, column: str, text: str) -> Intake:
    """The intake with another text in one cell; ``column`` is a header of the file or any known one."""
    return resume(intake, {position: {**intake.rows[position].cells, column: text}})


def override(intake: Intake, position: int, code: str, reason: str) -> Intake:
    """The intake with a reason why one kind of problem does not apply to a case (74, 76, 86)."""
    cells = intake.rows[position].cells
    label = next(iter(intake.header.labels_of("overrides")), "overrides")
    reasons = [word for word in split_cell(cells.get(label, "")) if pair(word)[0] != code]
    text = join_cell([*reasons, join_cell((code, reason), "=")])
    return edit_cell(intake, position, label, text)


def resume(intake: Intake, cells: Mapping[int, Mapping[str, str]], left_out: Collection[int] = ()) -> Intake:
    """The intake with other cells in some rows, by position: a fresh check brought to where somebody stopped.

    Rows in ``left_out`` keep their place, but have no card: no other row is compared with them.
    """
    header = intake.header
    used = dict.fromkeys(label for row in cells.values() for label in row)
    new = [label for label in used if label not in header.labels]
    header = Header((*header.labels, *new), (*header.columns, *(column_of(label) for label in new)))
    rows = list(intake.rows)
    for position, mended in cells.items():
        row = rows[position]
        # What the file's own cell held (a date, a formula) is gone with the text that replaces it.
        source = SourceRow(row.where, row.number, dict(mended), notes=row.source.notes)
        rows[position] = _row(source, header, intake.context)
    for position in left_out:
        rows[position] = replace(rows[position], card=None, problems=(), own=())
    return beside_each_other(replace(intake, header=header, rows=tuple(rows)))


def _row(source: SourceRow, header: Header, context: Context) -> Row:
    """One row with all that can be said of it alone."""
    cells = source.cells or {}
    card, problems = _card(source, header, context)
    if card is not None:
        if source.cells is None:  # A record becomes cells, so that it can be mended like any other.
            cells = {column: text for column, text in to_row(card).items() if text}
        card, problems = _checked_alone(card, problems, source.where, context)
    own = tuple(_row_problem(problem, source, header, cells, context) for problem in (*source.notes, *problems))
    return Row(source.number, source.where, cells, card, own, source, own)


def _card(source: SourceRow, header: Header, context: Context) -> tuple[Card | None, list[Problem]]:
    """The card of a row, or everything that keeps it from being one."""
    problems = list(source.problems)
    record = source.record
    if source.cells is not None and not any(problem.code in _SHIFTED for problem in problems):
        record, found = from_row(header.merged(source.cells), source.where)
        problems += found
    if record is None:  # Nobody knows which text is which, but not one of them may identify somebody.
        texts = ((label, text, IN_LABELS) for label, text in (source.cells or {}).items())
        return None, [*problems, *identifiers_in(texts, source.where)]
    if context.author and not str(record.get("author") or "").strip():
        record = {**record, "author": context.author}
    if not str(record.get("id", "")).strip():  # Equal files give equal ids; other files, others.
        record = {**record, "id": f"case-{context.digest[:8]}-{source.number}"}
    built = build([(source.where, record)])
    unusable = _id_of(record, source.where)
    if built.cards and not problems:
        return built.cards[0], unusable
    more = [problem for aside in built.quarantined for problem in aside.problems]
    written = str((record.get("expected") or {}).get("condition", ""))
    words = words_of_record(record, source.where, context.network, context.lists.vocabulary)
    more += (scoped(problem, written, source.where, context.confirmed) for problem in words)
    return None, [*problems, *_elsewhere([*more, *unusable], problems, source, header)]


def _id_of(record: Mapping[str, Any], where: str) -> list[Problem]:
    """What is wrong with an id; of one that may identify somebody only that is told, and it is given up."""
    case_id = str(record["id"]).strip()
    problem = None if any(identifiers_in([("id", case_id, IN_LABELS)], where)) else id_problem(case_id, f"{where} › id")
    return [] if problem is None else [problem]


def _elsewhere(
    more: Sequence[Problem], problems: Sequence[Problem], source: SourceRow, header: Header
) -> Iterator[Problem]:
    """Those of ``more`` that are not about a cell that was already told to be unreadable."""
    cells = source.cells or {}
    told = {place.label for one in problems for place in places_of(one, source.where, header, cells)}
    for problem in more:
        labels = {place.label for place in places_of(problem, source.where, header, cells)}
        if problem.code == "E-IDENTIFIER" or not labels or not labels <= told:
            yield problem


def _checked_alone(card: Card, problems: list[Problem], where: str, context: Context) -> tuple[Card, list[Problem]]:
    written = card.expected.condition
    resolved, found, notes = check_words(card, context.network, context.lists.vocabulary, where)
    # A name from the drop-down is the term itself; only synonyms and codes are worth a word.
    problems = [*problems, *found, *(note for note in notes if not note.found.endswith(("(name)", "(id)")))]
    problems += check_texts(resolved, context.network, where)
    problems = [scoped(problem, written, where, context.confirmed) for problem in problems]
    problems = [overridden(problem, resolved) for problem in problems]
    return resolved, problems


def scoped(problem: Problem, written: str, where: str, confirmed: Confirmed) -> Problem:
    """An expected condition that the model lacks waits until somebody says that it is meant (78)."""
    if problem.code != "W-CONDITION" or problem.where != f"{where} › expected › condition":
        return problem
    if written in confirmed.out_of_scope:
        next_step = "kept as out of scope, as confirmed; it counts as a failure of the model"
        return replace(problem, code="W-OUT-OF-SCOPE", suggestions=(), next_step=next_step)
    next_step = "choose one of its conditions, or confirm that the case is out of scope"
    return replace(problem, code="E-OUT-OF-SCOPE", severity=Severity.QUARANTINE, next_step=next_step)


def _row_problem(
    problem: Problem, source: SourceRow, header: Header, cells: Mapping[str, str], context: Context
) -> RowProblem:
    places = places_of(problem, source.where, header, cells)
    fixes = fixes_for(problem, places, context.lists, header, cells)
    label = places[0].label if places else None
    cell = cell_name(label, header, source.number) if label and context.cells_have_names else ""
    confirm = "out_of_scope" if problem.code == "E-OUT-OF-SCOPE" else ""
    if problem.code in OVERRIDABLE and problem.severity is not Severity.WARN:
        confirm, problem = "override", replace(problem, next_step=OVERRIDABLE[problem.code])
    return RowProblem(quoted_safely(problem), label, cell or None, fixes, confirm=confirm)


def _file_problem(problem: Problem) -> RowProblem:
    confirms = {"E-HIDDEN": "hidden"}
    confirm = "encoding" if problem.catalogue == 43 else confirms.get(problem.code, "")
    if confirm == "encoding":
        next_step = "save it as UTF-8, or confirm that it is Windows-1252"
        problem = replace(problem, next_step=next_step)
    return RowProblem(quoted_safely(problem), confirm=confirm)

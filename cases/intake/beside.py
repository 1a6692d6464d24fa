"""The checks of an upload's rows beside each other and beside the known cases: ids, likeness, impossible evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from model.errors import Problem, Severity

from ..card import Card
from ..case_set import CaseSet
from ..checks.alike import all_alike
from ..checks.problems import quarantine
from ..checks.report import impossible, overridden, worst
from ..checks.texts import masked
from ..readers.header import label_of
from .columns import cell_name
from .fixes import renamed
from .shapes import Intake, Row, RowProblem

if TYPE_CHECKING:
    from .check import Context

_USABLE = (None, Severity.WARN)


def quoted_safely(problem: Problem) -> Problem:
    """A text that landed in the wrong column is not quoted where it may identify somebody."""
    return replace(problem, where=masked(problem.where), found=masked(problem.found))


def beside_each_other(intake: Intake) -> Intake:
    """All rows beside each other and beside the known cases; what was said of each alone stays."""
    context = intake.context
    more: list[list[RowProblem]] = [[] for _ in intake.rows]
    with_card = [(position, row.card) for position, row in enumerate(intake.rows) if row.card is not None]
    _ids(intake, with_card, more)
    _alike(intake, with_card, more)
    _impossible(intake, with_card, more, context)
    rows = tuple(replace(row, problems=(*row.own, *added)) for row, added in zip(intake.rows, more, strict=True))
    return replace(intake, rows=rows)


def _ids(intake: Intake, with_card: Sequence[tuple[int, Card]], more: list[list[RowProblem]]) -> None:
    """Ids that are used twice, here or in the library (80, 89)."""
    known = intake.context.known_ids
    first: dict[str, Row] = {}
    used = {card.id for _, card in with_card}

    def taken(name: str) -> bool:
        return name in used or name in known

    for position, card in with_card:
        row = intake.rows[position]
        label = next(iter(intake.header.labels_of("id")), label_of("id"))
        problem, other = None, None
        if card.id in first:
            found = f"the id {card.id!r} again, first used in {first[card.id].where.rpartition(' › ')[2]}"
            problem = quarantine("E-DUPLICATE-ID", f"{row.where} › {label}", found, "every id once", catalogue=80)
        elif card.id in known and card.version <= known[card.id].version:
            other = card.id
            problem = quarantine(
                "E-KNOWN-ID",
                f"{row.where} › {label}",
                f"the id {card.id!r}, which a case of the library has",
                "an id of its own",
                next_step=f"choose another, or version {known[card.id].version + 1} for an edit of that case",
                catalogue=80 if known[card.id].review_state != "accepted" else 89,
            )
        first.setdefault(card.id, row)
        if problem is not None:
            cell = cell_name(label, intake.header, row.number) if intake.context.cells_have_names else ""
            fixes = renamed(card.id, taken, intake.header)
            used.add(fixes[0].new)
            more[position].append(RowProblem(quoted_safely(problem), label, cell or None, fixes, other=other))


def _alike(intake: Intake, with_card: Sequence[tuple[int, Card]], more: list[list[RowProblem]]) -> None:
    """Duplicates, near duplicates and conflicts, in the upload and with the library (81 to 84)."""
    uploaded = {card.id for _, card in with_card}
    library = [card for card in intake.context.known if card.id not in uploaded]
    shown = [_unnamed(intake.rows[position], card) for position, card in with_card]
    cards = (*library, *shown)
    places = (*("the library" for _ in library), *(intake.rows[position].where for position, _ in with_card))
    for alike in all_alike(CaseSet(cards, places=places), intake.context.network):
        if alike.row >= len(library):
            position, card = with_card[alike.row - len(library)]
            problem = overridden(alike.problem, card)
            other = cards[alike.other]
            is_held = alike.other >= len(library) and other is not with_card[alike.other - len(library)][1]
            more[position].append(RowProblem(quoted_safely(problem), other=None if is_held else other.id))


def _unnamed(row: Row, card: Card) -> Card:
    """The card; of a row that is held back it goes by its place, for its id may be whom it names."""
    is_held = any(one.severity is Severity.HOLD for one in row.own)
    return card.model_copy(update={"id": row.where.rpartition(" › ")[2]}) if is_held else card


def _impossible(
    intake: Intake, with_card: Sequence[tuple[int, Card]], more: list[list[RowProblem]], context: Context
) -> None:
    """Evidence of probability zero (73), of rows that are otherwise understood."""
    understood = [
        (position, card)
        for position, card in with_card
        if worst([one.problem for one in intake.rows[position].own]) in _USABLE
    ]
    if not understood:
        return
    possible = context.is_possible([card for _, card in understood])
    for (position, card), is_possible in zip(understood, possible, strict=True):
        if not is_possible:
            problem = overridden(impossible(intake.rows[position].where), card)
            more[position].append(RowProblem(problem))

"""The template as XLSX, as CSV, and with cases in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from model.network.network import Network

from ..card import Card
from ..cells import join_cell, neutralise, split_cell
from ..readers.header import LISTS, REMARKS, column_of
from ..spreadsheet.write import Choice, Note, Sheet, write_workbook
from ..tabular import to_row
from .examples import example_cards
from .layout import CLOSED, KINDS, LAYOUT, layout_of
from .lists import Lists
from .read_me import read_me

N_SPARE = 200
"""Rows that are formatted beforehand; drop-downs and column formats go on below them."""
_VOCABULARY = "Vocabulary"
_HEADS = {"findings": "Findings", "conditions": "Conditions", "risk_factors": "Risk factors"}
_OTHER_WIDTH = 20


def template_xlsx(network: Network) -> bytes:
    """The workbook to fill in; equal vocabularies give equal bytes."""
    return workbook_of(network, template_labels(network), (), n_spare=N_SPARE)


def template_csv(network: Network) -> bytes:
    """The same columns with lists in one cell, and the examples, whose ids tell the reader to pass them over.

    With a byte order mark: without one, Excel takes UTF-8 for Windows-1252.
    """
    lists = Lists.from_network(network)
    labels = [label for column in layout_of(network) for label in column.labels(numbered=False)]
    rows = [labels, *(spread(card, labels, lists) for card in example_cards(network))]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([neutralise(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def template_labels(network: Network) -> list[str]:
    """The headers of the sheet "Cases"."""
    return [label for column in layout_of(network) for label in column.labels(numbered=True)]


def workbook_of(
    network: Network,
    labels: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    notes: Mapping[tuple[int, int], Note] | None = None,
    first: Sequence[Sheet] = (),
    n_spare: int = 0,
) -> bytes:
    """These rows as the sheet "Cases" of a workbook with all that the template has.

    Parameters
    ----------
    notes
        (row, column), both from 0, to what is said there.
    first
        Sheets that come before all others.
    """
    lists = Lists.from_network(network)
    kinds = [kind for kind in _HEADS if lists.by_kind[kind]]
    examples = [spread(card, labels, lists) for card in example_cards(network)]
    return write_workbook(
        [
            *first,
            case_sheet("Cases", labels, rows, lists, notes=notes or {}, n_spare=n_spare),
            Sheet("Read me", ["clinval"], [[line] for line in read_me(network)], widths=[120], wrapped=True),
            case_sheet("Example", labels, examples, lists, notes={}, n_spare=0),
            _vocabulary(lists, kinds),
        ],
        f"Cases for {network.name}",
    )


def case_sheet(
    title: str,
    labels: Sequence[str],
    rows: Sequence[Sequence[str]],
    lists: Lists,
    *,
    notes: Mapping[tuple[int, int], Note],
    n_spare: int,
) -> Sheet:
    """A sheet of cases with help, colours and drop-downs for every column of the layout that it has."""
    layout = {column.name: column for column in LAYOUT}
    columns = [column_of(label) for label in labels]
    kinds = [kind for kind in _HEADS if lists.by_kind[kind]]
    known = [(position, layout[name]) for position, name in enumerate(columns) if name in layout]
    return Sheet(
        title,
        list(labels),
        rows,
        widths=[
            60 if label == REMARKS else layout[name].width if name in layout else _OTHER_WIDTH
            for label, name in zip(labels, columns, strict=True)
        ],
        comments={position: column.help for position, column in known},
        colours={position: column.colour for position, column in known},
        choices={
            position: choice
            for position, name in enumerate(columns)
            if name is not None and (choice := _choice(name, lists, kinds)) is not None
        },
        notes=notes,
        frozen="B2",
        n_spare=n_spare,
        wrapped=bool(notes),
    )


def spread(card: Card, labels: Sequence[str], lists: Lists) -> list[str]:
    """A card as one row under these labels: names instead of ids, lists spread over numbered columns.

    What does not fit into the numbered columns goes into the last of them, semicolons between.
    """
    cells = to_row(card)
    by_column: dict[str, list[int]] = {}
    for position, label in enumerate(labels):
        by_column.setdefault(column_of(label) or "", []).append(position)
    row = [""] * len(labels)
    for name, positions in by_column.items():
        text = cells.get(name, "")
        words = split_cell(text) if name in LISTS else [text]
        if name == "present":  # What was volunteered is present without saying so again.
            words = [word for word in words if word not in card.initial_findings or "initial" not in by_column]
        kind = KINDS.get(name)
        if name in LISTS:
            spelt = [lists.spelt(kind, word) if kind else join_cell([word]) for word in words]
        else:  # One condition, which is not split, or a text as it stands.
            spelt = [lists.by_kind[kind].get(word, word) if kind else word for word in words]
        for position, word in zip(positions, spelt, strict=False):
            row[position] = word
        if len(spelt) > len(positions):
            row[positions[-1]] = "; ".join(spelt[len(positions) - 1 :])
    return row


def _choice(name: str, lists: Lists, kinds: Sequence[str]) -> Choice | None:
    if name in CLOSED:
        return Choice('"' + ",".join(CLOSED[name]) + '"', strict=True)
    kind = KINDS.get(name)
    if kind is None or kind not in kinds:
        return None
    letter = "ADG"[kinds.index(kind)]
    return Choice(f"{_VOCABULARY}!${letter}$2:${letter}${len(lists.by_kind[kind]) + 1}")


def _vocabulary(lists: Lists, kinds: Sequence[str]) -> Sheet:
    """Per kind three columns: the word of the drop-down, what else is understood, the id."""
    blocks = []
    for kind in kinds:
        terms = {term.id: term for term in getattr(lists.network, kind)}
        blocks.append(
            [(spelling, "; ".join(terms[term_id].synonyms), term_id) for spelling, term_id in lists.sorted(kind)]
        )
    rows = [[cell for block in row for cell in (block or ("", "", ""))] for row in zip_longest(*blocks)]
    labels = [label for kind in kinds for label in (_HEADS[kind], "also called", "id")]
    return Sheet(_VOCABULARY, labels, rows, widths=[44, 44, 26] * len(kinds))

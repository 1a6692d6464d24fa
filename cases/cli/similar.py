"""``clinval cases similar``: the nearest cases, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.command_line import Format, FormatOption, print_json
from model.errors import InputError
from model.words import nearest

from ..card import Card
from ..case_set import CaseSet
from .shared import ModelPath, network_at

if TYPE_CHECKING:
    from model.network.network import Network

    from ..similar import Neighbour


def similar(
    case: Annotated[str, typer.Argument(metavar="CASE|FILE", help="A case's id in --cases, or a file of new cases.")],
    *,
    cases: Annotated[Path, typer.Option("--cases", help="The cases to look among.")],
    model: ModelPath = None,
    most: Annotated[int, typer.Option("--most", "-n", min=1, help="How many to show for each case.")] = 3,
    output: FormatOption = Format.RICH,
) -> None:
    """Show the cases most like one: duplicates, near duplicates, and the same picture with another diagnosis."""
    from ..checks import check_cases
    from ..readers import load_cases
    from ..similar import similar_cases

    network = network_at(model)
    library = load_cases(cases)
    asked = _asked(case, library)
    if network is not None:  # In the network's ids, so that a synonym is the same answer.
        library, asked = check_cases(library, network).case_set, check_cases(asked, network).case_set
    found = [(card, similar_cases(card, library.cards, network, most)) for card in asked.cards]
    if output is Format.JSON:
        print_json([_record(card, neighbours) for card, neighbours in found])
    elif output is Format.PLAIN:
        for card, neighbours in found:
            _print_plain(card, neighbours)
    else:
        for card, neighbours in found:
            _print_rich(card, neighbours, network)


def _asked(case: str, library: CaseSet) -> CaseSet:
    """The case with this id, or the cases of this file."""
    from ..readers import load_cases

    if case in library.index:
        return library.take([library.index[case]])
    if Path(case).exists():
        return load_cases(case)
    raise InputError.single(
        "E-NO-CASE",
        str(library.path or library.name),
        f"no case {case!r}, and no file of that name",
        expected="a case's id, or a file of cases",
        suggestions=nearest(case, library.index),
    )


def _record(card: Card, neighbours: list[Neighbour]) -> dict[str, object]:
    return {
        "case": card.id,
        "similar": [
            {
                "case": one.card.id,
                "relation": one.relation.value,
                "jaccard": round(one.jaccard, 4),
                "text": round(one.text, 1),
                "expected": one.card.expected.condition,
            }
            for one in neighbours
        ],
    }


def _print_plain(card: Card, neighbours: list[Neighbour]) -> None:
    for one in neighbours:
        print(
            f"{card.id}  {one.relation.value}  {one.card.id}  findings {one.jaccard:.0%}  text {one.text:.0f}%  "
            f"{card.expected.condition} / {one.card.expected.condition}"
        )
    if not neighbours:
        print(f"{card.id}  nothing like it")


def _print_rich(card: Card, neighbours: list[Neighbour], network: Network | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..similar import side_by_side

    console = Console(highlight=False)
    if not neighbours:
        console.print(Text(f"{card.id}: no case shares a finding with it"))
    for one in neighbours:
        likeness = f"findings {one.jaccard:.0%}" + (f", text {one.text:.0f}%" if one.text else "")
        table = Table(title=Text(f"{one.relation.value}: {likeness}"), title_justify="left", show_header=False)
        for line in side_by_side(card, one.card, network):
            # A mark besides the colour: not everybody sees it, and pipes lose it.
            style = "bold" if line.differs else "dim"
            mark = "≠" if line.differs else "="
            table.add_row(*(Text(text, style=style) for text in (line.label, line.left, mark, line.right)))
        console.print(table)

"""``clinval model fit``: a network estimated from cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cases.folds import fold_of
from cases.readers import load_cases
from model.command_line import new_place
from model.errors import InputError
from model.network.save import refuse_existing, save_network

from ..fitting import fit_to_cards
from .options import EncodingOption, Format, FormatOption, Unlisted, print_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def fit(
    cases: Annotated[Path, typer.Argument(help="A directory of cards, or a .jsonl, .csv or .parquet file.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", parser=new_place, metavar="PATH", help="The directory of the new network.")
    ],
    name: Annotated[str | None, typer.Option(help="Its name; default: the directory's.")] = None,
    unlisted: Annotated[
        Unlisted | None, typer.Option(help="What findings count as that a card does not list; default: as it says.")
    ] = None,
    smoothing: Annotated[
        float | None, typer.Option(min=0, help="Pseudo-cases; default: chosen by inner folds.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(min=0.01, help="Default: chosen by inner folds.")] = None,
    questions: Annotated[int, typer.Option(min=1, help="Length of the interviews that it is tuned for.")] = 15,
    folds: Annotated[int | None, typer.Option(min=2, help="Divide the cases into so many folds, by id …")] = None,
    exclude_fold: Annotated[int | None, typer.Option(min=0, help="… and leave this one out, from 0.")] = None,
    encoding: EncodingOption = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Estimate a one-condition network from cases: smoothed counts, calibrated."""
    refuse_existing(out)  # before minutes of fitting, and never over a network that is there
    cards = list(load_cases(cases, encoding))
    n_read = len(cards)
    if (folds is None) != (exclude_fold is None) or (exclude_fold or 0) >= (folds or 1):
        raise InputError.single(
            "E-FOLDS", "--folds, --exclude-fold", f"{folds} and {exclude_fold}",
            expected="both, and a fold from 0 to --folds - 1",
        )  # fmt: skip
    if folds is not None:
        cards = [card for card in cards if fold_of(card, folds) != exclude_fold]
    network = fit_to_cards(
        cards,
        name or out.resolve().name,
        unlisted=unlisted and unlisted.value,
        smoothing=smoothing,
        temperature=temperature,
        n_questions=questions,
    )
    save_network(network, out)
    record = {
        "network": str(out),
        "digest": network.digest,
        "cases": len(cards),
        "left_out": n_read - len(cards),
        "conditions": len(network.conditions),
        "findings": len(network.findings),
        "temperature": network.temperature,
        "description": network.description,
    }
    if output is Format.JSON:
        print_json(record)
    else:
        left_out = f" ({record['left_out']} left out)" if record["left_out"] else ""
        print(network.description)
        print(
            f"{record['conditions']} conditions · {record['findings']} findings · {len(cards)} cases{left_out} · "
            f"temperature {network.temperature:g} → {out}"
        )

"""``clinval show``: one case, for someone who wants to understand it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cases.card import Card
from model.errors import ClinvalError
from model.network.load import load_network

from ..comparison.played import options_of
from ..explanation import Explanation, explain, in_words
from ..results import Row, Run
from ..store.inputs import at_hand
from .options import OUT, Format, FormatOption, RunsOption, print_json
from .show_case import print_case
from .show_pair import show_latest_diff, show_sides

app = typer.Typer(add_completion=False, rich_markup_mode=None)

WIDTH = 140
"""Columns where the output is not a screen."""


@app.command()
def show(
    case: Annotated[str, typer.Argument(help="The id of a case.")],
    *,
    run: Annotated[Path | None, typer.Option(help="A run's directory; default: the latest run.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="In two columns, as the latest diff compared it.")] = False,
    base: Annotated[str | None, typer.Option(help="In two columns: a run, a model or a git ref …")] = None,
    candidate: Annotated[str | None, typer.Option(help="… and what it is compared with.")] = None,
    model: Annotated[Path | None, typer.Option(help="Where the network is now, if it was moved.")] = None,
    cases: Annotated[Path | None, typer.Option(help="With --base and --candidate: the cases, as for diff.")] = None,
    out: RunsOption = OUT,
    output: FormatOption = Format.RICH,
) -> None:
    """One case: its vignette, its interview, three rankings, why it was lost; or two interviews beside each other."""
    if (base is None) != (candidate is None):
        raise typer.BadParameter("give both, or neither", param_hint="--base, --candidate")
    if run is not None and (diff or base is not None):
        raise typer.BadParameter("is about one run; leave it out to see two", param_hint="--run")
    console = Console(highlight=False, no_color=output is Format.PLAIN)
    if not console.is_terminal:
        console = Console(highlight=False, no_color=output is Format.PLAIN, width=WIDTH)
    if base is not None and candidate is not None:
        show_sides(console, case, base, candidate, model=model, cases=cases, runs=out, output=output)
    elif diff:
        show_latest_diff(console, case, out, output)
    else:
        _show_one(console, case, Run.open(run or out), model, output)


def _show_one(console: Console, case: str, result: Run, model: Path | None, output: Format) -> None:
    row = result.row(case)
    card, vocabulary = result.cards[case], result.vocabulary
    explanation, excuse = _explanation(result, row, card, model)
    words = in_words(row, vocabulary, explanation)
    if output is Format.JSON:
        why = asdict(explanation) if explanation else None
        print_json({"case": card.model_dump(mode="json"), "result": dict(row), "why": words, "explanation": why})
        return
    print_case(console, row, card, vocabulary, words, explanation or excuse)


def _explanation(result: Run, row: Row, card: Card, model: Path | None) -> tuple[Explanation | None, str]:
    """The weighed evidence, or why it cannot be had."""
    source = result.manifest.plan.network
    path = model or Path(source.path)
    if not source.path and model is None:
        return None, "The network was not read from a file; give --model to see what each answer contributed."
    try:
        with at_hand(path) as here:
            network = load_network(here)
    except ClinvalError:
        return None, f"The network is no longer at {path}; give --model to see what each answer contributed."
    if network.digest != source.digest:
        return None, f"The network at {path} has changed since; run again to see what each answer contributed."
    return explain(row, card, network, options_of(result)), ""

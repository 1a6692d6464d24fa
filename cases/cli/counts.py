"""``clinval cases stats`` and ``clinval cases simulate``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption

from .shared import CasesPath, Encoding, Expression, ModelPath, OutPath, network_at, say_written


def stats(
    path: CasesPath,
    model: ModelPath = None,
    expression: Expression = None,
    encoding: Encoding = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Count cases by condition, specialty, author, age and sex, and what conditions have none."""
    from ..checks import check_cases
    from ..printing import print_statistics
    from ..readers import load_cases
    from ..statistics import statistics

    network = network_at(model)
    case_set = load_cases(path, encoding)
    if network is not None:  # In the network's ids: a condition may be named by a synonym.
        case_set = check_cases(case_set, network).case_set
    if expression is not None:
        case_set = case_set.select(expression, network)
    print_statistics(statistics(case_set, network), output)


class Draw(StrEnum):
    """Which conditions simulated cases have."""

    PREVALENCE = "prevalence"
    BALANCED = "balanced"


def simulate(
    model: Annotated[Path, typer.Option("--model", help="The clinical network to draw from.")],
    out: OutPath,
    *,
    n_cases: Annotated[int, typer.Option("--cases", "-n", min=1, help="How many.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal cases.")] = 0,
    draw: Annotated[Draw, typer.Option(help="As often as the network says, or all equally often.")] = Draw.PREVALENCE,
    output: FormatOption = Format.RICH,
) -> None:
    """Draw cases from a network, for load and calibration; never mixed with doctors' cases."""
    from .. import simulate as simulation
    from ..writers import save_cases

    network = network_at(model)
    assert network is not None
    case_set = simulation.simulate_cases(network, n_cases, seed=seed, draw=simulation.Draw(draw.value))
    save_cases(case_set.cards, out)
    say_written(case_set, out, output, "simulated ")

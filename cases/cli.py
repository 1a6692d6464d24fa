"""``clinval cases``: check, import, export, simulate and stats; thin wrappers of plain functions."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.command_line import Format, FormatOption, new_place, print_json, problem_records
from model.errors import InputError

from .case_set import CaseSet

if TYPE_CHECKING:
    from model.network.network import Network

app = typer.Typer(
    name="cases",
    help="Check, import, export, simulate and count cases.",
    no_args_is_help=True,
    add_completion=False,
)


class Source(StrEnum):
    """Which corpus format is imported."""

    DDXPLUS = "ddxplus"
    GOAL = "goal"


class Meaning(StrEnum):
    """What a finding means that a card does not list."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    NOT_MENTIONED = "not_mentioned"


class SplitName(StrEnum):
    """What the imported cases are for."""

    REFERENCE = "reference"
    HOLDOUT = "holdout"
    TRAIN = "train"
    TEST = "test"


CasesPath = Annotated[
    Path, typer.Argument(help="A directory of TOML cards, or a .jsonl, .json, .csv or .parquet file.")
]
ModelPath = Annotated[Path | None, typer.Option("--model", help="The network whose words the cases use.")]
OutPath = Annotated[
    Path,
    typer.Option(
        "--out", "-o", parser=new_place, metavar="PATH", help="A .jsonl, .csv or .parquet file, or a new directory."
    ),
]
Encoding = Annotated[str | None, typer.Option(help="Of a text file that is known not to be UTF-8.")]
Expression = Annotated[
    str | None, typer.Option("-k", help="Only the cases that match, say 'sex == female and age < 16'.")
]


@app.command()
def check(
    path: CasesPath,
    *,
    model: ModelPath = None,
    strict: Annotated[bool, typer.Option(help="Reject the set where a case would be set aside.")] = False,
    base: Annotated[
        Path | None, typer.Option(help="The set as it was: signed-off cases may only change by version.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Cases that the model was fitted to: none may be in PATH.")] = None,
    encoding: Encoding = None,
    output: FormatOption = Format.RICH,
) -> None:
    """List everything that is wrong with cases; exit 2 if the set is refused."""
    from .checks import check_cases, check_edits, check_leakage
    from .checks.possible import possible_under
    from .printing import print_problems, print_report
    from .readers import load_cases

    network = _network(model)
    try:
        case_set = load_cases(path, encoding)
        earlier = None if base is None else load_cases(base)
        fitted = None if train is None else load_cases(train)
    except InputError as error:
        print_problems(error.problems, output)
        raise typer.Exit(error.exit_code) from None
    report = check_cases(
        case_set, network, is_possible=None if network is None else possible_under(network), strict=strict
    )
    if earlier is not None:
        report = report.with_problems(check_edits(earlier, report.case_set))
    if fitted is not None:
        report = report.with_problems(check_leakage(fitted, report.case_set))
    print_report(report, output)
    if report.rejected or not len(report.accepted):
        raise typer.Exit(InputError.exit_code)


@app.command("import")
def import_(
    kind: Annotated[Source, typer.Argument(help="The corpus format.")],
    source: Annotated[Path, typer.Argument(help="The corpus's file or folder.")],
    out: OutPath,
    *,
    split: Annotated[SplitName | None, typer.Option(help="Default: ddxplus test, goal train.")] = None,
    unlisted: Annotated[Meaning, typer.Option(help="goal: what an unlisted finding means.")] = Meaning.NOT_MENTIONED,
    conditions: Annotated[Path | None, typer.Option(help="ddxplus: release_conditions.json.")] = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Turn a published corpus into cards."""
    from .importers import import_ddxplus, import_goal
    from .writers import save_cases

    if kind is Source.DDXPLUS:
        case_set = import_ddxplus(source, conditions, split=(split or SplitName.TEST).value)
    else:
        case_set = import_goal(source, unlisted=unlisted.value, split=(split or SplitName.TRAIN).value)
    save_cases(case_set.cards, out)
    _say_written(case_set, out, output)


@app.command()
def export(
    path: CasesPath,
    out: OutPath,
    expression: Expression = None,
    encoding: Encoding = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Write cases in another format; nothing is lost on the way."""
    from .readers import load_cases
    from .writers import save_cases

    case_set = load_cases(path, encoding)
    if expression is not None:
        case_set = case_set.select(expression)
    save_cases(case_set.cards, out)
    _say_written(case_set, out, output)


@app.command()
def stats(
    path: CasesPath,
    model: ModelPath = None,
    expression: Expression = None,
    encoding: Encoding = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Count cases by condition, specialty, author, age and sex, and what conditions have none."""
    from .checks import check_cases
    from .printing import print_statistics
    from .readers import load_cases
    from .statistics import statistics

    network = _network(model)
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


@app.command()
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
    from . import simulate as simulation
    from .writers import save_cases

    network = _network(model)
    assert network is not None
    case_set = simulation.simulate_cases(network, n_cases, seed=seed, draw=simulation.Draw(draw.value))
    save_cases(case_set.cards, out)
    _say_written(case_set, out, output, "simulated ")


def _network(path: Path | None) -> Network | None:
    if path is None:
        return None
    from model.network import load_network

    return load_network(path)


def _say_written(case_set: CaseSet, out: Path, output: Format, kind: str = "") -> None:
    """How many cases were written where; what was set aside, and why."""
    from .printing import print_problems

    if output is Format.JSON:
        print_json(
            {
                "path": str(out),
                "digest": case_set.digest,
                "read": case_set.n_read,
                "written": len(case_set),
                "problems": problem_records(case_set.problems),
            }
        )
        return
    if case_set.problems:
        print_problems(case_set.problems, Format.PLAIN, to_stderr=True)
    read = "" if kind else f" of {case_set.n_read}"
    print(f"{len(case_set)}{read} {kind}cases written to {out}  digest {case_set.digest[:12]}")

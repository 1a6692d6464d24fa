"""``clinval model``: check, show, convert and import networks.

Thin verbs over :mod:`model.network`.  Results go to stdout and everything else to stderr; bad input
exits with 2.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from .command_line import Format, FormatOption, new_place, print_json, problem_records, told
from .errors import InputError, Problem, Severity

if TYPE_CHECKING:
    from .content import Pair
    from .network.show import Section


class Verbs(TyperGroup):
    """The verbs, which end with words where input or the disk refuses, also without the front door."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was called."""
        with told(ctx):
            return super().invoke(ctx)


app = typer.Typer(
    name="model",
    cls=Verbs,
    help="Networks: check, show, convert, import, fit.",
    no_args_is_help=True,
    add_completion=False,
)


class Structure(StrEnum):
    """How a clinical network's figures are read."""

    NOISY_OR = "noisy_or"
    ONE_CONDITION = "one_condition"


class Source(StrEnum):
    """What can be imported."""

    DDXPLUS = "ddxplus"
    SYMCAT = "symcat"


NetworkPath = Annotated[Path, typer.Argument(help="A network's directory, or a .bif or .xmlbif file.")]
RolesOption = Annotated[
    Path | None, typer.Option("--roles", help="Roles of a BIF or XMLBIF file; default: <stem>.roles.toml beside it.")
]
TargetPath = Annotated[
    Path | None, typer.Argument(parser=new_place, metavar="TARGET", help="What is made; or give it with --out.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", parser=new_place, metavar="TARGET", help="Another way to give TARGET.")
]
NormaliseOption = Annotated[
    bool, typer.Option("--normalise", help="Accept columns that published rounding leaves off by up to 1e-5.")
]


@app.command()
def check(
    path: NetworkPath,
    roles: RolesOption = None,
    normalise: NormaliseOption = False,
    content: Annotated[
        bool, typer.Option("--content", help="Also whether every condition can be reached and told apart (seconds).")
    ] = False,
    fmt: FormatOption = Format.RICH,
) -> None:
    """Print every problem of a network, errors first; exits with 2 where one refuses it."""
    from .network import check_network

    problems = check_network(path, roles=roles, normalise=normalise)
    pairs: list[Pair] = []
    if content and not any(problem.severity is Severity.REJECT for problem in problems):
        found, pairs = _content(path)
        problems = [*problems, *found]
    problems = sorted(problems, key=lambda problem: problem.severity is not Severity.REJECT)
    errors = sum(problem.severity is Severity.REJECT for problem in problems)
    warnings = len(problems) - errors
    if fmt is Format.JSON:
        record = {"path": str(path), "errors": errors, "warnings": warnings, "problems": problem_records(problems)}
        print_json({**record, **({"nearest_pairs": [pair._asdict() for pair in pairs]} if content else {})})
    else:
        _print_problems(problems, fmt)
        for pair in pairs:
            print(f"nearest  {pair.one} · {pair.other}  {pair.distance:.2f} apart")
        verdict = "refused" if errors else "usable"
        print(f"{errors} errors · {warnings} warnings · {path} is {verdict}")
    if errors:
        raise typer.Exit(InputError.exit_code)


@app.command()
def show(
    path: NetworkPath,
    what: Annotated[str | None, typer.Argument(help="The id or name of a condition, finding or risk factor.")] = None,
    roles: RolesOption = None,
    normalise: NormaliseOption = False,
    fmt: FormatOption = Format.RICH,
) -> None:
    """Print what a network holds, or one condition, finding or risk factor of it."""
    from .network import load_network
    from .network.show import summarise

    sections = summarise(load_network(path, roles=roles, normalise=normalise), what)
    if fmt is Format.JSON:
        print_json({section.title: _rows(section) for section in sections})
    else:
        _print_sections(sections, fmt)


@app.command()
def convert(
    source: NetworkPath,
    target: TargetPath = None,
    *,
    out: OutOption = None,
    structure: Annotated[Structure | None, typer.Option(help="Read a clinical network the other way.")] = None,
    roles: RolesOption = None,
    normalise: NormaliseOption = False,
    fmt: FormatOption = Format.RICH,
) -> None:
    """Write a network in another form: a new .bif or .xmlbif file, or a new directory."""
    from .network.convert import convert_network

    place = _one_target(target, out)
    warnings = convert_network(source, place, structure=structure, roles=roles, normalise=normalise)
    _print_written(place, warnings, fmt)


@app.command("import")
def import_(
    source: Annotated[Source, typer.Argument(help="Whose tables they are.")],
    tables: Annotated[Path, typer.Argument(help="ddxplus: the directory; symcat: the JSON file.")],
    target: TargetPath = None,
    *,
    out: OutOption = None,
    structure: Annotated[Structure, typer.Option(help="symcat: how its figures are read.")] = Structure.ONE_CONDITION,
    fmt: FormatOption = Format.RICH,
) -> None:
    """Make a network, in a new directory, from published tables."""
    from .network.importers import import_ddxplus, import_symcat
    from .network.save import refuse_existing, save_network

    place = _one_target(target, out)
    refuse_existing(place)
    if source is Source.DDXPLUS and structure is not Structure.ONE_CONDITION:
        raise InputError.single("E-STRUCTURE", source, structure, expected=Structure.ONE_CONDITION)
    network = import_ddxplus(tables) if source is Source.DDXPLUS else import_symcat(tables, structure=structure)
    save_network(network, place)
    _print_written(place, [], fmt)


def _one_target(target: Path | None, out: Path | None) -> Path:
    """Where the result goes: given by its place among the arguments, or by name, but not twice."""
    if target is not None and out is not None:
        raise typer.BadParameter(f"{target} as well as --out {out}; give one of them", param_hint="TARGET")
    place = target or out
    if place is None:
        raise typer.BadParameter("missing; write it last, or as --out TARGET", param_hint="TARGET")
    return place


def _content(path: Path) -> tuple[list[Problem], list[Pair]]:
    """What the content check finds, and the conditions that are hardest to tell apart."""
    from .content import check_content, nearest_pairs
    from .network import load_network
    from .network.network import ClinicalNetwork

    network = load_network(path)
    if not isinstance(network, ClinicalNetwork):
        raise InputError.single("E-CONTENT", str(path), "a tabular network", expected="a clinical network")
    return check_content(network, network.name), nearest_pairs(network)


def _print_written(target: Path, warnings: Sequence[Problem], fmt: Format) -> None:
    from .network import load_network

    for problem in warnings:
        print(problem, file=sys.stderr)
    try:
        digest = load_network(target).digest
    except InputError:
        digest = ""
    if fmt is Format.JSON:
        print_json({"path": str(target), "digest": digest, "problems": problem_records(warnings)})
    else:
        print(f"wrote {target}" + (f" · digest {digest[:12]}" if digest else " · not loadable here"))


def _rows(section: Section) -> object:
    if section.columns == ("", ""):
        return {row[0]: row[1] for row in section.rows}
    return [dict(zip(section.columns, row, strict=True)) for row in section.rows]


def _print_problems(problems: Sequence[Problem], fmt: Format) -> None:
    if fmt is Format.PLAIN:
        for problem in problems:
            print(problem)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for problem in problems:
        style = "bold red" if problem.severity is Severity.REJECT else "yellow"
        console.print(Text.assemble((problem.code, style), str(problem)[len(problem.code) :]))


def _print_sections(sections: Sequence[Section], fmt: Format) -> None:
    if fmt is Format.PLAIN:
        for section in sections:
            print(f"# {section.title}")
            if any(section.columns):
                print("\t".join(section.columns))
            for row in section.rows:
                print("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for section in sections:
        named = any(section.columns)
        table = Table(title=section.title, title_justify="left", box=box.SIMPLE_HEAD, show_header=named)
        for position, column in enumerate(section.columns):
            table.add_column(column, style="" if named or position else "bold", overflow="fold")
        for row in section.rows:
            table.add_row(*(escape_markup(cell) for cell in row))
        console.print(table)


def escape_markup(text: str) -> str:
    """``text`` with nothing in it that rich would take for its markup."""
    from rich.markup import escape

    return escape(text)

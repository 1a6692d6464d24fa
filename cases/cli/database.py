"""``clinval cases database``: the desk's database, its tables and its trail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption, print_json, problem_records
from model.errors import InputError

from .publish import DatabaseOption, open_desk

app = typer.Typer(
    name="database", help="Where cases wait for review: make its tables, check it, read a case's history.",
    no_args_is_help=True, add_completion=False,
)  # fmt: skip


@app.command()
def upgrade(database: DatabaseOption, output: FormatOption = Format.RICH) -> None:
    """Make the tables, or bring them to this program's form; what is stored stays."""
    from ..desk import Desk

    with Desk(database) as desk:
        before, after = desk.upgrade()
    if output is Format.JSON:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"nothing to do: the tables are at revision {after}")
    else:
        print(f"tables {'made' if before is None else f'brought from revision {before}'} to revision {after}")


@app.command()
def check(
    database: DatabaseOption,
    noted: Annotated[
        str, typer.Option(metavar="END", help="The end that an earlier check printed: the trail must lead through it.")
    ] = "",
    output: FormatOption = Format.RICH,
) -> None:
    """Verify the trail: no entry, version or upload was changed behind the desk's back; exit 2 if one was."""
    from ..printing import print_problems

    with open_desk(database) as (desk, who):
        problems, end = desk.trail.check(who, noted), desk.trail.end(who)
        n_entries = len(desk.trail.all(who))
    if output is Format.JSON:
        print_json({"entries": n_entries, "end": end, "problems": problem_records(problems)})
    elif problems:
        print_problems(problems, output)
    else:
        print(f"whole: {n_entries} entries, each chained to the one before, and the tables say the same")
        print(f"end {end}  (note it elsewhere: --noted checks that the trail has only grown since)")
    if problems:
        raise typer.Exit(InputError.exit_code)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; to restore it, use it as the database.")],
    database: DatabaseOption,
    output: FormatOption = Format.RICH,
) -> None:
    """Copy an SQLite database to a file while others work, and verify the copy's trail; exit 2 if it is broken."""
    from ..desk.backup import back_up
    from ..printing import print_problems

    with open_desk(database) as (desk, _):
        size = back_up(desk.store.engine, target)
    with open_desk(f"sqlite:///{target}") as (copy, who):
        problems, end = copy.trail.check(who), copy.trail.end(who)
    if output is Format.JSON:
        print_json({"file": str(target), "bytes": size, "end": end, "problems": problem_records(problems)})
    elif problems:
        print_problems(problems, output)
    else:
        print(f"{target}: {size:,} bytes, whole; its trail ends in {end}")
    if problems:
        raise typer.Exit(InputError.exit_code)


@app.command()
def history(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The id of the card, or of the case in the desk.")],
    database: DatabaseOption,
    output: FormatOption = Format.RICH,
) -> None:
    """Everything that happened to a case: when, who, what, why."""
    with open_desk(database) as (desk, who):
        entries = desk.trail.named(who, case)
        names = desk.people.names()
    if output is Format.JSON:
        print_json(
            [
                {
                    "seq": one.seq, "at": one.at.isoformat(), "who": one.who, "what": one.what, "why": one.why,
                    "details": dict(one.details),
                }
                for one in entries
            ]
        )  # fmt: skip
        return
    for one in entries:
        line = f"{one.at:%Y-%m-%d %H:%M:%S}Z  {names.get(one.who, one.who)}  {one.what}"
        state = one.details.get("state")
        print(line + (f" → {str(state).replace('_', ' ')}" if state else "") + (f"  “{one.why}”" if one.why else ""))

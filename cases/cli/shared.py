"""Options and words that several verbs of ``clinval cases`` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.command_line import Format, new_place, print_json, problem_records
from model.errors import InputError, Problem

from ..case_set import CaseSet

if TYPE_CHECKING:
    from model.network.network import Network

CasesPath = Annotated[
    Path, typer.Argument(help="A directory of TOML cards, or a .jsonl, .json, .csv, .xlsx or .parquet file.")
]
ModelPath = Annotated[Path | None, typer.Option("--model", help="The network whose words the cases use.")]
OutPath = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        parser=new_place,
        metavar="PATH",
        help="A .jsonl, .csv, .xlsx or .parquet file, or a new directory.",
    ),
]
Encoding = Annotated[str | None, typer.Option(help="Of a text file that is known not to be UTF-8.")]
Hidden = Annotated[
    bool, typer.Option("--confirm-hidden", help="Hidden sheets, rows and columns of a workbook are meant to be read.")
]
Expression = Annotated[
    str | None, typer.Option("-k", help="Only the cases that match, say 'sex == female and age < 16'.")
]


def network_at(path: Path | None) -> Network | None:
    """The network in ``path``; None without one."""
    if path is None:
        return None
    from model.network import load_network

    return load_network(path)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises
    ------
    InputError
        Something is there already.
    """
    if path.exists():
        raise InputError.single("E-EXISTS", str(path), "something there already", next_step="choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def say_written(case_set: CaseSet, out: Path, output: Format, kind: str = "", told: Sequence[Problem] = ()) -> None:
    """How many cases were written where; what was set aside or left out, and why."""
    from ..printing import print_problems

    problems = (*case_set.problems, *told)
    if output is Format.JSON:
        print_json(
            {
                "path": str(out),
                "digest": case_set.digest,
                "read": case_set.n_read,
                "written": len(case_set),
                "problems": problem_records(problems),
            }
        )
        return
    if problems:
        print_problems(problems, Format.PLAIN, to_stderr=True)
    read = "" if kind else f" of {case_set.n_read}"
    print(f"{len(case_set)}{read} {kind}cases written to {out}  digest {case_set.digest[:12]}")

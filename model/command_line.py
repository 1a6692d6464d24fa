"""What the command lines of all rooms share: formats, names of new places, and how a refusal is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import ClinvalError, InputError, Problem


class Format(StrEnum):
    """How results are printed."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"


_CHOSEN = "clinval.format"
"""Where a context keeps the chosen format; click shares ``meta`` between a verb and its groups."""


def _remember(context: typer.Context, chosen: Format) -> Format:
    context.meta[_CHOSEN] = chosen
    return chosen


FormatOption = Annotated[
    Format,
    typer.Option("--format", callback=_remember, help="rich for people, plain to grep, json for programs."),
]


def new_place(name: str | Path) -> Path:
    """The path of something to be written; a name that is empty would silently mean the current directory."""
    if not str(name).strip():
        raise typer.BadParameter("an empty name; write the name of a file or directory")
    return Path(name)


@contextmanager
def told(context: typer.Context) -> Iterator[None]:
    """Every expected failure of a verb ends with its words on stderr and its exit code.

    With ``--format json``, refused input is one value on stdout as well: ``{"problems": […]}``.
    """
    try:
        yield
    except ClinvalError as error:
        if isinstance(error, InputError) and context.meta.get(_CHOSEN) is Format.JSON:
            print_json({"problems": problem_records(error.problems)})
        print(error, file=sys.stderr)
        raise typer.Exit(error.exit_code) from None


def problem_records(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Plain values, for JSON."""
    return [asdict(problem) for problem in problems]


def print_json(value: object) -> None:
    """For programs: one JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def as_words(error: OSError) -> str:
    """One line for what the operating system refused: where, and why."""
    where = "reading or writing" if error.filename is None else str(error.filename)
    return f"E-FILE  {where}: found {(error.strerror or str(error) or type(error).__name__).lower()}"

"""``clinval report``: a run or a diff as a file for people, or for other programs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import new_place
from model.errors import InputError
from model.words import nearest
from validation.store.files import replace_file

from ..data import ReportData, to_json
from ..data.saved import open_data

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Kind(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"


SUFFIXES = {".html": Kind.HTML, ".htm": Kind.HTML, ".md": Kind.MARKDOWN, ".xml": Kind.JUNIT, ".json": Kind.JSON}


@app.command()
def report(
    what: Annotated[
        Path, typer.Argument(help="A run or a saved diff; `runs` is the latest run, `runs/diffs` the latest diff.")
    ] = Path("runs/diffs"),
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", parser=new_place, metavar="FILE", help="Written here: .html .md .xml .json")
    ] = Path("report.html"),
    kind: Annotated[Kind | None, typer.Option("--as", help="What it is, where the name does not say.")] = None,
    static: Annotated[bool, typer.Option("--static", help="HTML with charts as pictures, for mail or print.")] = False,
) -> None:
    """Write a run or a diff as HTML, Markdown, JUnit XML or JSON; exit 0 written, 2 bad input."""
    kind = kind or kind_of(out)
    if static and kind is not Kind.HTML:
        raise typer.BadParameter(f"--static is about charts, which {kind} has none of")
    write_report(open_data(what), out, kind, static=static)
    print(out)


def kind_of(path: Path) -> Kind:
    """By the suffix of the file's name.

    Raises
    ------
    InputError
        It has none that is known.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InputError.single(
            "E-KIND", str(path), f"the ending {path.suffix!r}" if path.suffix else "no ending",
            expected="a name that ends in " + ", ".join(SUFFIXES), suggestions=nearest(path.suffix, tuple(SUFFIXES)),
            next_step="or say what it is with --as",
        )  # fmt: skip
    return kind


def write_report(data: ReportData, path: Path, kind: Kind, *, static: bool = False) -> None:
    """One report as one file; the file that is there is replaced at once or not at all."""
    if kind is Kind.HTML:
        from ..html import write_html

        write_html(data, path, static=static)
        return
    replace_file(path, _TEXTS[kind](data))


def _markdown(data: ReportData) -> bytes:
    from ..markdown import comment

    return comment(data).encode()


def _junit(data: ReportData) -> bytes:
    from ..junit import junit

    return junit(data).encode()


_TEXTS: dict[Kind, Callable[[ReportData], bytes]] = {
    Kind.MARKDOWN: _markdown,
    Kind.JUNIT: _junit,
    Kind.JSON: lambda data: to_json(data, indent=1) + b"\n",
}

"""What several verbs share: formats, durations, where runs are, and printing."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption, new_place, print_json

from ..addresses import address_of

__all__ = [
    "OUT",
    "EncodingOption",
    "Format",
    "FormatOption",
    "RunsOption",
    "RunsOrAddressOption",
    "Unlisted",
    "UnlistedOption",
    "WorkersOption",
    "print_json",
    "seconds",
]

OUT = Path("runs")


class Unlisted(StrEnum):
    """What a finding means that a card does not list."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    NOT_MENTIONED = "not_mentioned"


EncodingOption = Annotated[str | None, typer.Option(help="Of a file of cases that is known not to be UTF-8.")]
RunsOption = Annotated[
    Path, typer.Option("--out", "-o", parser=new_place, metavar="PATH", help="The directory of all runs.")
]
RunsOrAddressOption = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        parser=lambda name: str(name) if address_of(name) else str(new_place(name)),
        metavar="PATH|ADDRESS",
        help="The directory of all runs, or an address such as s3://bucket/prefix.",
    ),
]
UnlistedOption = Annotated[
    Unlisted | None, typer.Option(help="What findings mean that a card does not list; default: what the card says.")
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Processes; default: by the size of the work.", show_default=False)
]


def seconds(duration: str | None) -> float | None:
    """``20m``, ``90s``, ``1h30m`` or plain seconds, in seconds.

    Raises
    ------
    typer.BadParameter
        It is none of these.
    """
    if duration is None:
        return None
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", duration.strip())
    if parts is None or not any(parts.groups()):
        raise typer.BadParameter(f"{duration!r} is not a duration; write 20m, 90s or 1h30m")
    hours, minutes, rest = (float(part or 0) for part in parts.groups())
    return 3600 * hours + 60 * minutes + rest

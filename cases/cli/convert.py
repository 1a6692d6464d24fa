"""``clinval cases import`` and ``clinval cases export``."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption
from model.errors import InputError

from .shared import CasesPath, Encoding, Expression, ModelPath, OutPath, network_at, say_written, write_new


class Source(StrEnum):
    """Which format is imported."""

    DDXPLUS = "ddxplus"
    GOAL = "goal"
    PHENOPACKETS = "phenopackets"


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


class Target(StrEnum):
    """What is written that the ending of the file does not say."""

    CARDS = "cards"
    PHENOPACKETS = "phenopackets"


def import_(
    kind: Annotated[Source, typer.Argument(help="The format.")],
    source: Annotated[Path, typer.Argument(help="The corpus's or packets' file or folder.")],
    out: OutPath,
    *,
    split: Annotated[
        SplitName | None, typer.Option(help="Default: ddxplus test, goal train, phenopackets reference.")
    ] = None,
    unlisted: Annotated[Meaning, typer.Option(help="goal: what an unlisted finding means.")] = Meaning.NOT_MENTIONED,
    conditions: Annotated[Path | None, typer.Option(help="ddxplus: release_conditions.json.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="phenopackets: the network whose codes name the findings.")
    ] = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Turn a published corpus, or phenopackets, into cards."""
    from ..importers import import_ddxplus, import_goal
    from ..writers import save_cases

    if kind is Source.DDXPLUS:
        case_set = import_ddxplus(source, conditions, split=(split or SplitName.TEST).value)
    elif kind is Source.GOAL:
        case_set = import_goal(source, unlisted=unlisted.value, split=(split or SplitName.TRAIN).value)
    else:
        from ..phenopackets import import_phenopackets

        case_set = import_phenopackets(source, network_at(model), split=(split or SplitName.REFERENCE).value)
    save_cases(case_set.cards, out)
    told = case_set.normalisations if kind is Source.PHENOPACKETS else ()
    say_written(case_set, out, output, told=told)


def export(
    path: CasesPath,
    out: OutPath,
    expression: Expression = None,
    encoding: Encoding = None,
    to: Annotated[
        Target, typer.Option("--to", help="phenopackets: GA4GH version 2, .json (a list) or .jsonl (one a line).")
    ] = Target.CARDS,
    model: ModelPath = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Write cases in another format; what that cannot hold is told."""
    from ..readers import load_cases
    from ..writers import save_cases

    case_set = load_cases(path, encoding)
    if expression is not None:
        case_set = case_set.select(expression)
    if to is Target.CARDS:
        save_cases(case_set.cards, out)
        say_written(case_set, out, output)
        return
    from ..phenopackets import export_phenopackets

    ending = out.suffix.lower()
    if ending not in (".json", ".jsonl"):
        raise InputError.single(
            "E-FORMAT", str(out), f"the ending {ending or 'of no kind'}", expected=".json or .jsonl"
        )
    packets, told = export_phenopackets(case_set.cards, network_at(model))
    lines = "".join(json.dumps(packet, ensure_ascii=False) + "\n" for packet in packets)
    text = json.dumps(packets, ensure_ascii=False, indent=2) + "\n" if ending == ".json" else lines
    write_new(out, text.encode("utf-8"))
    say_written(case_set, out, output, told=told)

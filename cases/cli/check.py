"""``clinval cases check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption
from model.errors import InputError

from .shared import CasesPath, Encoding, Hidden, ModelPath, network_at


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
    confirm_hidden: Hidden = False,
    output: FormatOption = Format.RICH,
) -> None:
    """List everything that is wrong with cases; exit 2 if the set is refused."""
    from ..checks import check_cases, check_edits, check_leakage
    from ..checks.possible import possible_under
    from ..printing import print_problems, print_report
    from ..readers import load_cases

    network = network_at(model)
    try:
        case_set = load_cases(path, encoding, confirm_hidden=confirm_hidden)
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

"""``clinval cases template``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.command_line import Format, FormatOption, new_place, print_json
from model.errors import InputError

from .shared import network_at, write_new


def template(
    model: Annotated[Path, typer.Option("--model", help="The network whose words the drop-downs offer.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", parser=new_place, metavar="PATH", help="A new .xlsx or .csv file.")
    ] = Path("cases.xlsx"),
    output: FormatOption = Format.RICH,
) -> None:
    """Write the spreadsheet in which a doctor enters cases."""
    from ..template import template_csv, template_xlsx

    ending = out.suffix.lower()
    if ending not in (".xlsx", ".csv"):
        raise InputError.single("E-FORMAT", str(out), f"the ending {ending or 'of no kind'}", expected=".xlsx or .csv")
    network = network_at(model)
    assert network is not None
    write_new(out, template_xlsx(network) if ending == ".xlsx" else template_csv(network))
    if output is Format.JSON:
        print_json({"path": str(out), "network": network.name, "digest": network.digest})
        return
    print(f"{out} written: fill in one row a case, then run  clinval cases check {out} --model {model}")

"""``clinval cases``: one file a verb, thin wrappers of plain functions.

check.py      check
convert.py    import, export
template.py   template
similar.py    similar
publish.py    publish
database.py   database upgrade, check, history
counts.py     stats, simulate
shared.py     the options and words that they have in common
"""

from __future__ import annotations

import typer

from .check import check
from .convert import export, import_
from .counts import simulate, stats
from .database import app as database
from .publish import publish
from .similar import similar
from .template import template

app = typer.Typer(
    name="cases",
    help="Check, import, export, simulate, compare and count cases; the spreadsheet to write them in.",
    no_args_is_help=True,
    add_completion=False,
)
app.command()(check)
app.command()(template)
app.command("import")(import_)
app.command()(export)
app.command()(similar)
app.command()(stats)
app.command()(simulate)
app.command()(publish)
app.add_typer(database)

__all__ = ["app"]

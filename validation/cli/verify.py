"""``clinval verify``: recompute every hash and figure of a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..results import Run
from ..verification import verify
from .options import Format, FormatOption, print_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)

TAMPERED = 3


@app.command()
def verify_run(
    run: Annotated[Path, typer.Argument(help="A run's directory; `runs` means the latest in it.")],
    *,
    output: FormatOption = Format.RICH,
) -> None:
    """Recompute every hash and figure of a run, offline; exit 3 if anything disagrees, 4 if incomplete."""
    problems = verify(run)
    opened = Run.open(run)
    manifest = opened.manifest
    if output is Format.JSON:
        print_json({"run": str(opened.path), "verified": not problems, "problems": [asdict(p) for p in problems]})
    else:
        for problem in problems:
            print(problem)
        if problems:
            print(f"{len(problems)} disagreements · {opened.path} → NOT VERIFIED")
        else:
            print(
                f"{manifest.n_finished} results · {len(manifest.shards)} shards · every hash and figure agrees · "
                f"results {manifest.results_sha256[:12]} → VERIFIED"
                + ("" if opened.is_complete else f", INCOMPLETE ({manifest.reason})")
            )
    raise typer.Exit(TAMPERED if problems else 0 if opened.is_complete else 4)

"""``clinval verify``: recompute every hash and figure of a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..verification import verification_of
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
    found = verification_of(run)
    problems, manifest = found.problems, found.manifest
    is_complete = manifest is not None and manifest.status == "complete"
    if output is Format.JSON:
        print_json(
            {
                "run": str(found.path),
                "verified": found.is_verified,
                "results": found.n_results,
                "shards": found.n_shards,
                "problems": [asdict(problem) for problem in problems],
            }
        )
    else:
        for problem in problems:
            print(problem)
        if manifest is None or problems:
            print(f"{len(problems)} disagreements · {found.path} → NOT VERIFIED")
        else:
            print(
                f"{found.n_results} results · {found.n_shards} shards · every hash agrees, and every figure that "
                f"follows from them · results {manifest.results_sha256[:12]} → VERIFIED"
                + ("" if is_complete else f", INCOMPLETE ({manifest.reason})")
            )
    raise typer.Exit(TAMPERED if problems else 0 if is_complete else 4)

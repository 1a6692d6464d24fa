"""``clinval gate``: the verdict on a diff."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ..comparison import Diff, compare
from ..comparison.record import CheckRecord, open_runs, read_record
from ..gate import GateFinding, Status, Verdict, exit_code, load_known_failures, load_rules, verdict_on
from ..gate.known_failures import known_failures_toml
from ..gate.never_events import proposed_waivers
from ..gate.printing import MOST_DETAILS, print_verdict
from ..gate.ratchet import updated
from ..results import Run
from ..store.files import replace_file
from .options import Format, FormatOption, print_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RULES = Path("gate.toml")
WAIVED_FOR = timedelta(days=30)
"""What a proposed waiver says; a reviewer may write another day."""


@app.command()
def gate(
    diff: Annotated[Path, typer.Argument(help="A saved diff; `runs` means the latest. Or the base's run directory.")],
    candidate: Annotated[Path | None, typer.Argument(help="The candidate's run directory, after the base's.")] = None,
    *,
    rules: Annotated[Path, typer.Option(help="What was agreed on; owned by the clinicians.")] = RULES,
    base_ratchet: Annotated[
        Path | None, typer.Option(help="The base's list of known failures; what it lacks needs a signature.")
    ] = None,
    update_ratchet: Annotated[
        Path | None, typer.Option(help="Write the list of known failures anew into this file: what passes goes.")
    ] = None,
    propose_waivers: Annotated[
        bool, typer.Option(help="Print a waiver for each new never-event, for a reviewer to complete.")
    ] = False,
    output: FormatOption = Format.RICH,
) -> None:
    """Judge a candidate; exit 0 pass, 1 fail, 2 bad input, 4 incomplete or inconclusive."""
    agreed = load_rules(rules)
    known_before = None if base_ratchet is None else load_known_failures(base_ratchet)
    runs = open_runs(diff) if candidate is None else (Run.open(diff), Run.open(candidate))
    compared = compare(*runs)
    today = datetime.now(UTC).date()
    if propose_waivers:
        print(proposed_waivers(compared, today + WAIVED_FOR), end="")
        return
    if update_ratchet is not None:
        _write_ratchet(compared, agreed.ratchet.file, update_ratchet, today)
        return
    also = () if candidate is not None else _not_looked_at(read_record(diff))
    verdict = verdict_on(compared, agreed, today=today, known_before=known_before, also=also)
    show_verdict(verdict, output)
    raise typer.Exit(exit_code(verdict))


def show_verdict(verdict: Verdict, output: Format) -> None:
    """On stdout, in the format that was asked for."""
    if output is Format.JSON:
        print_json(verdict.to_dict())
        return
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, no_color=output is Format.PLAIN)
    print_verdict(verdict, console, None if output is Format.PLAIN else MOST_DETAILS)


def _not_looked_at(record: CheckRecord) -> tuple[GateFinding, ...]:
    """What a saved diff does not hold: the cases that the candidate edited or took out, as they were."""
    changes = record.case_changes
    if changes is None or not (changes.edited or changes.removed):
        return ()
    words = f"The case set changed ({changes.words}); `clinval check` plays the cases as they were too, this does not."
    return (GateFinding("G0", Status.FLAG, "cases as they were", words),)


def _write_ratchet(diff: Diff, listed: Path | None, path: Path, today: date) -> None:
    before = load_known_failures(listed) if listed is not None and listed.exists() else ()
    now = updated(diff, before, today)
    n_added = sum(entry not in before for entry in now)
    replace_file(path, known_failures_toml(now).encode())
    print(
        f"{path}: {len(before) - (len(now) - n_added)} taken out, {n_added} proposed, {len(now)} in all"
        + ("; each proposed one needs an owner, a reason and somebody else's signature" if n_added else "")
    )

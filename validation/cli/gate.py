"""``clinval gate``: the verdict on a diff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ..comparison import Diff, compare
from ..gate import SelfReplay, Verdict, aa_replay, exit_code, judge, load_known_failures, load_rules, model_at_hand
from ..gate.known_failures import KnownFailures, known_failures_toml
from ..gate.never_events import proposed_waivers
from ..gate.printing import MOST_DETAILS, print_verdict
from ..gate.ratchet import updated
from ..gate.rules import Rules
from ..results import Run
from ..store.files import replace_file
from .options import Format, FormatOption, print_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RULES = Path("gate.toml")
WAIVED_FOR = timedelta(days=30)
"""What a proposed waiver says; a reviewer may write another day."""


@app.command()
def gate(
    base: Annotated[Path, typer.Argument(help="The base's run directory.")],
    candidate: Annotated[Path, typer.Argument(help="The candidate's run directory.")],
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
    known = None if agreed.ratchet.file is None else load_known_failures(agreed.ratchet.file)
    known_before = None if base_ratchet is None else load_known_failures(base_ratchet)
    diff = compare(Run.open(base), Run.open(candidate))
    today = datetime.now(UTC).date()
    if propose_waivers:
        print(proposed_waivers(diff, today + WAIVED_FOR), end="")
        return
    if update_ratchet is not None:
        _write_ratchet(diff, known, update_ratchet)
        return
    verdict = judge(diff, agreed, today=today, aa=replayed(diff, agreed), known=known, known_before=known_before)
    show_verdict(verdict, output)
    raise typer.Exit(exit_code(verdict))


def replayed(diff: Diff, rules: Rules) -> SelfReplay | None:
    """A sample of the candidate played a second time, where its model is at hand."""
    model = model_at_hand(diff.candidate) if rules.integrity.replay_sample else None
    return None if model is None else aa_replay(diff.candidate, model, rules.integrity.replay_sample)


def show_verdict(verdict: Verdict, output: Format) -> None:
    """On stdout, in the format that was asked for."""
    if output is Format.JSON:
        print_json(verdict.to_dict())
        return
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, no_color=output is Format.PLAIN)
    print_verdict(verdict, console, None if output is Format.PLAIN else MOST_DETAILS)


def _write_ratchet(diff: Diff, known: KnownFailures | None, path: Path) -> None:
    before = known or ()
    now = updated(diff, before, datetime.now(UTC).date())
    replace_file(path, known_failures_toml(now).encode())
    added = [entry for entry in now if entry not in before]
    print(
        f"{path}: {len(before) - (len(now) - len(added))} entries taken out, {len(added)} proposed, {len(now)} in all"
        + ("; each proposed one needs an owner, a reason and somebody else's signature" if added else "")
    )

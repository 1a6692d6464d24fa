"""``clinval diff``: two models, one case set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cases.printing import print_problems

from ..comparison.diff import Diff, compare
from ..comparison.figures import figures
from ..comparison.losses import losses, overall
from ..comparison.record import CheckRecord, make_record, save_record
from ..comparison.summary import MOST_CASES, case_line, empty_line, last_line, lines
from ..deadline import Deadline, stopped_by_signals
from ..groups import By
from ..origins import Side, Sides, sides
from ..origins.recorded import case_changes_of, origin_of
from ..store.anywhere import argument, shown
from ..store.files import StoreError
from .options import OUT, Format, FormatOption, RunsOption, UnlistedOption, WorkersOption, print_json, seconds
from .progress import shown_progress
from .run import INCOMPLETE, program

if TYPE_CHECKING:
    from ..attribution import Attribution
    from ..gate import Verdict

app = typer.Typer(add_completion=False, rich_markup_mode=None)

RULES = Path("gate.toml")
BAD_WORDS = ("BROKEN", "UNSAFE")
MOST_EDITS = 10
ORIGIN = "A run's directory, a model's directory or file, or a git ref (of it: REF:path/to/model)."


@app.command()
def diff_models(
    base: Annotated[str, typer.Argument(help=ORIGIN)],
    candidate: Annotated[str, typer.Argument(help="The same; `.` is the working tree.")] = ".",
    *,
    model: Annotated[Path | None, typer.Option(help="The model's path, where BASE or CANDIDATE is a git ref.")] = None,
    cases: Annotated[Path | None, typer.Option(help="The cases' path; needed unless both are runs.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Judge the candidate; the exit code tells.")] = False,
    rules: Annotated[Path, typer.Option(help="The gate's rules.")] = RULES,
    blame: Annotated[bool, typer.Option("--blame", help="Say which edit broke or fixed which cases.")] = False,
    select: Annotated[str | None, typer.Option("-k", help="Only the cases that match, say 'sex == female'.")] = None,
    own_cases: Annotated[
        bool, typer.Option("--own-cases", help="Each model plays its own commit's cases; default: the candidate's.")
    ] = False,
    same_code: Annotated[bool, typer.Option("--same-code", help="Play both models with this code.")] = False,
    unlisted: UnlistedOption = None,
    ignore_unknown_words: Annotated[
        bool, typer.Option(help="Findings that a network lacks are no evidence, instead of an error.")
    ] = False,
    accept_rest: Annotated[bool, typer.Option(help="Run the faultless cases where others are set aside.")] = False,
    accept_removed: Annotated[bool, typer.Option(help="The candidate may lack conditions that the base has.")] = False,
    workers: WorkersOption = None,
    budget: Annotated[str | None, typer.Option(help="Stop replaying after this time, say 20m.")] = None,
    out: RunsOption = OUT,
    output: FormatOption = Format.RICH,
) -> None:
    """Which cases flipped; exit 0, 1 gate failed, 2 bad input, 4 incomplete or nothing comparable."""
    from ..replay import ReplayOptions

    deadline = Deadline(seconds(budget))
    judged = _Gate(rules) if gate else None
    with stopped_by_signals(deadline):
        both = sides(
            base,
            candidate,
            model=model,
            cases=cases,
            runs=out,
            select=select,
            cases_from="own" if own_cases else "candidate",
            same_code=same_code,
            accept_removed=accept_removed,
            ignore_unknown_words=ignore_unknown_words,
            accept_rest=accept_rest,
            options=ReplayOptions(unlisted=unlisted and unlisted.value),
            workers=workers,
            deadline=deadline,
            progress=shown_progress,
        )
        print_problems(both.warnings, Format.PLAIN, to_stderr=True)
        diff = compare(both.base.run, both.candidate.run)
        verdict = None if judged is None else judged.verdict(diff, both)
        attribution = attributed(diff, both.base, both.candidate, deadline) if blame else None
    record = make_record(
        diff,
        out,
        base=origin_of(both.base),
        candidate=origin_of(both.candidate),
        case_changes=case_changes_of(both),
        notes=both.notes,
        verdict=None if verdict is None else verdict.to_dict(),
        attribution=None if attribution is None else attribution.to_dict(),
    )
    stored = _saved(record, out)
    if output is Format.JSON:
        print_json(as_json(diff, record))
    else:
        print_diff(diff, record, verdict, attribution, output, out, stored)
    raise typer.Exit(exit_code(diff, verdict))


class _Gate:
    """The gate's rules, read before any case is played: a mistake in them should not cost a run."""

    def __init__(self, path: Path) -> None:
        from ..gate import load_rules

        self._rules = load_rules(path)

    def verdict(self, diff: Diff, both: Sides) -> Verdict:
        from datetime import UTC, datetime

        from ..gate import verdict_on, withdrawn_of

        today, candidate = datetime.now(UTC).date(), both.candidate.candidate
        return verdict_on(diff, self._rules, today=today, candidate=candidate, withdrawn=withdrawn_of(both))


def attributed(diff: Diff, base: Side, candidate: Side, deadline: Deadline) -> Attribution | None:
    """Which edit did what to the cases that changed; None where a model is not at hand, with a note."""
    from ..attribution import blame

    missing = [name for name, side in (("base", base), ("candidate", candidate)) if side.candidate is None]
    if base.candidate is None or candidate.candidate is None:
        words = (
            f"no blame: the model of the {' and the '.join(missing)} is no longer where it was; name the model itself"
        )
        print(words, file=sys.stderr)
        return None
    with shown_progress("trying the edits one by one") as progress:
        return blame(diff, base.candidate, candidate.candidate, deadline=deadline, progress=progress)


def _saved(record: CheckRecord, runs: Path) -> Path | None:
    """Where the diff was saved; None where nothing can be written there, which is no reason not to print it."""
    try:
        return save_record(record, runs)
    except StoreError as error:
        print(f"not saved: {error}", file=sys.stderr)
        return None


def exit_code(diff: Diff, verdict: Verdict | None) -> int:
    """What the shell is told."""
    if not diff.comparable or not (diff.base.is_complete and diff.candidate.is_complete):
        return INCOMPLETE
    if verdict is None:
        return 0
    from ..gate import exit_code as told

    return told(verdict)


def as_json(diff: Diff, record: CheckRecord) -> dict[str, Any]:
    """The record, and what follows from the runs beside it."""
    return {
        **record.model_dump(mode="json"),
        "figures": [figure.to_dict() for figure in figures(diff)],
        "losses": {
            "all": overall(diff).to_dict(),
            **{by.value: [change.to_dict() for change in losses(diff, by)] for by in (By.SPECIALTY, By.CONDITION)},
        },
    }


def print_diff(
    diff: Diff,
    record: CheckRecord,
    verdict: Verdict | None,
    attribution: Attribution | None,
    output: Format,
    runs: Path,
    stored: Path | None,
) -> None:
    """The inputs, what moved, the changed cases, the reasons of the verdict, and one last line."""
    console = Console(soft_wrap=True, highlight=False, no_color=output is Format.PLAIN)
    outcome = "" if verdict is None else f" → {verdict.heading}"
    calm = verdict is None or (verdict.status == "pass" and all(one.status != "flag" for one in verdict.findings))
    if diff.is_empty and calm:
        moved = record.case_changes.words if record.case_changes else ""
        aside = f" (the case set changed: {moved})" if moved else ""
        console.print(Text(empty_line(diff) + aside + outcome, "bold green"))
        return
    for name, run in (("base", record.base), ("candidate", record.candidate)):
        text = f"{run.origin.label} · {run.network} · {run.n_finished} of {run.n_cases} cases · run {run.key}"
        console.print(Text.assemble((f"{name:<10} ", "bold"), text))
    for line in lines(diff):
        console.print(
            Text.assemble((f"  {line.label:<28} ", "dim"), line.text) if line.text else Text(line.label, "bold")
        )
    for note in record.notes:
        console.print(Text(f"  {note}", "dim"))
    if record.case_changes is not None and record.case_changes.words:
        console.print(Text(f"  the case set changed ({record.case_changes.words}); both models played the same cases"))
    for caveat in diff.caveats:
        console.print(Text(f"! {caveat}", "bold yellow"))
    _print_cases(console, diff, output, runs)
    _print_aside(console, diff, output)
    if attribution is not None:
        _print_blame(console, attribution, output)
    if stored is not None:
        console.print(Text(f"stored in {shown(stored)}", "dim"))
    if verdict is None:
        console.print(Text(last_line(diff), "bold green" if exit_code(diff, verdict) == 0 else "bold red"))
        return
    from ..gate.printing import MOST_DETAILS, print_verdict

    print_verdict(verdict, console, MOST_DETAILS if output is Format.RICH else None)


def _print_cases(console: Console, diff: Diff, output: Format, runs: Path) -> None:
    where = "" if runs == OUT else f" --out {argument(runs)}"
    show = f"{program()} show {{}} --diff{where}"
    told = diff.changed[:MOST_CASES] if output is Format.RICH else diff.changed
    for pair in told:
        word, text = case_line(pair, show)
        style = "bold red" if word in BAD_WORDS else "green" if pair.change.is_better or word == "SAFER" else "yellow"
        console.print(Text.assemble((f"{word:<11} ", style), text))
    if len(told) < len(diff.changed):
        console.print(Text(f"+{len(diff.changed) - len(told)} more; --format plain lists them all", "dim"))


def _print_aside(console: Console, diff: Diff, output: Format) -> None:
    """Cases that say nothing of the models: one line each to grep, counted above for people."""
    if output is Format.PLAIN:
        for pair in diff.pairs:
            if not pair.is_comparable:
                console.print(Text(f"{pair.change.upper():<11} {pair.case_id}"))


def _print_blame(console: Console, attribution: Attribution, output: Format) -> None:
    """Which edit did what, those that broke most first."""
    from ..attribution.lines import blame_lines

    told = list(blame_lines(attribution))
    if told:
        console.print(Text("Which edit did it", "bold"))
    shown = told[:MOST_EDITS] if output is Format.RICH else told
    for line in shown:
        console.print(Text(f"  {line}"))
    if len(shown) < len(told):
        console.print(Text(f"  +{len(told) - len(shown)} more; --format plain lists them all", "dim"))

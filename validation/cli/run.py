"""``clinval run``: replay cases against a model."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from cases.printing import print_problems
from model.policy.config import Policy

from ..case_input import read_cases
from ..checked_input import check_input
from ..columns import CRASHED, FAILED
from ..deadline import INTERRUPTED, Deadline, stopped_by_signals
from ..executors import Executor
from ..executors.local import LocalExecutor
from ..groups import By, GroupScore, as_records, by_group, group_lines
from ..patient import Unreliability
from ..replay import ReplayOptions
from ..results import Run
from ..runner import Candidate, Progress, run
from ..sharding import stratified_order
from ..summary import MOST_CASES, as_record, case_line, lines, verdict
from ..tracking import NotTracked, require_library, track
from .options import (
    OUT,
    EncodingOption,
    Format,
    FormatOption,
    RunsOrAddressOption,
    UnlistedOption,
    WorkersOption,
    print_json,
    seconds,
)
from .progress import shown_progress

app = typer.Typer(add_completion=False, rich_markup_mode=None)

HARNESS_ERROR, INCOMPLETE, INTERRUPT = 3, 4, 130


class ExecutorName(StrEnum):
    """Where the cases are played."""

    LOCAL = "local"
    RAY = "ray"


class ProgressName(StrEnum):
    """What is shown while they are."""

    BAR = "bar"
    WORKERS = "workers"


@app.command()
def run_cases(
    *,
    model: Annotated[Path, typer.Option(help="A network directory, or a BIF or XMLBIF file; here, or at an address.")],
    cases: Annotated[Path, typer.Option(help="A directory of cards, or a .jsonl, .csv or .parquet file; likewise.")],
    select: Annotated[str | None, typer.Option("-k", help="Only the cases that match, say 'sex == female'.")] = None,
    executor: Annotated[ExecutorName, typer.Option(help="Where the cases are played.")] = ExecutorName.LOCAL,
    address: Annotated[
        str, typer.Option(help="Of Ray: local (its own, on this machine), auto (this job's cluster) or host:port.")
    ] = "local",
    workers: WorkersOption = None,
    shown: Annotated[
        ProgressName, typer.Option("--progress", help="A bar, or what each worker of Ray is doing.")
    ] = ProgressName.BAR,
    budget: Annotated[
        str | None, typer.Option(help="Stop after this time, say 20m: what is late is INCOMPLETE.")
    ] = None,
    out: RunsOrAddressOption = str(OUT),
    limit: Annotated[int | None, typer.Option(min=1, help="Only this many cases, a stratified sample.")] = None,
    max_questions: Annotated[int | None, typer.Option(min=0, help="Overrides the policy's.")] = None,
    unlisted: UnlistedOption = None,
    flip: Annotated[float, typer.Option(min=0, max=1, help="Probability that a patient mixes up yes and no.")] = 0.0,
    unsure: Annotated[float, typer.Option(min=0, max=1, help="Probability of a 'not sure'.")] = 0.0,
    volunteer: Annotated[float, typer.Option(min=0, max=1, help="Probability of volunteering a finding.")] = 0.0,
    ignore_unknown_words: Annotated[
        bool, typer.Option(help="Findings that the network lacks are no evidence, instead of an error.")
    ] = False,
    accept_rest: Annotated[bool, typer.Option(help="Run the faultless cases where others are set aside.")] = False,
    fresh: Annotated[bool, typer.Option(help="Compute again what was computed before, and compare.")] = False,
    by: Annotated[By | None, typer.Option(help="Also print the main figures by group of cases.")] = None,
    evaluated_is_success: Annotated[
        bool, typer.Option(help="Exit 0 whenever there is a verdict to read, also of an incomplete run: for clusters.")
    ] = False,
    track_at: Annotated[
        str | None, typer.Option("--track", metavar="ADDRESS", help="Tell the MLflow server there of the run.")
    ] = None,
    encoding: EncodingOption = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Replay cases against a model; exit 0 finished, 2 bad input, 3 a case crashed, 4 incomplete."""
    if executor is ExecutorName.LOCAL and (shown is ProgressName.WORKERS or address != "local"):
        raise typer.BadParameter("--address and --progress workers are Ray's; add --executor ray")
    if track_at is not None:
        require_library()
    deadline = Deadline(seconds(budget))
    candidate = Candidate.load(model)
    network, policy = candidate.network, _policy(candidate.policy, max_questions)
    candidate = replace(candidate, policy=policy)
    case_set = read_cases(cases, encoding)
    n_read = len(case_set)
    if select is not None:
        case_set = case_set.select(select, network)
    not_replayed = {"not selected": n_read - len(case_set)} if len(case_set) < n_read else {}
    if limit is not None and limit < len(case_set):
        not_replayed["beyond --limit"] = len(case_set) - limit
        case_set = case_set.take(sorted(stratified_order(case_set.cards, int(case_set.digest[:15], 16))[:limit]))
    case_set, warnings = check_input(
        case_set, network, ignore_unknown_words=ignore_unknown_words, accept_rest=accept_rest
    )
    print_problems(warnings, Format.PLAIN, to_stderr=True)
    options = ReplayOptions(
        unlisted=unlisted and unlisted.value,
        unreliability=Unreliability(flip=flip, unsure=unsure, volunteer=volunteer),
    )
    with stopped_by_signals(deadline), ExitStack() as screen:
        progress, chosen = _executor(executor, address, workers, shown, screen)
        result = run(
            candidate,
            case_set,
            options=options,
            executor=chosen,
            deadline=deadline,
            runs=out,
            fresh=fresh,
            progress=progress,
            not_replayed=not_replayed,
            ignore_unknown_words=ignore_unknown_words,
            accept_rest=accept_rest,
        )
    groups = [] if by is None else by_group(result, by)
    print_run(result, output, "" if out == str(OUT) else f" --out {out}", groups)
    if track_at is not None:
        try:
            track(result, track_at)
        except NotTracked as error:  # the run is what was asked for
            print(error, file=sys.stderr)
    raise typer.Exit(0 if evaluated_is_success else exit_code(result))


def _executor(
    name: ExecutorName, address: str, workers: int | None, shown: ProgressName, screen: ExitStack
) -> tuple[Progress, Executor | None]:
    """How progress is shown on ``screen``, and the executor; None: the runner chooses."""
    if name is ExecutorName.LOCAL:
        progress = screen.enter_context(shown_progress("replaying cases"))
        return progress, None if workers is None else LocalExecutor(workers)
    from ..executors.ray import RayExecutor

    if shown is ProgressName.BAR:
        return screen.enter_context(shown_progress("replaying cases")), RayExecutor(workers, address)
    from .worker_progress import shown_workers

    progress, watcher = screen.enter_context(shown_workers("replaying cases"))
    return progress, RayExecutor(workers, address, watcher=watcher)


def program() -> str:
    """What to type for this program: its name, or where the shell does not find it, its path from here."""
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "clinval" and not which("clinval") else "clinval"


def _policy(policy: Policy, max_questions: int | None) -> Policy:
    if max_questions is None:
        return policy
    stopping = replace(
        policy.stopping,
        max_questions=max_questions,
        min_questions=min(policy.stopping.min_questions, max_questions),
    )
    return replace(policy, stopping=stopping)


def exit_code(result: Run) -> int:
    """What the shell is told."""
    if not result.is_complete:
        return INTERRUPT if result.manifest.reason == INTERRUPTED else INCOMPLETE
    return HARNESS_ERROR if {CRASHED, FAILED} & set(result.manifest.outcomes) else 0


def print_run(result: Run, output: Format, where: str, groups: Sequence[GroupScore] = ()) -> None:
    """The summary, then the cases worth looking at, then one line for people in a hurry."""
    if output is Format.JSON:
        print_json({**as_record(result), **({"groups": as_records(groups)} if groups else {})})
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False, no_color=output is Format.PLAIN)
    for line in lines(result):
        console.print(
            Text.assemble((f"  {line.label:<30} ", "dim"), line.text) if line.text else Text(line.label, "bold")
        )
    for text in group_lines(groups) if groups else ():
        console.print(Text(f"  {text}"))
    timings = result.manifest.timings_s
    took = "already computed" if result.reused else f"{sum(timings.values()):.1f} s"
    console.print(Text(f"  {'stored in':<30} {result.directory.where}  ({took})", "dim"))
    wrong = result.wrong()
    for row in wrong[:MOST_CASES] if output is Format.RICH else wrong:
        word, text = case_line(row, where, program())
        console.print(Text.assemble((f"{word:<7}", "bold red" if word == "UNSAFE" else "yellow"), text))
    if output is Format.RICH and len(wrong) > MOST_CASES:
        console.print(Text(f"+{len(wrong) - MOST_CASES} more; --format plain lists them all", "dim"))
    console.print(Text(verdict(result), "bold green" if exit_code(result) == 0 else "bold red"))

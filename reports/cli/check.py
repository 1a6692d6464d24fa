"""``clinval check``: the pull-request check as one plain command, on a desk as in any CI."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from cases.printing import print_problems
from model.command_line import new_place
from model.errors import InputError
from validation.cli.diff import as_json, print_diff
from validation.cli.options import OUT, Format, FormatOption, UnlistedOption, WorkersOption, print_json, seconds
from validation.cli.progress import shown_progress
from validation.cli.run import ExecutorName
from validation.deadline import Deadline, stopped_by_signals
from validation.executors import Executor
from validation.executors.local import LocalExecutor
from validation.origins.origin import read_origin
from validation.origins.scope import Subject, touched
from validation.replay import ReplayOptions
from validation.store.anywhere import named_below, shown

if TYPE_CHECKING:
    from ..check import Checked

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PLACE = Path("runs/check")
FAILED, INCOMPLETE = 1, 4


@app.command()
def check_candidate(
    *,
    base: Annotated[str, typer.Option(help="A git ref, or a run's or model's directory.")] = "origin/main",
    candidate: Annotated[str, typer.Option(help="The same; `.` is the working tree.")] = ".",
    model: Annotated[
        Path | None, typer.Option(help="Default: every network in model/networks that, or whose cases, changed.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(help="Default: the cases of the network's name.")] = None,
    select: Annotated[
        str | None,
        typer.Option("-k", help="Only the cases that match; default: what the rules say; '' is all."),
    ] = None,
    rules: Annotated[Path, typer.Option(help="The gate's rules.")] = Path("gate.toml"),
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=new_place,
            metavar="PATH",
            help="Where the reports are written; here, or at an address.",
        ),
    ] = PLACE,
    runs: Annotated[
        Path, typer.Option(parser=new_place, metavar="PATH", help="The directory of all runs, or their address.")
    ] = OUT,
    no_blame: Annotated[bool, typer.Option("--no-blame", help="Leave out which edit moved which case.")] = False,
    from_tip: Annotated[
        bool, typer.Option("--from-tip", help="Compare with BASE itself, not with where the candidate branched off.")
    ] = False,
    same_code: Annotated[bool, typer.Option("--same-code", help="Play both models with this code.")] = False,
    unlisted: UnlistedOption = None,
    executor: Annotated[ExecutorName, typer.Option(help="Where the cases are played.")] = ExecutorName.LOCAL,
    address: Annotated[
        str, typer.Option(help="Of Ray: local (its own, on this machine), auto (this job's cluster) or host:port.")
    ] = "local",
    workers: WorkersOption = None,
    budget: Annotated[str | None, typer.Option(help="Stop after this time, say 20m: no verdict then.")] = None,
    evaluated_is_success: Annotated[
        bool, typer.Option("--evaluated-is-success", help="Exit 0 when there is a verdict, whatever it is.")
    ] = False,
    output: FormatOption = Format.RICH,
) -> None:
    """Both runs, diff, verdict, blame, reports; exit 0 pass, 1 fail, 2 bad input, 4 incomplete or inconclusive."""
    from ..check import check, write_all

    if (model is None) != (cases is None):
        raise typer.BadParameter("--model and --cases go together; leave out both to check what changed")
    deadline = Deadline(seconds(budget))
    codes: list[int] = []
    records = []
    with stopped_by_signals(deadline):
        subjects = _subjects(base, candidate) if model is None or cases is None else [Subject("", model, cases)]
        for subject in subjects:
            checked = check(
                base, candidate, model=subject.model, cases=subject.cases, select=select, rules=rules, runs=runs,
                blame=not no_blame, merge_base=not from_tip, same_code=same_code,
                options=ReplayOptions(unlisted=unlisted and unlisted.value),
                executor=_executors(executor, address, workers),
                deadline=deadline, progress=shown_progress, command=_command(base, candidate, subject, select),
            )  # fmt: skip
            print_problems(checked.sides.warnings, Format.PLAIN, to_stderr=True)
            written = write_all(checked, named_below(out, subject.name) if len(subjects) > 1 else out)
            codes.append(_exit_code(checked))
            if output is Format.JSON:
                records.append(as_json(checked.diff, checked.record))
            else:
                _print(checked, subject, written, output, runs, several=len(subjects) > 1)
    if output is Format.JSON:
        print_json(records)
    raise typer.Exit(0 if evaluated_is_success else worst(codes))


def _executors(name: ExecutorName, address: str, workers: int | None) -> Callable[[], Executor] | None:
    """Makes the executor of a run; None: the runner chooses."""
    if name is ExecutorName.LOCAL:
        return None if workers is None else lambda: LocalExecutor(workers)
    from validation.executors.ray import RayExecutor

    return lambda: RayExecutor(workers, address)


def _subjects(base: str, candidate: str) -> tuple[Subject, ...]:
    """What changed since the candidate branched off."""
    anywhere = Path()  # the model is what we want to find out
    one, two = read_origin(base, anywhere), read_origin(candidate, anywhere)
    if one.commit is None or one.repository is None:
        raise InputError.single(
            "E-CHECK-MODEL", repr(base), "a base that is no commit", expected="--model and --cases",
            next_step="what changed since can only be told from a commit",
        )  # fmt: skip
    head = two.commit or one.repository.commit("HEAD")
    found = touched(one.repository, one.repository.merge_base(one.commit, head), two)
    print(f"checking {', '.join(subject.name for subject in found)}", file=sys.stderr)
    return found


def _exit_code(checked: Checked) -> int:
    from validation.gate import exit_code

    return exit_code(checked.verdict)


def worst(codes: list[int]) -> int:
    """Of several models: one that fails is the news, then one without a verdict."""
    return next((code for code in (FAILED, INCOMPLETE) if code in codes), 0)


def _command(base: str, candidate: str, subject: Subject, select: str | None) -> str:
    parts = ["clinval", "check", "--base", base, *([] if candidate == "." else ["--candidate", candidate])]
    parts += ["--model", str(subject.model), "--cases", str(subject.cases)]
    return " ".join(quote(part) for part in [*parts, *([] if select is None else ["-k", select])])


def _print(
    checked: Checked, subject: Subject, written: tuple[Path, ...], output: Format, runs: Path, *, several: bool
) -> None:
    if several:
        print(f"== {subject.name}")
    print_diff(checked.diff, checked.record, checked.verdict, checked.attribution, output, runs, checked.stored)
    print("reports: " + " ".join(map(shown, written)))

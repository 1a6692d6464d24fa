"""The front door, ``clinval``: it registers every room's verbs and loads a room when its verb is called."""

from __future__ import annotations

import io
import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any, TextIO

# Before NumPy is imported anywhere: the workers are the parallelism.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from typer.core import TyperCommand, TyperGroup  # noqa: E402
from typer.main import get_command  # noqa: E402

from model.command_line import as_words, told  # noqa: E402
from model.errors import ClinvalError  # noqa: E402
from validation.deadline import ended_by_sigterm  # noqa: E402

VERBS = {
    "run": ("validation.cli.run", "Replay cases against a model and score the outcome."),
    "diff": ("validation.cli.diff", "Two models, one case set: which cases flipped, and which edit did it."),
    "gate": ("validation.cli.gate", "The verdict on a diff: may this model replace the other?"),
    "check": ("reports.cli.check", "The pull-request check: both runs, diff, verdict, reports."),
    "report": ("reports.cli.report", "A run or a diff as HTML, Markdown, JUnit XML or JSON."),
    "serve": ("reports.cli.serve", "The pages: add cases, review them, browse runs; and the interview over HTTP."),
    "submit": ("k8s.cli.submit", "The same run as a job on a cluster, followed to its end."),
    "project": ("k8s.cli.project", "A team's place on a cluster: create it, see its use and cost."),
    "show": ("validation.cli.show", "One case: its vignette, its interview, and why it was lost."),
    "verify": ("validation.cli.verify", "Recompute every hash and figure of a run, offline."),
    "crossvalidate": ("validation.cli.crossvalidate", "Fit on some folds of a corpus, replay the others."),
    "cases": ("cases.cli", "Check, import, export, compare and publish cases; templates to fill."),
    "model": ("model.cli", "Check, show, convert, import and fit models."),
}
ADDED = {"model": {"fit": "validation.cli.fit"}}
"""Verbs that stand in a group but need a room that the group's own may not import."""


HARNESS_ERROR, INTERRUPT, NO_READER = 3, 130, 141
"""NO_READER: as a shell reports SIGPIPE; click and rich would exit with 1, which here means a failed gate."""


class FrontDoor(TyperGroup):
    """A group that knows its verbs by name and one line each."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The verbs, in the order of ``VERBS``."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """A verb's name and one line, for the help; its room is not loaded."""
        return TyperCommand(cmd_name, help=VERBS[cmd_name][1]) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb itself, of the room that is loaded now, and its arguments."""
        if args[0] not in VERBS:
            return super().resolve_command(ctx, args)
        command: Any = get_command(import_module(VERBS[args[0]][0]).app)
        for name, module in ADDED.get(args[0], {}).items():
            command.add_command(get_command(import_module(module).app), name)
        return args[0], command, args[1:]

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; what it refuses is told in the same way for all of them."""
        with told(ctx):
            return super().invoke(ctx)


def main() -> int:
    """Run the command line; the exit code is 0, or as the design says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # A terminal that is not UTF-8 shows "?" instead of "·".
            stream.reconfigure(errors="replace")
    try:
        with ended_by_sigterm():
            code = _exit_code()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.__stdout__, sys.__stderr__)
        return NO_READER
    except OSError as error:
        _silence(sys.__stdout__)
        with suppress(OSError):
            print(as_words(error), file=sys.stderr)
        return HARNESS_ERROR
    return code


def _exit_code() -> int:
    """Of the verb that was called; OSError where the operating system refuses something."""
    door = FrontDoor(name="clinval", help="Regression tests for symptom checkers.", no_args_is_help=True)
    try:
        door()
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # click and rich make an exit of it.
            raise stop.__context__ from None
        return int(stop.code or 0)
    except ClinvalError as error:  # While a room was loaded.
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPT
    except OSError:
        raise
    except Exception:
        traceback.print_exc()
        return HARNESS_ERROR
    return 0


def _silence(*streams: TextIO | None) -> None:
    """Let what is still buffered go nowhere: it would fail once more while Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        if stream is not None:
            with suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())


if __name__ == "__main__":
    sys.exit(main())

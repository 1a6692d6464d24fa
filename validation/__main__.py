"""The front door, ``clinval``: it registers every room's verbs and loads a room when its verb is called."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from typing import Any

# Before NumPy is imported anywhere: the workers are the parallelism.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from typer.core import TyperCommand, TyperGroup  # noqa: E402
from typer.main import get_command  # noqa: E402

from model.errors import ClinvalError  # noqa: E402

VERBS = {
    "run": ("validation.cli.run", "Replay cases against a model and score the outcome."),
    "show": ("validation.cli.show", "One case: its vignette, its interview, and why it was lost."),
    "verify": ("validation.cli.verify", "Recompute every hash and figure of a run, offline."),
    "crossvalidate": ("validation.cli.crossvalidate", "Fit on some folds of a corpus, replay the others."),
    "cases": ("cases.cli", "Check, import, export and count cases."),
    "model": ("model.cli", "Check, show, convert, import and fit models."),
}
ADDED = {"model": {"fit": "validation.cli.fit"}}
"""Verbs that stand in a group but need a room that the group's own may not import."""


class FrontDoor(TyperGroup):
    """A group that knows its verbs by name and one line each."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return TyperCommand(cmd_name, help=VERBS[cmd_name][1]) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args[0] not in VERBS:
            return super().resolve_command(ctx, args)
        command: Any = get_command(import_module(VERBS[args[0]][0]).app)
        for name, module in ADDED.get(args[0], {}).items():
            command.add_command(get_command(import_module(module).app), name)
        return args[0], command, args[1:]


def main() -> int:
    """Run the command line; the exit code is 0, or as the design says."""
    door = FrontDoor(name="clinval", help="Regression tests for symptom checkers.", no_args_is_help=True)
    try:
        door()
    except ClinvalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())

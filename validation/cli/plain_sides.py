"""Two sides of a comparison from run directories and model directories."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import ClinvalError, InputError, Problem

from ..deadline import Deadline
from ..executors.local import LocalExecutor
from ..planning import Candidate
from ..replay import DEFAULT_OPTIONS, ReplayOptions
from ..results import Run, latest_in
from ..runner import run
from ..store.directory import PLAN


@dataclass(frozen=True)
class Side:
    label: str
    kind: str
    run: Run
    candidate: Candidate | None
    commit: str | None = None


@dataclass(frozen=True)
class Sides:
    base: Side
    candidate: Side
    notes: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()


def sides(
    base: str,
    candidate: str,
    *,
    cases: Path | None,
    runs: Path,
    options: ReplayOptions = DEFAULT_OPTIONS,
    workers: int | None,
    deadline: Deadline,
    progress: Callable[[str], AbstractContextManager[Any]],
    **_: Any,
) -> Sides:
    def side(text: str) -> Side:
        path = latest_in(Path(text))
        if (path / PLAN).exists():
            done = Run.open(path)
            source = done.manifest.plan.network
            try:
                model = Candidate.load(source.path)
            except ClinvalError:
                return Side(text, "run", done, None)
            same = model.network.digest == source.digest and model.policy.digest == done.manifest.plan.policy.digest
            return Side(text, "run", done, model if same else None)
        model = Candidate.load(text)
        if cases is None:
            raise InputError.single("E-NO-CASES", "--cases", "nothing", expected="the path of the cases")
        with progress(text) as report:
            executor = None if workers is None else LocalExecutor(workers)
            done = run(model, cases, options=options, runs=runs, deadline=deadline, progress=report, executor=executor)
        return Side(text, "model", done, model)

    return Sides(side(base), side(candidate))

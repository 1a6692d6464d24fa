"""Send a run to a cluster and stay with it to its end; whatever ends this program ends the job too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from model.errors import InputError

from . import names
from .client import ApiError, Cluster
from .contexts import PATIENCE_S, Placed, place
from .cost import most
from .expand import rayjob
from .pods import troubles
from .rules import check
from .spec import JobSpec
from .status import Phase, State
from .watch import Clock, Job, follow

OUT_OF_TIME = "the budget ended, waiting in the queue included"
FAILED, INCOMPLETE = 3, 4
_EXIT_CODES = {Phase.SUCCEEDED: 0, Phase.INVALID: 2, Phase.LATE: INCOMPLETE, Phase.STOPPED: INCOMPLETE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended."""

    job: Job
    state: State
    seconds: float
    """From sending, by this machine's clock."""
    out_of_time: bool = False
    """The job was deleted because the budget had ended."""
    troubles: tuple[str, ...] = ()
    """Of its pods, where it did not succeed."""

    @property
    def exit_code(self) -> int:
        """0 evaluated · 2 refused · 3 failed · 4 incomplete."""
        return INCOMPLETE if self.out_of_time else _EXIT_CODES.get(self.state.phase, FAILED)

    def as_record(self) -> dict[str, Any]:
        """For programs."""
        return {
            "context": self.job.cluster.context,
            "namespace": self.job.namespace,
            "name": self.job.name,
            "phase": self.state.phase.value,
            "reason": OUT_OF_TIME if self.out_of_time else self.state.reason,
            "message": self.state.message,
            "seconds": round(self.seconds, 1),
            "restarts": self.state.restarts,
            "started_at": self.state.started_at,
            "ended_at": self.state.ended_at,
            "troubles": list(self.troubles),
            "exit_code": self.exit_code,
        }


def prepared(spec: JobSpec) -> dict[str, Any]:
    """The RayJob of a spec.

    Raises
    ------
    InputError
        KubeRay would not run it, or the cluster's rules forbid it.
    """
    job = rayjob(spec)
    problems = check(job)
    if problems:
        raise InputError(problems)
    return job


def submit(
    spec: JobSpec,
    clusters: Sequence[Cluster],
    *,
    tell: Callable[[State], None] = lambda _state: None,
    note: Callable[[str], None] = lambda _text: None,
    clock: Clock | None = None,
    patience_s: float = PATIENCE_S,
    detach: bool = False,
) -> Outcome:
    """Send ``spec`` to the first of ``clusters`` that admits it and follow it to its end.

    The clock is this machine's and starts now: waiting in a queue is part of the budget.  When it ends,
    and on any exception (Ctrl-C, SIGTERM), the job is deleted, unless another call had sent it.

    Parameters
    ----------
    tell
        Hears every change of the job's state.
    note
        Hears what else is worth a line.
    detach
        Return as soon as the job is sent; the platform's own deadline ends it then.

    Raises
    ------
    ClinvalError
        The job is refused, or no cluster answers.
    """
    clock = clock or Clock()
    start = clock.now()
    until = start + spec.budget_s
    job = prepared(spec)
    note(f"{job['metadata']['name']}: {spec.resources.cores} cores, at most {most(spec)}")
    placed = place(clusters, job, until, note, clock, patience_s)
    if not placed.ours:
        note("the very same job is there already; it is followed")
    if detach:
        tell(placed.state)
        return Outcome(placed.job, placed.state, clock.now() - start)
    try:
        tell(placed.state)
        state = placed.state
        if not state.phase.is_end:
            state = follow(placed.job, state, until, tell, clock)
    except BaseException:
        _end(placed, note)
        raise
    out_of_time = not state.phase.is_end
    found = () if state.phase is Phase.SUCCEEDED else _troubles(placed.job)
    if out_of_time:
        _end(placed, note)
    return Outcome(placed.job, state, clock.now() - start, out_of_time, found)


def _end(placed: Placed, note: Callable[[str], None]) -> None:
    """Delete the job that we sent; if the cluster does not answer, its own deadline will end it."""
    if not placed.ours:
        note(f"{placed.job.name} was sent by somebody else and runs on")
        return
    try:
        placed.job.delete(placed.state.uid)
        note(f"{placed.job.name} is deleted")
    except ApiError as error:
        note(f"{placed.job.name} could not be deleted, its own deadline ends it ({error})")


def _troubles(job: Job) -> tuple[str, ...]:
    """Of its pods; nothing where they may not be listed."""
    with suppress(ApiError):
        return tuple(troubles(job.cluster.list_all("v1", "Pod", job.namespace, f"{names.RUN}={job.name}")))
    return ()

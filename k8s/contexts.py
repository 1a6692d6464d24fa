"""Several clusters (regions): the first whose queue admits the job has it.

The job is sent to the first cluster.  Where its queue has not let it through after a while it is sent to
the next one too, keeping its place in the first, and so on; the first admission wins and the others are
deleted before anything is followed.  Two that are admitted in the same moment: the earlier of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from model.errors import ClinvalError, InputError

from . import names
from .client import CONFLICT, NOT_FOUND, ApiError, Cluster
from .status import Observation, Phase, State, step
from .watch import FIRST_PAUSE_S, Clock, Job, Patience

PATIENCE_S = 30.0
"""With one cluster's queue before the next one is tried as well."""
LOOK_EVERY_S = 2.0
RESENDS = 3
"""Of a job, where a cluster is busy or its answer is lost."""
REMOVAL_S = 60.0
"""For a job that failed before, and is sent again, to be gone."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A job that a cluster has."""

    job: Job
    state: State
    ours: bool
    """Whether this call sent it; otherwise somebody else's is followed, and left alone at the end."""


def send(cluster: Cluster, rayjob: Mapping[str, Any], clock: Clock) -> Placed:
    """The job in one cluster: sent; or found, where the very same was sent before and has not failed.

    Raises
    ------
    InputError
        Another job has its name.
    ApiError
        The cluster refuses it, or does not answer.
    """
    metadata = rayjob["metadata"]
    job = Job(cluster, metadata["namespace"], metadata["name"])
    give_up = clock.now() + REMOVAL_S
    sender = uuid4().hex
    marked = {**rayjob, "metadata": {**metadata, "annotations": {**metadata["annotations"], names.SENDER: sender}}}
    failures = 0
    while True:
        try:
            return Placed(job, step(State(), Observation.of(cluster.create(marked))), ours=True)
        except ApiError as error:
            if error.is_passing and failures < RESENDS:  # perhaps it was heard, and only the answer is lost
                failures += 1
                clock.sleep(FIRST_PAUSE_S * 2.0 ** (failures - 1))
                continue
            if error.status != CONFLICT:
                raise
        try:
            there = job.look()
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            continue  # it has just gone
        state = step(State(), Observation.of(there))
        if _annotation(there, names.SPEC_DIGEST) != _annotation(rayjob, names.SPEC_DIGEST):
            raise InputError.single(
                "E-JOB-NAME", f"{job.namespace}/{job.name}", "another job of that name",
                next_step="choose another --name, or leave it out: names are then made from what is asked for",
            )  # fmt: skip
        leaving = bool(there["metadata"].get("deletionTimestamp"))
        if not leaving and (not state.phase.is_end or state.phase is Phase.SUCCEEDED):
            return Placed(job, state, ours=_annotation(there, names.SENDER) == sender)
        if not leaving:
            job.delete(state.uid)
        if clock.now() >= give_up:
            raise ApiError(CONFLICT, f"the job {job.name} that failed before is not removed", cluster.context)
        clock.sleep(LOOK_EVERY_S)


def place(
    clusters: Sequence[Cluster],
    rayjob: Mapping[str, Any],
    until: float,
    note: Callable[[str], None],
    clock: Clock,
    patience_s: float = PATIENCE_S,
) -> Placed:
    """The job in the first cluster that admits it; with one cluster, in that one's queue.

    Raises
    ------
    ClinvalError
        No cluster takes it: the words of all of them.
    """
    if len(clusters) == 1:
        return send(clusters[0], rayjob, clock)
    waiting: list[Placed] = []
    refusals: list[ClinvalError] = []
    try:
        for cluster in clusters:
            try:
                waiting.append(send(cluster, rayjob, clock))
            except ApiError as error:
                refusals.append(error)
                note(str(error))
                continue
            note(f"{cluster.context}: in the queue")
            is_last = cluster is clusters[-1]
            winner = _admitted(waiting, until if is_last else min(until, clock.now() + patience_s), clock)
            if winner is not None:
                _withdraw([placed for placed in waiting if placed.job is not winner.job])
                note(f"{winner.job.cluster.context}: admitted")
                return winner
        if not waiting:
            raise refusals[0] if len(refusals) == 1 else NoCluster("\n".join(map(str, refusals)))
        winner = _admitted(waiting, until, clock)  # the last cluster refused
        if winner is None:
            _withdraw(waiting)
            raise NotAdmitted(f"E-QUEUE  {', '.join(c.context for c in clusters)}: no queue admitted the job in time")
        _withdraw([placed for placed in waiting if placed.job is not winner.job])
    except BaseException:
        _withdraw(waiting)
        raise
    return winner


class NoCluster(ClinvalError):
    """Every cluster refused the job or was silent."""


class NotAdmitted(ClinvalError):
    """The budget ended in the queue."""

    exit_code = 4


def _admitted(waiting: list[Placed], until: float, clock: Clock) -> Placed | None:
    """The first of ``waiting``, in their order, that is through its queue; None at ``until``."""
    patience = [Patience(clock) for _ in waiting]
    while True:
        for index, placed in enumerate(waiting):
            try:
                state = step(placed.state, Observation.of(placed.job.look()))
            except ApiError as error:
                if placed.job.is_absent(error) or not patience[index].outlasts(error):
                    raise
                continue
            patience[index].answered()
            waiting[index] = Placed(placed.job, state, placed.ours)
            if state.admitted:
                return waiting[index]
        if clock.now() >= until:
            return None
        clock.sleep(max(0.0, min(LOOK_EVERY_S, until - clock.now())))


def _withdraw(losers: Sequence[Placed]) -> None:
    """Delete what was sent; a cluster that does not answer keeps it, and its own deadline ends it."""
    for placed in losers:
        if placed.ours:
            try:
                placed.job.delete(placed.state.uid)
            except ApiError:
                continue


def _annotation(rayjob: Mapping[str, Any], name: str) -> str:
    return str((rayjob["metadata"].get("annotations") or {}).get(name, ""))

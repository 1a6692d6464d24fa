"""What a RayJob's status means: a state machine without clock or network.

KubeRay keeps two words, of the deployment (``jobDeploymentStatus``) and of Ray's job (``jobStatus``), and
neither says by itself what became of a run:

- success is ``Complete`` with ``SUCCEEDED`` and nothing else; ``Complete`` with ``STOPPED`` was stopped;
- ``ValidationFailed`` is an end, though no cluster ever was;
- past its deadline, and where the head is lost, ``jobStatus`` stays ``RUNNING``: it is the last that was heard;
- ``Retrying``, and being suspended by the queue, reset the whole status: the job has not begun (again);
- ``SUCCEEDED`` alone is not an end: the deployment may still fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

LONGEST_MESSAGE = 4000
"""Of what the driver said last; Ray sends up to 20,000 characters of its log."""


class Phase(StrEnum):
    """Where a job stands, in words for people."""

    SENT = "sent"
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    RETRYING = "retrying"
    ENDING = "ending"
    SUCCEEDED = "succeeded"
    STOPPED = "stopped"
    FAILED = "failed"
    INVALID = "invalid"
    LATE = "late"
    GONE = "gone"

    @property
    def is_end(self) -> bool:
        """Whether nothing can follow."""
        return self in _ENDS


_ENDS = frozenset({Phase.SUCCEEDED, Phase.STOPPED, Phase.FAILED, Phase.INVALID, Phase.LATE, Phase.GONE})
_DEADLINES = ("DeadlineExceeded", "PreRunningDeadlineExceeded")
_UNDER_WAY = {
    "Initializing": Phase.STARTING,
    "Waiting": Phase.STARTING,
    "Running": Phase.RUNNING,
    "Suspending": Phase.QUEUED,
    "Suspended": Phase.QUEUED,
    "Retrying": Phase.RETRYING,
}
_JOB_ENDS = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a RayJob."""

    uid: str
    deployment: str = ""
    job: str = ""
    reason: str = ""
    message: str = ""
    suspended: bool = False
    """By the queue: ``spec.suspend``."""
    deleted: bool = False
    workers: tuple[int, int] = (0, 0)
    """Ready, wanted."""
    cluster: str = ""
    """The RayCluster's name; empty where none was made."""
    started_at: str = ""
    ended_at: str = ""

    @classmethod
    def of(cls, rayjob: Mapping[str, Any], *, deleted: bool = False) -> Observation:
        """From the API's JSON; what is not there, or null, is empty."""
        status = rayjob.get("status") or {}
        cluster = status.get("rayClusterStatus") or {}
        return cls(
            uid=rayjob["metadata"].get("uid", ""),
            deployment=status.get("jobDeploymentStatus") or "",
            job=status.get("jobStatus") or "",
            reason=status.get("reason") or "",
            message=(status.get("message") or "")[-LONGEST_MESSAGE:],
            suspended=bool((rayjob.get("spec") or {}).get("suspend")),
            deleted=deleted,
            workers=(cluster.get("readyWorkerReplicas") or 0, cluster.get("desiredWorkerReplicas") or 0),
            cluster=status.get("rayClusterName") or "",
            started_at=status.get("startTime") or "",
            ended_at=status.get("endTime") or "",
        )


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a job after all looks so far."""

    phase: Phase = Phase.SENT
    uid: str = ""
    reason: str = ""
    """Why it ended, in KubeRay's word or ours; empty while it has not, and after success."""
    message: str = ""
    workers: tuple[int, int] = (0, 0)
    cluster: str = ""
    started_at: str = ""
    ended_at: str = ""
    restarts: int = 0
    """How often it began anew: retried, or put back into the queue."""
    was: Phase = field(default=Phase.SENT, compare=False)
    """The phase before."""

    @property
    def admitted(self) -> bool:
        """Whether the queue has let it through, as far as is known."""
        return self.phase in (Phase.STARTING, Phase.RUNNING, Phase.ENDING) or self.phase.is_end


def step(state: State, seen: Observation) -> State:
    """The state after one more look.  An end is kept, whatever is seen later."""
    if state.phase.is_end:
        return state
    if state.uid and seen.uid != state.uid:
        return _next(state, seen, Phase.GONE, "another job took its name")
    if seen.deleted and not _ended(seen):
        return _next(state, seen, Phase.GONE, "deleted by somebody else")
    phase = _phase(seen)
    return _next(state, seen, phase, _reason(seen, phase))


def _next(state: State, seen: Observation, phase: Phase, reason: str) -> State:
    back = phase in (Phase.QUEUED, Phase.RETRYING) and state.phase in (Phase.STARTING, Phase.RUNNING, Phase.ENDING)
    return replace(
        state,
        phase=phase,
        was=state.phase,
        uid=state.uid or seen.uid,
        reason=reason,
        message=seen.message or state.message,
        workers=seen.workers,
        cluster=seen.cluster or state.cluster,
        started_at=seen.started_at or state.started_at,
        ended_at=seen.ended_at,
        restarts=state.restarts + back,
    )


def _ended(seen: Observation) -> bool:
    return seen.deployment in ("Complete", "Failed", "ValidationFailed")


def _phase(seen: Observation) -> Phase:
    deployment, phase = seen.deployment, Phase.SENT  # a word that a later operator may use is no end
    if deployment == "Complete":
        phase = {"SUCCEEDED": Phase.SUCCEEDED, "STOPPED": Phase.STOPPED}.get(seen.job, Phase.FAILED)
    elif deployment == "Failed":
        phase = Phase.LATE if seen.reason in _DEADLINES else Phase.FAILED
    elif deployment == "ValidationFailed":
        phase = Phase.INVALID
    elif deployment == "Running" and seen.job in _JOB_ENDS:
        phase = Phase.ENDING
    elif seen.suspended and deployment in ("", "Initializing"):
        phase = Phase.QUEUED
    else:
        phase = _UNDER_WAY.get(deployment, phase)
    return phase


def _reason(seen: Observation, phase: Phase) -> str:
    if not phase.is_end or phase is Phase.SUCCEEDED:
        return ""
    return seen.reason or {Phase.STOPPED: "stopped", Phase.INVALID: "ValidationFailed"}.get(
        phase, f"{seen.deployment}, and Ray's job {seen.job or 'never began'}"
    )

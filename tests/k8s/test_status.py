"""What a status means: the traps by name, and over any sequence of looks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8s.status import Observation, Phase, State, step

DEPLOYMENTS = (
    "", "Initializing", "Waiting", "Running", "Complete", "Failed", "ValidationFailed", "Suspending", "Suspended",
    "Retrying", "Scheduling", "SomethingNew",
)  # fmt: skip
JOBS = ("", "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED")
REASONS = ("", "AppFailed", "DeadlineExceeded", "PreRunningDeadlineExceeded", "SubmissionFailed", "ValidationFailed")


def seen(deployment: str = "", job: str = "", reason: str = "", **more: Any) -> Observation:
    return Observation(uid="u", deployment=deployment, job=job, reason=reason, **more)


@pytest.mark.parametrize(
    ("look", "phase"),
    [
        (seen(), Phase.SENT),
        (seen(suspended=True), Phase.QUEUED),
        (seen("Suspended", suspended=True), Phase.QUEUED),
        (seen("Suspended"), Phase.QUEUED),
        (seen("Initializing"), Phase.STARTING),
        (seen("Initializing", suspended=True), Phase.QUEUED),
        (seen("Running"), Phase.RUNNING),
        (seen("Running", "RUNNING"), Phase.RUNNING),
        (seen("Running", "SUCCEEDED"), Phase.ENDING),
        (seen("Complete", "SUCCEEDED"), Phase.SUCCEEDED),
        (seen("Complete", "STOPPED"), Phase.STOPPED),
        (seen("Complete", "RUNNING"), Phase.FAILED),
        (seen("Complete"), Phase.FAILED),
        (seen("Failed", "SUCCEEDED"), Phase.FAILED),
        (seen("Failed", "RUNNING", "DeadlineExceeded"), Phase.LATE),
        (seen("Failed", "", "PreRunningDeadlineExceeded"), Phase.LATE),
        (seen("Failed", "FAILED", "AppFailed"), Phase.FAILED),
        (seen("ValidationFailed", "", "ValidationFailed"), Phase.INVALID),
        (seen("Retrying", "FAILED"), Phase.RETRYING),
        (seen("SomethingNew", "SUCCEEDED"), Phase.SENT),
        (seen("Running", "RUNNING", deleted=True), Phase.GONE),
        (seen("Complete", "SUCCEEDED", deleted=True), Phase.SUCCEEDED),
    ],
)  # fmt: skip
def test_one_look(look: Observation, phase: Phase) -> None:
    state = step(State(), look)
    assert state.phase is phase
    assert bool(state.reason) == (phase.is_end and phase is not Phase.SUCCEEDED)


looks = st.builds(
    Observation,
    uid=st.sampled_from(["u", "u", "u", "other"]),
    deployment=st.sampled_from(DEPLOYMENTS),
    job=st.sampled_from(JOBS),
    reason=st.sampled_from(REASONS),
    suspended=st.booleans(),
    deleted=st.booleans(),
)


@given(st.lists(looks, max_size=12))
def test_any_sequence(sequence: list[Observation]) -> None:
    state, ended = State(), None
    for look in sequence:
        after = step(state, look)
        if ended is not None:
            assert after == ended, "an end is kept"
        if after.phase is Phase.SUCCEEDED and ended is None:
            assert (look.deployment, look.job) == ("Complete", "SUCCEEDED")
            assert look.uid == (state.uid or look.uid)
        if after.phase.is_end and ended is None:
            ended = after
            assert after.phase is Phase.SUCCEEDED or after.reason
        assert after.restarts >= state.restarts
        state = after
    if any((x.deployment, x.job) != ("Complete", "SUCCEEDED") for x in sequence) and len(sequence) == 1:
        assert state.phase is not Phase.SUCCEEDED


def test_retrying_and_the_queue_begin_anew() -> None:
    state = State()
    for look in (
        seen(suspended=True),
        seen("Initializing"),
        seen("Running", "RUNNING"),
        seen("Suspending", "RUNNING", suspended=True),
        seen("Suspended", "", suspended=True),
        seen("", ""),
        seen("Initializing"),
        seen("Running", "RUNNING"),
        seen("Retrying", "FAILED"),
        seen("", ""),
        seen("Initializing"),
    ):
        state = step(state, look)
    assert (state.phase, state.restarts) == (Phase.STARTING, 2)


def test_another_job_of_that_name_is_not_ours() -> None:
    state = step(step(State(), seen("Running")), Observation(uid="other", deployment="Complete", job="SUCCEEDED"))
    assert (state.phase, state.reason) == (Phase.GONE, "another job took its name")


def test_what_is_null_or_missing_in_the_json() -> None:
    assert Observation.of({"metadata": {"uid": "u"}}) == seen()
    job: dict[str, Any] = {"metadata": {"uid": "u"}, "spec": {"suspend": None}, "status": {"jobStatus": None}}
    assert Observation.of(job) == seen()
    job["status"] = {
        "message": "x" * 30_000,
        "rayClusterStatus": {"readyWorkerReplicas": 3, "desiredWorkerReplicas": 4},
    }
    assert len(Observation.of(job).message) == 4000
    assert Observation.of(job).workers == (3, 4)

"""Sending and following against a server that speaks the API, and goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k8s.client import ApiError, Cluster
from k8s.contexts import RESENDS, send
from k8s.expand import rayjob
from k8s.spec import JobSpec
from k8s.status import Observation, Phase, State, step
from k8s.submit import submit
from k8s.watch import SETTLING_S, Clock
from model.errors import InputError
from tests.k8s import crd
from tests.k8s.acting import DONE, RUNNING, STARTING, Acting, Ticking, path_of
from tests.k8s.api_server import ApiServer, serving

Connect = Callable[..., Cluster]


@pytest.fixture
def path(spec: JobSpec) -> str:
    return path_of(rayjob(spec))


def test_to_its_end(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    phases: list[Phase] = []
    steps = [STARTING, RUNNING, {"jobStatus": "SUCCEEDED"}, DONE]
    with Acting(server, path, steps):
        outcome = submit(spec, [connect(server)], tell=lambda state: phases.append(state.phase))
    assert outcome.exit_code == 0
    assert (outcome.state.started_at, outcome.state.ended_at) == (STARTING["startTime"], DONE["endTime"])
    assert phases == [Phase.SENT, Phase.STARTING, Phase.RUNNING, Phase.ENDING, Phase.SUCCEEDED]
    assert json.dumps(outcome.as_record())
    assert path in server.objects, "what ended by itself is left to be looked at"


def test_validation_is_strict(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    server.known_fields = lambda _obj: ["spec.activeDeadlineSecond"]
    with pytest.raises(
        ApiError, match=r'400: strict decoding error: unknown field "spec.activeDeadlineSecond"'
    ) as caught:
        submit(spec, [connect(server)])
    assert caught.value.exit_code == 2
    assert path not in server.objects


def test_the_server_checks_with_the_crds_schema(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    crd.need_crd()
    server.known_fields = crd.errors
    with Acting(server, path, [DONE]):
        assert submit(spec, [connect(server)]).exit_code == 0


@pytest.mark.parametrize(
    ("end", "phase", "code"),
    [
        ({"jobDeploymentStatus": "Failed", "reason": "DeadlineExceeded"}, Phase.LATE, 4),
        ({"jobDeploymentStatus": "Failed", "reason": "PreRunningDeadlineExceeded"}, Phase.LATE, 4),
        ({"jobDeploymentStatus": "Complete", "jobStatus": "STOPPED"}, Phase.STOPPED, 4),
        ({"jobDeploymentStatus": "Failed", "jobStatus": "FAILED", "reason": "AppFailed"}, Phase.FAILED, 3),
        ({"jobDeploymentStatus": "ValidationFailed", "reason": "ValidationFailed"}, Phase.INVALID, 2),
    ],
)  # fmt: skip
def test_other_ends(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str, end: dict[str, str], phase: Phase, code: int
) -> None:
    server.objects["/api/v1/namespaces/clinval-pr/pods/p"] = {
        "metadata": {"name": "p", "labels": {"clinval.dev/run": path.rpartition("/")[2]}},
        "status": {"containerStatuses": [{"name": "ray-head", "state": {"waiting": {"reason": "ErrImagePull"}}}]},
    }
    with Acting(server, path, [RUNNING, end]):
        outcome = submit(spec, [connect(server)])
    assert (outcome.state.phase, outcome.exit_code) == (phase, code)
    assert outcome.troubles == ("1 pod: ray-head ErrImagePull",)


def test_the_end_of_the_budget_deletes_the_job_though_it_is_only_queued(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str
) -> None:
    server.admission = lambda job: {**job, "spec": {**job["spec"], "suspend": True}}
    server.watch_s = 0.01
    ticking = Ticking(tick_s=spec.budget_s / 9)
    outcome = submit(spec, [connect(server)], clock=ticking.clock())
    assert (outcome.state.phase, outcome.out_of_time, outcome.exit_code) == (Phase.QUEUED, True, 4)
    assert "waiting in the queue included" in outcome.as_record()["reason"]
    assert path not in server.objects
    assert server.made("DELETE") == [path]


@pytest.mark.parametrize("exception", [KeyboardInterrupt(), SystemExit(4)])
def test_ctrl_c_and_sigterm_delete_the_job(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str, exception: BaseException
) -> None:
    def interrupted(state: State) -> None:
        if state.phase is Phase.RUNNING:
            raise exception

    with Acting(server, path, [RUNNING]), pytest.raises(type(exception)):
        submit(spec, [connect(server)], tell=interrupted)
    assert path not in server.objects


def test_sent_twice_is_one_job_and_is_left_to_who_sent_it(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str
) -> None:
    notes: list[str] = []
    cluster = connect(server)
    assert submit(spec, [cluster], detach=True).state.phase is Phase.SENT

    def interrupted(state: State) -> None:
        if state.phase is Phase.RUNNING:
            raise KeyboardInterrupt

    with Acting(server, path, [RUNNING]), pytest.raises(KeyboardInterrupt):
        submit(spec, [cluster], tell=interrupted, note=notes.append)
    assert path in server.objects
    assert "sent by somebody else" in notes[-1]
    with Acting(server, path, [DONE]):
        assert submit(spec, [cluster]).exit_code == 0
    assert submit(spec, [cluster]).exit_code == 0, "what succeeded is not run again"
    assert len({job["metadata"]["uid"] for _v, _k, job, p in server.history if p == path}) == 1


def test_what_failed_is_sent_again(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    cluster = connect(server)
    with Acting(server, path, [{"jobDeploymentStatus": "Failed", "reason": "AppFailed"}]):
        first = submit(spec, [cluster])
    clock = Ticking()
    placed = send(cluster, rayjob(spec), clock.clock())
    assert placed.ours
    assert placed.state.uid != first.state.uid
    assert server.objects[path].get("status") is None


def test_another_job_of_that_name(server: ApiServer, connect: Connect, short: dict[str, Any]) -> None:
    cluster = connect(server)
    submit(JobSpec(**short, name="mine"), [cluster], detach=True)
    with pytest.raises(InputError, match="E-JOB-NAME  clinval-pr/mine: found another job of that name"):
        submit(JobSpec(**short, name="mine", budget="30m"), [cluster])


def test_deleted_by_somebody_else(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    with Acting(server, path, [RUNNING, lambda: server.remove(path)]):
        outcome = submit(spec, [connect(server)])
    assert (outcome.state.phase, outcome.state.reason, outcome.exit_code) == (Phase.GONE, "deleted by somebody else", 3)


def test_replaced_by_another_of_its_name_is_not_deleted(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str
) -> None:
    def replace() -> None:
        old = server.objects[path]
        server.store(path, {**old, "metadata": {**old["metadata"], "uid": "other"}, "status": RUNNING}, "MODIFIED")

    with Acting(server, path, [RUNNING, replace]):
        outcome = submit(spec, [connect(server)])
    assert outcome.state.phase is Phase.GONE
    assert path in server.objects


@pytest.mark.parametrize("status", [429, 500, 503, 0])
def test_a_server_that_is_busy_or_cuts_the_line_is_waited_for(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str, status: int
) -> None:
    ticking = Ticking()
    server.drop_watches = 1

    def busy() -> None:
        server.fail_next("GET", status, status, status)

    server.watch_s = 0.05
    with Acting(server, path, [busy, RUNNING, DONE], pause_s=0.1):
        outcome = submit(spec, [connect(server)], clock=ticking.clock())
    assert outcome.exit_code == 0
    assert ticking.slept
    assert max(ticking.slept) <= 15


def test_410_gone_is_a_reason_to_look_again(server: ApiServer, connect: Connect, spec: JobSpec, path: str) -> None:
    with Acting(server, path, [RUNNING, server.compact, {"message": "on"}, server.compact, DONE], pause_s=0.1):
        outcome = submit(spec, [connect(server)], clock=Clock(sleep=lambda _s: None))
    assert outcome.exit_code == 0


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_server_that_has_just_started_may_refuse_what_it_allowed(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str, status: int
) -> None:
    """Seen on a real one: until it has read its roles and its custom kinds, nobody may anything."""
    server.watch_s = 0.05

    def restarted() -> None:
        server.fail_next("GET", *[status] * 5)

    with Acting(server, path, [RUNNING, restarted, {"message": "on"}, DONE], pause_s=0.1):
        outcome = submit(spec, [connect(server)], clock=Ticking().clock())
    assert outcome.exit_code == 0


def test_a_refusal_that_stays_is_told_and_the_job_deleted(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str
) -> None:
    server.fail_next("GET", *[403] * 1000)
    ticking = Ticking()
    with pytest.raises(ApiError, match="403"):
        submit(spec, [connect(server)], clock=ticking.clock())
    assert path not in server.objects
    assert SETTLING_S <= ticking.time < spec.budget_s / 2


def test_a_job_whose_answer_was_lost_is_ours_and_is_one(
    server: ApiServer, connect: Connect, spec: JobSpec, path: str
) -> None:
    server.lose_answers = 1
    with Acting(server, path, [RUNNING, DONE]):
        outcome = submit(spec, [connect(server)], clock=Ticking().clock())
    assert outcome.exit_code == 0
    assert len({job["metadata"]["uid"] for _v, _k, job, p in server.history if p == path}) == 1
    server.remove(path)
    server.lose_answers = 1
    assert send(connect(server), rayjob(spec), Ticking().clock()).ours, "so it is deleted where we are interrupted"
    assert not send(connect(server), rayjob(spec), Ticking().clock()).ours


def test_no_answer_at_all_is_in_words(connect: Connect, spec: JobSpec) -> None:
    with serving() as server:
        cluster = connect(server, "frankfurt")
    ticking = Ticking()
    with pytest.raises(ApiError, match="E-CLUSTER  cluster frankfurt: no answer") as caught:
        submit(spec, [cluster], clock=ticking.clock())
    assert caught.value.exit_code == 3
    assert len(ticking.slept) == RESENDS


status_of_a_step = st.fixed_dictionaries(
    {},
    optional={
        "jobDeploymentStatus": st.sampled_from(["Initializing", "Running", "Suspended", "Retrying", "Suspending"]),
        "jobStatus": st.sampled_from(["", "RUNNING", "SUCCEEDED", "STOPPED"]),
    },
)
trouble = st.sampled_from(["compact", "drop", "busy", "cut"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(st.one_of(status_of_a_step, trouble), max_size=6),
    end=st.sampled_from([DONE, {"jobDeploymentStatus": "Failed", "reason": "AppFailed"}]),
)
def test_any_script_and_any_trouble_ends_as_the_last_status_says(
    connect: Connect, spec: JobSpec, script: list[Any], end: dict[str, Any]
) -> None:
    path = path_of(rayjob(spec))
    with serving() as server:
        server.watch_s = 0.2
        faults: dict[str, Callable[[], object]] = {
            "compact": server.compact,
            "drop": lambda: setattr(server, "drop_watches", 1),
            "busy": lambda: server.fail_next("GET", 503),
            "cut": lambda: server.fail_next("GET", 0),
        }
        steps = [faults[one] if isinstance(one, str) else one for one in script]
        with Acting(server, path, [*steps, end], pause_s=0.004):
            outcome = submit(spec, [connect(server)], clock=Clock(sleep=lambda _s: None))
        expected = step(State(), Observation.of(server.objects[path])).phase
    assert outcome.state.phase is expected
    assert outcome.exit_code == (0 if end is DONE else 3)

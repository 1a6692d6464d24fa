"""Several clusters: the first whose queue admits the job has it, and only one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from k8s.client import ApiError, Cluster
from k8s.contexts import NoCluster, NotAdmitted, place
from k8s.expand import rayjob
from k8s.spec import JobSpec
from tests.k8s.acting import Ticking, path_of
from tests.k8s.api_server import ApiServer, serving

Connect = Callable[..., Cluster]


def queueing(job: dict[str, Any]) -> dict[str, Any]:
    return {**job, "spec": {**job["spec"], "suspend": True}}


@pytest.fixture
def servers() -> Iterator[list[ApiServer]]:
    with serving() as a, serving() as b, serving() as c:
        for server in (a, b, c):
            server.admission = queueing
        yield [a, b, c]


@pytest.fixture
def job(spec: JobSpec) -> dict[str, Any]:
    return rayjob(spec)


def admit(server: ApiServer, path: str) -> None:
    server.patch(path, {"jobDeploymentStatus": "Initializing"}, suspend=False)


def clusters(connect: Connect, servers: list[ApiServer]) -> list[Cluster]:
    return [connect(server, name) for server, name in zip(servers, "abc", strict=True)]


@pytest.mark.parametrize("winner", [0, 1, 2])
def test_the_first_to_admit_has_it(
    connect: Connect, servers: list[ApiServer], job: dict[str, Any], winner: int
) -> None:
    path, ticking, notes = path_of(job), Ticking(), []  # type: ignore[var-annotated]

    def later() -> None:
        if ticking.time > 40 and path in servers[winner].objects:
            admit(servers[winner], path)

    ticking.on_sleep = later
    placed = place(clusters(connect, servers), job, 600, notes.append, ticking.clock(), patience_s=15)
    assert placed.job.cluster.context == "abc"[winner]
    assert [path in server.objects for server in servers] == [index == winner for index in range(3)]
    assert notes[-1] == f"{'abc'[winner]}: admitted"


def test_who_admits_at_once_is_the_only_one_asked(
    connect: Connect, servers: list[ApiServer], job: dict[str, Any]
) -> None:
    servers[0].admission = lambda obj: {**obj, "status": {"jobDeploymentStatus": "Initializing"}}
    placed = place(clusters(connect, servers), job, 600, lambda _n: None, Ticking().clock())
    assert placed.job.cluster.context == "a"
    assert servers[1].requests == []


def test_a_cluster_that_refuses_or_is_silent_is_passed_by(
    connect: Connect, servers: list[ApiServer], job: dict[str, Any]
) -> None:
    servers[0].fail_next("POST", 403)
    servers[1].fail_next("POST", *[0] * 10)
    servers[2].admission = lambda obj: {**obj, "status": {"jobDeploymentStatus": "Running"}}
    notes: list[str] = []
    placed = place(clusters(connect, servers), job, 600, notes.append, Ticking().clock())
    assert placed.job.cluster.context == "c"
    assert "E-CLUSTER  cluster a: 403" in notes[0]
    assert "E-CLUSTER  cluster b: no answer" in notes[1]


def test_all_refuse(connect: Connect, servers: list[ApiServer], job: dict[str, Any]) -> None:
    for server in servers:
        server.fail_next("POST", 403)
    with pytest.raises(NoCluster, match=r"(?s)cluster a: 403.*cluster b: 403.*cluster c: 403"):
        place(clusters(connect, servers), job, 600, lambda _n: None, Ticking().clock())


def test_nobody_admits_before_the_end_of_the_budget(
    connect: Connect, servers: list[ApiServer], job: dict[str, Any]
) -> None:
    ticking = Ticking()
    with pytest.raises(NotAdmitted) as caught:
        place(clusters(connect, servers), job, 60, lambda _n: None, ticking.clock(), patience_s=10)
    assert caught.value.exit_code == 4
    assert 60 <= ticking.time < 65
    assert all(path_of(job) not in server.objects for server in servers)


def test_interrupted_in_the_queues(connect: Connect, servers: list[ApiServer], job: dict[str, Any]) -> None:
    ticking = Ticking()

    def interrupt() -> None:
        if ticking.time > 50:
            raise KeyboardInterrupt

    ticking.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        place(clusters(connect, servers), job, 300, lambda _n: None, ticking.clock())
    assert all(path_of(job) not in server.objects for server in servers)


def test_admission_survives_a_busy_moment(connect: Connect, servers: list[ApiServer], job: dict[str, Any]) -> None:
    path, ticking = path_of(job), Ticking()
    servers[0].fail_next("GET", 503, 403, 500)

    def later() -> None:
        if len(ticking.slept) == 4:
            admit(servers[0], path)

    ticking.on_sleep = later
    assert place(clusters(connect, servers), job, 300, lambda _n: None, ticking.clock()).job.cluster.context == "a"


def test_an_unknown_context_names_the_next_step(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n", "utf-8")
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(config))
    with pytest.raises(ApiError, match="get-contexts") as caught:
        Cluster("nowhere")
    assert caught.value.exit_code == 2

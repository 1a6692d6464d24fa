"""A team's place: the same objects as Kustomize makes, made once, and brought back when they drift."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from k8s import names
from k8s.client import ApiError, Cluster
from k8s.project import MANIFESTS, Project, create, overlay, render
from k8s.usage import usages
from k8s.yaml import as_yaml
from model.errors import InputError
from tests.k8s.acting import Ticking
from tests.k8s.api_server import ApiServer

TEAM = Project("team-a", ("paediatrics", "user:eve@example.org"), "nightly", 300, 600, 90, 20, "nfs", 3600)
SPACE = "/api/v1/namespaces/team-a"


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


@pytest.mark.parametrize("project", [TEAM, Project("b", ("g",))])
def test_the_overlay_makes_the_very_same_objects(project: Project) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl here to run kustomize with")
    directory = MANIFESTS / "overlays" / "written-by-a-test"
    directory.mkdir()
    try:
        (directory / "kustomization.yaml").write_text(as_yaml([overlay(project, directory)]), "utf-8")
        done = subprocess.run(["kubectl", "kustomize", directory], capture_output=True, text=True, check=True)
    finally:
        shutil.rmtree(directory)
    assert by_name(list(yaml.safe_load_all(done.stdout))) == by_name(render(project))


def test_everything_is_in_the_namespace_and_carries_its_name() -> None:
    space, *others = render(TEAM)
    assert (space["kind"], space["metadata"]["name"]) == ("Namespace", "team-a")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert all(obj["metadata"]["namespace"] == "team-a" for obj in others)
    assert all(obj["metadata"]["labels"].items() >= TEAM.labels.items() for obj in (space, *others))
    found = by_name(others)
    assert found["ResourceQuota", "clinval"]["spec"]["hard"]["requests.cpu"] == "300"
    assert found["ConfigMap", "clinval-limits"]["data"]["priorityClasses"] == "clinval-nightly"
    subjects = [(s["kind"], s["name"]) for s in found["RoleBinding", "clinval-members"]["subjects"]]
    assert subjects == [("Group", "paediatrics"), ("User", "eve@example.org")]
    assert found["PersistentVolumeClaim", names.SHARED_VOLUME]["spec"]["storageClassName"] == "nfs"


@pytest.mark.parametrize("profiles", [False, True])
def test_made_once(server: ApiServer, connect: Callable[..., Cluster], profiles: bool) -> None:
    cluster = connect(server)
    if not profiles:
        server.missing_kinds.add("Profile")
    ticking = Ticking()

    def controller() -> None:  # Kubeflow's, which takes its time
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a", "labels": TEAM.labels}}
        server.store(SPACE, space, "ADDED")

    ticking.on_sleep = controller
    first = create(TEAM, cluster, ticking.clock())
    assert [one.kind for one in first[:2]] == (
        ["Profile", "Namespace"] if profiles else ["Namespace", "ServiceAccount"]
    )
    assert {one.what for one in first[2:]} == {"made"}
    assert (("NetworkPolicy", "pipelines") in {(one.kind, one.name) for one in first}) is profiles
    version = server.version
    assert {one.what for one in create(TEAM, cluster)} == {"unchanged"}
    assert server.version == version
    quota = server.objects[f"{SPACE}/resourcequotas/clinval"]
    server.store(f"{SPACE}/resourcequotas/clinval", {**quota, "status": {"used": {"pods": "3"}}}, "MODIFIED")
    assert {one.what for one in create(TEAM, cluster)} == {"unchanged"}, "what controllers write is no change of ours"
    assert all(query["fieldManager"] == "clinval" for verb, _path, query in server.requests if verb == "PATCH")
    assert all(query["fieldValidation"] == "Strict" for verb, _path, query in server.requests if verb == "PATCH")


def test_what_drifted_is_brought_back_and_nothing_else(server: ApiServer, connect: Callable[..., Cluster]) -> None:
    cluster = connect(server)
    server.missing_kinds.add("Profile")
    create(TEAM, cluster)
    quota = server.objects[f"{SPACE}/resourcequotas/clinval"]
    quota["spec"]["hard"]["pods"] = "9999"
    server.store(f"{SPACE}/resourcequotas/clinval", {**quota, "status": {"used": {}}}, "MODIFIED")
    changed = [one for one in create(TEAM, cluster) if one.what != "unchanged"]
    assert [(one.kind, one.what) for one in changed] == [("ResourceQuota", "changed")]
    assert server.objects[f"{SPACE}/resourcequotas/clinval"]["spec"]["hard"]["pods"] == "90"


def test_a_namespace_of_somebody_else_is_left_alone(server: ApiServer, connect: Callable[..., Cluster]) -> None:
    server.objects[SPACE] = {"metadata": {"name": "team-a", "uid": "x", "resourceVersion": "1"}}
    with pytest.raises(InputError, match="E-PROJECT-TAKEN"):
        create(TEAM, connect(server))
    assert server.made("PATCH") == []


def test_a_profile_whose_namespace_was_not_waited_for_is_gone_on_with(
    server: ApiServer, connect: Callable[..., Cluster]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    ticking = Ticking()
    ticking.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        create(TEAM, connect(server), ticking.clock())
    made = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "team-a", "labels": {"istio-injection": "enabled"}},
    }
    server.store(SPACE, made, "ADDED")  # Kubeflow's labels, and none of ours
    create(TEAM, connect(server), ticking.clock())
    labels = server.objects[SPACE]["metadata"]["labels"]
    assert labels.items() >= {**TEAM.labels, "istio-injection": "enabled"}.items()


def test_two_who_make_it_in_the_same_moment(server: ApiServer, connect: Callable[..., Cluster]) -> None:
    server.missing_kinds.add("Profile")
    server.fail_next("PATCH", 409, 409)
    assert {one.what for one in create(TEAM, connect(server))} == {"made"}
    server.fail_next("PATCH", *[409] * 9)
    with pytest.raises(ApiError, match="409"):
        create(TEAM, connect(server))


def test_a_cluster_without_a_queue_is_told_what_it_lacks(server: ApiServer, connect: Callable[..., Cluster]) -> None:
    server.missing_kinds.update({"Profile", "LocalQueue"})
    with pytest.raises(ApiError, match=r"knows no LocalQueue \(kueue.x-k8s.io/v1beta2\); is what serves it installed"):
        create(TEAM, connect(server))


def test_every_mistake_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Project("kube-system", ("system:masters", "a b"), "prod", 0).check()
    assert [p.code for p in caught.value.problems] == ["E-PROJECT-NAME", "E-MEMBER", "E-MEMBER", "E-STAGE", "E-BOUND"]
    with pytest.raises(InputError, match=r"E-PROJECT-NAME.*\n.*E-MEMBER"):
        Project("A" * 64, ()).check()


def test_members_may_only_what_the_issue_says() -> None:
    role = by_name(render(TEAM))["Role", "clinval-member"]
    assert {(r, v) for rule in role["rules"] for r in rule["resources"] for v in rule["verbs"]} == {
        *(("rayjobs", verb) for verb in ("get", "list", "watch", "create", "delete")),
        ("pods", "get"), ("pods", "list"), ("pods/log", "get"),
    }  # fmt: skip


def test_use_and_cost(server: ApiServer, connect: Callable[..., Cluster]) -> None:
    cluster = connect(server)
    server.missing_kinds.add("Profile")
    create(TEAM, cluster)
    server.objects["/api/v1/namespaces/other"] = {"metadata": {"name": "other", "labels": {}}}
    server.objects[f"{SPACE}/resourcequotas/clinval"]["status"] = {
        "used": {"requests.cpu": "12500m", "requests.memory": "64Gi"},
        "hard": {"requests.cpu": "300", "requests.memory": "600Gi"},
    }
    jobs = f"/apis/ray.io/v1{SPACE.removeprefix('/api/v1')}/rayjobs"
    for name, deployment in (("a", "Running"), ("b", "Complete"), ("c", "Failed")):
        server.objects[f"{jobs}/{name}"] = {
            "metadata": {"name": name, "uid": name}, "status": {"jobDeploymentStatus": deployment},
        }  # fmt: skip
    (one,) = usages(cluster, lambda: {"team-a": 12.5})
    assert (one.name, one.stage, one.cpu, one.memory_gib, one.jobs) == (
        "team-a",
        "nightly",
        (12.5, 300),
        (64, 600),
        (1, 3),
    )
    assert one.cost_30d == 12.5
    assert usages(cluster)[0].cost_30d is None

"""KubeRay's rules: each change that it (or we) would refuse is refused by its code, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from k8s.expand import rayjob
from k8s.rules import check
from k8s.spec import JobSpec

Change = Callable[[dict[str, Any]], Any]


def cluster(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["rayClusterSpec"]


def head(job: dict[str, Any]) -> dict[str, Any]:
    return cluster(job)["headGroupSpec"]


def pod(job: dict[str, Any]) -> dict[str, Any]:
    return cluster(job)["workerGroupSpecs"][0]["template"]["spec"]


def container(job: dict[str, Any]) -> dict[str, Any]:
    return pod(job)["containers"][0]


CHANGES: list[tuple[str, Change]] = [
    ("NAME", lambda j: j["metadata"].update(name="a" * 48)),
    ("NAME", lambda j: j["metadata"].update(name="a.b")),
    ("LABEL", lambda j: j["metadata"]["labels"].update(x="a b")),
    ("LABEL", lambda j: j["metadata"]["labels"].update(x="a" * 64)),
    ("QUEUE", lambda j: j["metadata"]["labels"].pop("kueue.x-k8s.io/queue-name")),
    ("MODE", lambda j: j["spec"].update(submissionMode="K8sJobMode")),
    ("MODE", lambda j: j["spec"].pop("submissionMode")),
    ("MODE", lambda j: j["spec"].update(submitterPodTemplate={})),
    ("DEADLINE", lambda j: j["spec"].pop("activeDeadlineSeconds")),
    ("DEADLINE", lambda j: j["spec"].update(activeDeadlineSeconds=0)),
    ("DEADLINE", lambda j: j["spec"].update(preRunningDeadlineSeconds=True)),
    ("BACKOFF", lambda j: j["spec"].update(backoffLimit=1)),
    ("BACKOFF", lambda j: j["spec"].update(backoffLimit=-1)),
    ("SHUTDOWN", lambda j: j["spec"].update(shutdownAfterJobFinishes=False)),
    ("TTL", lambda j: j["spec"].update(ttlSecondsAfterFinished=-1)),
    ("CLUSTER", lambda j: j["spec"].update(clusterSelector={"ray.io/cluster": "x"})),
    ("CLUSTER", lambda j: j["spec"].pop("rayClusterSpec")),
    ("DELETION", lambda j: j["spec"].update(deletionStrategy={})),
    ("ENTRYPOINT", lambda j: j["spec"].update(entrypoint=" ")),
    ("AUTH", lambda j: cluster(j).pop("authOptions")),
    ("AUTH", lambda j: cluster(j)["authOptions"].update(mode="disabled")),
    ("VERSION", lambda j: cluster(j).pop("rayVersion")),
    ("VERSION", lambda j: cluster(j).update(rayVersion="2.51.9")),
    ("VERSION", lambda j: cluster(j).update(rayVersion="latest")),
    ("AUTOSCALING", lambda j: cluster(j).update(enableInTreeAutoscaling=True)),
    ("GROUPS", lambda j: cluster(j)["workerGroupSpecs"].extend(cluster(j)["workerGroupSpecs"] * 7)),
    ("HEAD", lambda j: head(j)["rayStartParams"].pop("num-cpus")),
    ("REPLICAS", lambda j: cluster(j)["workerGroupSpecs"][0].update(maxReplicas=99)),
    ("REPLICAS", lambda j: cluster(j)["workerGroupSpecs"][0].update(replicas=0, minReplicas=0, maxReplicas=0)),
    ("START", lambda j: head(j)["rayStartParams"].update({"num-gpus": 0})),
    ("START", lambda j: head(j)["rayStartParams"].update(labels="a=b")),
    ("START", lambda j: head(j)["rayStartParams"].update({"redis-username": "x"})),
    ("LABEL", lambda j: head(j).update(labels={"ray.io/zone": "a b"})),
    ("REPLICAS", lambda j: cluster(j)["workerGroupSpecs"][0].update(suspend=True)),
    ("GCS", lambda j: cluster(j).update(gcsFaultToleranceOptions={"redisAddress": "redis:6379"})),
    ("ENV", lambda j: j["spec"].update(runtimeEnvYAML="pip: [")),
    ("RESOURCES", lambda j: head(j).update(resources={"CPU": "1"})),
    ("RESOURCES", lambda j: container(j)["resources"]["requests"].update(cpu="1m")),
    ("RESOURCES", lambda j: container(j).pop("resources")),
    ("CONTAINER", lambda j: pod(j).update(containers=[])),
    ("TOKEN", lambda j: pod(j).pop("automountServiceAccountToken")),
    ("IMAGE", lambda j: container(j).update(image="clinval:latest")),
    *[("ENV", lambda j, n=n: container(j)["env"].append({"name": n, "value": "1"})) for n in ("y", "ON", "No", "true")],
    ("ENV", lambda j: container(j)["env"].append({"name": "RAY_REDIS_ADDRESS", "value": "x"})),
    ("ENV", lambda j: container(j)["env"].append({"name": "RAY_enable_autoscaler_v2", "value": "1"})),
    ("ENV", lambda j: j["spec"].update(runtimeEnvYAML="env_vars:\n  y: '1'\n")),
    ("SECURITY", lambda j: container(j)["securityContext"].pop("allowPrivilegeEscalation")),
    ("SECURITY", lambda j: container(j)["securityContext"]["capabilities"].update(add=["SYS_PTRACE"])),
    ("SECURITY", lambda j: container(j)["securityContext"].update(runAsNonRoot=False)),
    ("SECURITY", lambda j: container(j)["securityContext"].update(seccompProfile={"type": "Unconfined"})),
    ("SECURITY", lambda j: container(j)["securityContext"].pop("readOnlyRootFilesystem")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), CHANGES, ids=[f"{i}-{code}" for i, (code, _) in enumerate(CHANGES)])
def test_refused_by_its_code(spec: JobSpec, code: str, change: Change) -> None:
    job = rayjob(spec)
    assert check(job) == []
    change(job)
    found = check(job)
    assert {problem.code for problem in found} == {f"E-RAYJOB-{code}"}
    assert all(problem.where.startswith("RayJob › ") and problem.expected for problem in found)


def test_all_at_once(spec: JobSpec) -> None:
    job = rayjob(spec)
    for change in (CHANGES[0][1], CHANGES[5][1], CHANGES[21][1], CHANGES[-1][1]):
        change(job)
    assert len(check(job)) == 4


def test_nothing_at_all_is_told_in_words() -> None:
    assert {p.code for p in check({})} >= {"E-RAYJOB-NAME", "E-RAYJOB-CLUSTER", "E-RAYJOB-DEADLINE"}

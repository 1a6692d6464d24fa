"""A short spec as the full RayJob: a pure function, so that golden files hold it.

What KubeRay 1.7 and Ray 2.60 do, found by trying, decides most of it:

- HTTPMode is the only mode that needs no submitter pod of the operator's making (which Pod Security
  ``restricted`` refuses), and the only one that sends the job again after the head was lost.
- A non-zero exit makes KubeRay run the whole cluster again while ``backoffLimit`` allows: it is 0, and
  the job exits 0 when it could evaluate.  The verdict is in the run's manifest.
- Kueue admits a job whole: fixed replicas, no autoscaler, ``shutdownAfterJobFinishes``.
- The head plays no cases (``num-cpus: "0"``), so that losing a spot machine never loses the driver.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from shlex import join
from typing import Any

from validation.addresses import address_of
from validation.store.anywhere import named_below

from . import names
from .sizes import Machine, load_sizes
from .spec import JobSpec

NO_SIDECAR = {"sidecar.istio.io/inject": "false"}
"""Kubeflow has Istio inject one into every pod of a profile: Ray's own ports and the job's end do not survive it."""
RULES = "gate.toml"
"""In the image."""
USER = 10001
"""Of the image; in no one's group."""
OBJECT_STORE_SHARE = 4
"""A model is a few megabytes: a quarter of a pod's memory is far more than Ray's store needs."""
HEAD_GRACE_S, WORKER_GRACE_S = 40, 20
"""After SIGTERM; a shard takes 2 to 5 s."""
STOP_WAIT_S = 20
"""Ray's own patience with the driver, 3 s by default: too short to commit what is finished."""
TTL_S = 60
"""A finished cluster stays so long."""


def rayjob(spec: JobSpec) -> dict[str, Any]:
    """The RayJob as the API takes it: JSON values, keys in a fixed order."""
    job: dict[str, Any] = {
        "apiVersion": names.API,
        "kind": names.KIND,
        "metadata": {
            "name": "",
            "namespace": spec.project,
            "labels": {
                **_labels(spec),
                names.QUEUE_LABEL: names.QUEUE,
                names.PRIORITY_LABEL: f"clinval-{spec.stage}",
            },
            "annotations": {},
        },
        "spec": {
            "submissionMode": "HTTPMode",
            "entrypoint": entrypoint(spec),
            "backoffLimit": 0,
            "activeDeadlineSeconds": spec.budget_s,
            "preRunningDeadlineSeconds": spec.resources.pre_running_s,
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": TTL_S,
            "rayClusterSpec": {
                "rayVersion": load_sizes().ray_version,
                "authOptions": {"mode": "token"},
                "enableInTreeAutoscaling": False,
                "headGroupSpec": _head(spec),
                "workerGroupSpecs": [_workers(spec)],
            },
        },
    }
    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()
    name = spec.name or f"clinval-{spec.stage}-{digest[:12]}"
    job["metadata"]["name"] = name
    job["metadata"]["annotations"][names.SPEC_DIGEST] = digest
    job["spec"]["entrypoint"] = entrypoint(spec, name)
    _name_pods(job, name)
    return job


def entrypoint(spec: JobSpec, name: str = "") -> str:
    """What the driver of the job ``name`` runs, as one line for a shell.  No working directory is assumed."""
    return join(
        [
            "clinval", spec.kind,
            *(_check(spec, name) if spec.kind == "check" else _run(spec)),
            "--executor", "ray",
            "--address", "auto",
            "--budget", f"{spec.play_s}s",
            "--format", "plain",
            "--evaluated-is-success",
            *spec.arguments,
        ]
    )  # fmt: skip


def _run(spec: JobSpec) -> list[str]:
    return ["--model", _path(spec.model), "--cases", _path(spec.cases), "--out", spec.out]


def left_at(spec: JobSpec, name: str) -> str:
    """Where the job ``name`` leaves what people want to see: runs, or the reports of a check."""
    if spec.kind == "run":
        return spec.out
    reports = str(named_below(spec.out, f"checks/{name}"))
    return address_of(reports) or reports


def _check(spec: JobSpec, name: str) -> list[str]:
    """Runs and diffs lie where all runs do, so that a base is played once; the reports below, by the job's name."""
    return [
        "--base", _path(spec.base),
        "--candidate", _path(spec.candidate),
        "--model", _path(spec.candidate),
        "--cases", _path(spec.cases),
        "--rules", _path(spec.rules or RULES),
        "--runs", spec.out,
        "--out", left_at(spec, name),
    ]  # fmt: skip


def _path(text: str | None) -> str:
    """In the image, unless it is absolute or an address."""
    return text if text and address_of(text) else str(PurePosixPath(names.APP, text or ""))


def _labels(spec: JobSpec) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "clinval",
        "app.kubernetes.io/component": "fan-out",
        "app.kubernetes.io/managed-by": "clinval",
        names.PROJECT: spec.project,
        names.STAGE: spec.stage,
    }


def _name_pods(job: dict[str, Any], name: str) -> None:
    """The run's name on the job and its pods: metrics and costs are asked for by it."""
    cluster = job["spec"]["rayClusterSpec"]
    templates = [cluster["headGroupSpec"]["template"], *(group["template"] for group in cluster["workerGroupSpecs"])]
    for metadata in (job["metadata"], *(template["metadata"] for template in templates)):
        metadata["labels"][names.RUN] = name
    for template in templates:
        template["spec"]["containers"][0]["env"].append({"name": "CLINVAL_RUN", "value": name})


def _head(spec: JobSpec) -> dict[str, Any]:
    machine = spec.resources.head
    template = _pod(spec, "ray-head", machine, HEAD_GRACE_S, "any" if spec.capacity == "any" else "on_demand")
    container = template["spec"]["containers"][0]
    container["env"].append({"name": "RAY_JOB_STOP_WAIT_TIME_S", "value": str(STOP_WAIT_S)})
    container["ports"] = [
        {"name": "gcs-server", "containerPort": 6379},
        {"name": "dashboard", "containerPort": 8265},
        {"name": "metrics", "containerPort": 8080},
    ]
    return {"rayStartParams": {"num-cpus": "0", **_start(machine), "dashboard-host": "0.0.0.0"}, "template": template}


def _workers(spec: JobSpec) -> dict[str, Any]:
    size = spec.resources
    template = _pod(spec, "ray-worker", size.worker, WORKER_GRACE_S, spec.capacity)
    template["spec"]["containers"][0]["ports"] = [{"name": "metrics", "containerPort": 8080}]
    return {
        "groupName": "workers",
        "replicas": size.workers,
        "minReplicas": size.workers,
        "maxReplicas": size.workers,
        "rayStartParams": {"num-cpus": str(size.worker.cpu), **_start(size.worker)},
        "template": template,
    }


def _start(machine: Machine) -> dict[str, str]:
    return {"object-store-memory": str(machine.memory_gib * 2**30 // OBJECT_STORE_SHARE)}


def _pod(spec: JobSpec, container: str, machine: Machine, grace_s: int, capacity: str) -> dict[str, Any]:
    resources = {
        "cpu": str(machine.cpu),
        "memory": f"{machine.memory_gib}Gi",
        "ephemeral-storage": f"{machine.scratch_gib}Gi",
    }
    volumes: list[dict[str, Any]] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": f"{machine.scratch_gib}Gi"}},
        {"name": "home", "emptyDir": {"sizeLimit": f"{max(1, machine.scratch_gib // 2)}Gi"}},  # a copy of the run
    ]
    mounts: list[dict[str, Any]] = [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "home", "mountPath": names.HOME},
    ]
    if uses_shared_volume(spec):
        volumes.append({"name": "shared", "persistentVolumeClaim": {"claimName": names.SHARED_VOLUME}})
        mounts.append({"name": "shared", "mountPath": names.SHARED})
    pod: dict[str, Any] = {
        "serviceAccountName": names.SERVICE_ACCOUNT,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace_s,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **_placement(capacity),
        "containers": [
            {
                "name": container,
                "image": spec.image,
                "imagePullPolicy": "IfNotPresent",
                "env": [
                    {"name": "HOME", "value": names.HOME},
                    {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
                    {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"},
                    # The workers are the parallelism.
                    {"name": "OMP_NUM_THREADS", "value": "1"},
                    {"name": "OPENBLAS_NUM_THREADS", "value": "1"},
                ],
                "envFrom": [{"secretRef": {"name": names.OBJECT_STORE_SECRET, "optional": True}}],
                "resources": {"requests": dict(resources), "limits": dict(resources)},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "runAsNonRoot": True,
                    "capabilities": {"drop": ["ALL"]},
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }
    return {"metadata": {"labels": {**_labels(spec), **NO_SIDECAR}}, "spec": pod}


def uses_shared_volume(spec: JobSpec) -> bool:
    """Whether anything of it lies on the project's volume."""
    return any(PurePosixPath(path).is_relative_to(names.SHARED) for path in (*spec.inputs, spec.out))


def _placement(capacity: str) -> dict[str, Any]:
    """Where a pod may run; Kueue chooses the flavour whose node labels fit."""
    if capacity == "any":
        return {}
    if capacity == "on_demand":
        return {"nodeSelector": {names.CAPACITY: "on-demand"}}
    return {
        "nodeSelector": {names.CAPACITY: "spot"},
        "tolerations": [{"key": names.CAPACITY, "operator": "Equal", "value": "spot", "effect": "NoSchedule"}],
    }

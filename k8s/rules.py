"""KubeRay's validation of a RayJob, restated, and the rules of our own that its accidents taught us.

An invalid RayJob is accepted by the API server and then never started (``ValidationFailed``), or starts
and does something else: what is refused here costs nothing.  Source: KubeRay 1.7,
``ray-operator/controllers/ray/utils/validation.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from model.errors import Problem

from . import names
from .yaml import is_yaml

HTTP_MODE = "HTTPMode"
LEAST_RAY_WITH_TOKENS = (2, 52, 0)
MOST_WORKER_GROUPS = 7
"""Kueue's limit of eight groups of pods, one of them the head's."""
_YAML_BOOLEAN = re.compile(r"(?i:y|n|yes|no|on|off|true|false)")
"""YAML 1.1: an environment variable of that name loses its name where anything writes it unquoted."""
_RESOURCE_FLAGS = ("num-cpus", "num-gpus", "memory", "resources")
_RESTRICTED = "Pod Security restricted"
_NO_REDIS = "none, and no Redis: shards are what is resumed from"


def check(job: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with a RayJob."""
    return [
        Problem(f"E-RAYJOB-{code}", f"RayJob › {where}", found, expected) for code, where, found, expected in _all(job)
    ]


_Found = Iterator[tuple[str, str, str, str]]


def _all(job: Mapping[str, Any]) -> _Found:
    yield from _metadata(job.get("metadata", {}))
    spec = job.get("spec", {})
    yield from _lifecycle(spec)
    cluster = spec.get("rayClusterSpec")
    if cluster is None:
        yield "CLUSTER", "spec", "no rayClusterSpec", "a cluster of its own"
        return
    yield from _cluster(cluster)
    yield from _environment_yaml(spec.get("runtimeEnvYAML", ""))


def _metadata(metadata: Mapping[str, Any]) -> _Found:
    name = metadata.get("name", "")
    if len(name) > names.LONGEST_JOB_NAME:
        yield "NAME", "metadata.name", f"{len(name)} characters", f"at most {names.LONGEST_JOB_NAME}"
    if not names.DNS_1035.fullmatch(name):
        yield "NAME", "metadata.name", repr(name), "lower-case letters, digits, hyphens; a letter first, no hyphen last"
    yield from _label_values(metadata.get("labels", {}), "metadata.labels")
    if not metadata.get("labels", {}).get(names.QUEUE_LABEL):
        yield "QUEUE", "metadata.labels", "no queue", f"{names.QUEUE_LABEL}: without it Kueue lets the job pass it by"


def _label_values(labels: Mapping[str, str], where: str) -> _Found:
    for key, value in labels.items():
        if len(value) > 63 or not names.LABEL_VALUE.fullmatch(value):
            yield "LABEL", f"{where}.{key}", repr(value), "at most 63 letters, digits, '-', '_' and '.'"


def _lifecycle(spec: Mapping[str, Any]) -> _Found:
    if spec.get("submissionMode") != HTTP_MODE:
        yield "MODE", "spec.submissionMode", repr(spec.get("submissionMode", "K8sJobMode")), HTTP_MODE
    if spec.get("submitterPodTemplate") is not None or spec.get("submitterConfig") is not None:
        yield "MODE", "spec", "a submitter pod", f"none in {HTTP_MODE}"
    for key in ("activeDeadlineSeconds", "preRunningDeadlineSeconds"):
        value = spec.get(key)
        if not _whole(value) or value < 1:
            yield "DEADLINE", f"spec.{key}", repr(value), "seconds, at least 1: a job without it may hang for ever"
    if spec.get("backoffLimit", 0) != 0:
        yield "BACKOFF", "spec.backoffLimit", repr(spec["backoffLimit"]), "0: each further try is a whole cluster"
    shutdown, ttl = spec.get("shutdownAfterJobFinishes", False), spec.get("ttlSecondsAfterFinished", 0)
    if shutdown is not True:
        yield (
            "SHUTDOWN",
            "spec.shutdownAfterJobFinishes",
            repr(shutdown),
            "true: Kueue asks for it, and so does the bill",
        )
    if not _whole(ttl) or ttl < 0:
        yield "TTL", "spec.ttlSecondsAfterFinished", repr(ttl), "seconds, 0 or more"
    if spec.get("clusterSelector"):
        yield (
            "CLUSTER",
            "spec.clusterSelector",
            "a cluster of somebody else's",
            "a cluster of its own: nothing else ends with the job",
        )
    if spec.get("deletionStrategy") is not None:
        yield "DELETION", "spec.deletionStrategy", "a strategy", "none: it needs a feature gate of the operator"
    if not str(spec.get("entrypoint", "")).strip():
        yield "ENTRYPOINT", "spec.entrypoint", "nothing", "a command"


def _cluster(cluster: Mapping[str, Any]) -> _Found:
    where = "spec.rayClusterSpec"
    version = str(cluster.get("rayVersion", ""))
    if cluster.get("authOptions", {}).get("mode") != "token":
        yield "AUTH", f"{where}.authOptions.mode", repr(cluster.get("authOptions", {}).get("mode")), "token"
    parts = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if parts is None or tuple(map(int, parts.groups())) < LEAST_RAY_WITH_TOKENS:
        least = ".".join(map(str, LEAST_RAY_WITH_TOKENS))
        yield "VERSION", f"{where}.rayVersion", repr(version), f"{least} or later, written out: tokens need it"
    if cluster.get("gcsFaultToleranceOptions") is not None:
        yield "GCS", f"{where}.gcsFaultToleranceOptions", "a fault-tolerant GCS", _NO_REDIS
    if cluster.get("enableInTreeAutoscaling"):
        yield "AUTOSCALING", f"{where}.enableInTreeAutoscaling", "true", "false: Kueue admits a job whole"
    groups = cluster.get("workerGroupSpecs") or []
    if len(groups) > MOST_WORKER_GROUPS:
        yield "GROUPS", f"{where}.workerGroupSpecs", f"{len(groups)} groups", f"at most {MOST_WORKER_GROUPS}"
    head = cluster.get("headGroupSpec") or {}
    yield from _group(head, f"{where}.headGroupSpec")
    if head.get("rayStartParams", {}).get("num-cpus") != "0":
        yield (
            "HEAD",
            f"{where}.headGroupSpec.rayStartParams.num-cpus",
            repr(head.get("rayStartParams", {}).get("num-cpus")),
            '"0"',
        )
    for index, group in enumerate(groups):
        place = f"{where}.workerGroupSpecs[{index}]"
        yield from _group(group, place)
        counts = [group.get(key) for key in ("replicas", "minReplicas", "maxReplicas")]
        if not all(_whole(count) and count >= 1 for count in counts) or len(set(counts)) != 1:
            yield "REPLICAS", place, f"replicas, least and most {counts}", "one fixed number"


def _group(group: Mapping[str, Any], where: str) -> _Found:
    start = group.get("rayStartParams", {})
    for key, value in start.items():
        if not isinstance(value, str):
            yield "START", f"{where}.rayStartParams.{key}", repr(value), 'a text in "quotes"'
    if group.get("resources") and any(start.get(flag) for flag in _RESOURCE_FLAGS):
        yield "RESOURCES", where, "resources in rayStartParams and beside them", "one of the two"
    if "labels" in start:
        yield "START", f"{where}.rayStartParams.labels", "labels", "the group's own labels"
    for flag in ("redis-username", "redis-password"):
        if flag in start:
            yield "START", f"{where}.rayStartParams.{flag}", flag, _NO_REDIS
    yield from _label_values(group.get("labels") or {}, f"{where}.labels")
    if group.get("suspend"):
        yield (
            "REPLICAS",
            f"{where}.suspend",
            "a group that is suspended",
            "none: it needs a feature gate of the operator",
        )
    pod = group.get("template", {}).get("spec", {})
    containers = pod.get("containers") or []
    if not containers:
        yield "CONTAINER", f"{where}.template.spec.containers", "none", "at least one"
    if pod.get("automountServiceAccountToken") is not False:
        yield "TOKEN", f"{where}.template.spec.automountServiceAccountToken", "a token for the API", "false"
    place = f"{where}.template.spec"
    for index, container in enumerate(containers):
        yield from _container(container, pod, f"{place}.containers[{index}]")


def _container(container: Mapping[str, Any], pod: Mapping[str, Any], where: str) -> _Found:
    if "@sha256:" not in container.get("image", ""):
        yield "IMAGE", f"{where}.image", repr(container.get("image")), "an image by its digest"
    resources = container.get("resources", {})
    if not resources.get("limits") or resources.get("requests") != resources.get("limits"):
        yield (
            "RESOURCES",
            f"{where}.resources",
            "requests that are not the limits",
            "the same: no neighbour is disturbed",
        )
    for entry in container.get("env", []):
        name = entry.get("name", "")
        if _YAML_BOOLEAN.fullmatch(name):
            yield "ENV", f"{where}.env", f"the variable {name!r}", "a name that is not a boolean in YAML"
        if name in ("RAY_REDIS_ADDRESS", "REDIS_USERNAME"):
            yield (
                "ENV",
                f"{where}.env",
                f"the variable {name!r}",
                _NO_REDIS,
            )
        if name == "RAY_enable_autoscaler_v2":
            yield "ENV", f"{where}.env", f"the variable {name!r}", "no autoscaler"
    mine, whole = container.get("securityContext", {}), pod.get("securityContext", {})
    if mine.get("allowPrivilegeEscalation") is not False:
        yield "SECURITY", f"{where}.securityContext", "privilege escalation", _RESTRICTED
    if mine.get("capabilities", {}).get("drop") != ["ALL"] or mine.get("capabilities", {}).get("add"):
        yield "SECURITY", f"{where}.securityContext.capabilities", "capabilities", f"drop ALL, as {_RESTRICTED} asks"
    if mine.get("runAsNonRoot", whole.get("runAsNonRoot")) is not True:
        yield "SECURITY", f"{where}.securityContext", "perhaps root", f"runAsNonRoot, as {_RESTRICTED} asks"
    if mine.get("seccompProfile", whole.get("seccompProfile", {})).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "SECURITY", f"{where}.securityContext", "no seccomp profile", f"RuntimeDefault, as {_RESTRICTED} asks"
    if mine.get("readOnlyRootFilesystem") is not True:
        yield "SECURITY", f"{where}.securityContext", "a writable root", "readOnlyRootFilesystem"


def _environment_yaml(text: str) -> _Found:
    if text and not is_yaml(text):
        yield "ENV", "spec.runtimeEnvYAML", "no YAML", "a mapping in YAML, or nothing"
    for line in text.splitlines():
        key = line.strip().partition(":")[0]
        if line.strip() and _YAML_BOOLEAN.fullmatch(key):
            yield "ENV", "spec.runtimeEnvYAML", f"the key {key!r}", "a name that is not a boolean in YAML"


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)

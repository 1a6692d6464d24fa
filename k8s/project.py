"""A team's isolated place on a cluster: the objects of ``manifests/base`` with a name, bounds and members.

One set of files is the truth: :func:`render` reads what Kustomize reads, and :func:`overlay` writes the
Kustomize overlay that makes the very same objects, for whoever keeps projects in Git.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import InputError, Problem

from . import names
from .client import CONFLICT, NOT_FOUND, ApiError, Cluster
from .watch import Clock
from .yaml import as_yaml, read_yaml

MANIFESTS = Path(__file__).with_name("manifests")
BASE = MANIFESTS / "base"
PIPELINES = MANIFESTS / "kubeflow" / "network.yaml"
PROFILE_API = "kubeflow.org/v1"
RBAC = "rbac.authorization.k8s.io"
TRIES = 5
NAMESPACE_S = 60.0
"""For Kubeflow to make the namespace of a profile."""
_RESERVED = re.compile(r"kube-.*|default|kubeflow|kueue-system|kuberay-.*|istio-.*|flux-system|monitoring")
_MEMBER = re.compile(r"(user:)?[^\s,]{1,253}")


@dataclass(frozen=True, slots=True)
class Project:
    """What a team gets.  ``members`` are groups, or ``user:NAME``."""

    name: str
    members: tuple[str, ...]
    stage: str = "pr"
    cpu: int = 160
    memory_gib: int = 512
    pods: int = 200
    storage_gib: int = 50
    storage_class: str = ""
    """Of the shared volume; empty for the cluster's default.  It must offer ReadWriteMany."""
    deadline_s: int = 1800
    """The longest that a job of its may run."""

    def check(self) -> Project:
        """Itself.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        found = []
        if not names.DNS_1035.fullmatch(self.name) or len(self.name) > names.LONGEST_NAMESPACE:
            expected = f"at most {names.LONGEST_NAMESPACE} lower-case letters, digits and hyphens, a letter first"
            found.append(Problem("E-PROJECT-NAME", "project › name", repr(self.name), expected))
        elif _RESERVED.fullmatch(self.name):
            found.append(
                Problem("E-PROJECT-NAME", "project › name", f"{self.name!r}, the cluster's own", "another name")
            )
        if not self.members:
            expected = "at least one group, or user:NAME"
            found.append(Problem("E-MEMBER", "project › members", "nobody", expected, next_step="--member GROUP"))
        for member in self.members:
            if not _MEMBER.fullmatch(member) or member.startswith(("system:", "user:system:")):
                found.append(
                    Problem("E-MEMBER", "project › members", repr(member), "a group of the team, or user:NAME")
                )
        if self.stage not in names.STAGES:
            found.append(Problem("E-STAGE", "project › stage", repr(self.stage), " | ".join(names.STAGES)))
        for name in ("cpu", "memory_gib", "pods", "storage_gib", "deadline_s"):
            if getattr(self, name) < 1:
                found.append(Problem("E-BOUND", f"project › {name}", str(getattr(self, name)), "1 or more"))
        if found:
            raise InputError(found)
        return self

    @property
    def labels(self) -> dict[str, str]:
        """Of the namespace and of everything in it."""
        return {names.PROJECT: self.name, names.STAGE: self.stage}

    def _patches(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What differs from the base, by kind and name: maps are merged, lists replaced."""
        cpu, memory = str(self.cpu), f"{self.memory_gib}Gi"
        storage = {"resources": {"requests": {"storage": f"{self.storage_gib}Gi"}}}
        hard = {
            "requests.cpu": cpu, "requests.memory": memory, "limits.cpu": cpu, "limits.memory": memory,
            "pods": str(self.pods), "requests.storage": f"{self.storage_gib}Gi",
        }  # fmt: skip
        limits = {"maxActiveDeadlineSeconds": str(self.deadline_s), "priorityClasses": f"clinval-{self.stage}"}
        return {
            ("ResourceQuota", "clinval"): {"spec": {"hard": hard}},
            ("ConfigMap", "clinval-limits"): {"data": limits},
            ("RoleBinding", "clinval-members"): {"subjects": [_subject(member) for member in self.members]},
            ("PersistentVolumeClaim", names.SHARED_VOLUME): {
                "spec": storage | ({"storageClassName": self.storage_class} if self.storage_class else {})
            },
        }


def _subject(member: str) -> dict[str, str]:
    kind, name = ("User", member.removeprefix("user:")) if member.startswith("user:") else ("Group", member)
    return {"apiGroup": RBAC, "kind": kind, "name": name}


def render(project: Project, kubeflow: bool = False) -> list[dict[str, Any]]:
    """All objects of a project, the namespace first; with what its pipelines need where Kubeflow is."""
    patches = project.check()._patches()
    objects = []
    files = [BASE / name for name in read_yaml(BASE / "kustomization.yaml")[0]["resources"]]
    for file in [*files, *([PIPELINES] if kubeflow else [])]:
        for base in read_yaml(file):
            obj = _merged(base, patches.get((base["kind"], base["metadata"]["name"]), {}))
            if obj["kind"] == "Namespace":
                obj["metadata"]["name"] = project.name
            else:
                obj["metadata"]["namespace"] = project.name
            obj["metadata"]["labels"] = {**obj["metadata"].get("labels", {}), **project.labels}
            objects.append(obj)
    return objects


def overlay(project: Project, directory: Path) -> dict[str, Any]:
    """The ``kustomization.yaml`` that makes the same objects, for a ``directory`` in the same repository."""
    kinds = {"RoleBinding": RBAC + "/v1"}
    patches = [
        {
            "target": {"kind": kind, "name": name},
            "patch": as_yaml(
                [{"apiVersion": kinds.get(kind, "v1"), "kind": kind, "metadata": {"name": name}, **change}]
            ),
        }
        for (kind, name), change in project.check()._patches().items()
    ]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": project.name,
        "resources": [os.path.relpath(BASE, directory.resolve())],
        "labels": [{"pairs": project.labels}],
        "patches": patches,
    }


def profile(project: Project) -> dict[str, Any]:
    """The Kubeflow Profile: its controller makes the namespace, owned by the first member."""
    return {
        "apiVersion": PROFILE_API,
        "kind": "Profile",
        "metadata": {"name": project.name, "labels": project.labels},
        "spec": {"owner": _subject(project.members[0])},
    }


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one object."""

    kind: str
    name: str
    what: str
    """made | changed | unchanged"""


def create(project: Project, cluster: Cluster, clock: Clock | None = None) -> list[Applied]:
    """Make a project, or bring it back to what it should be; a second call changes nothing.

    Raises
    ------
    InputError
        The namespace is there and is nobody's project.
    ApiError
        The cluster refuses, or does not answer; the same call goes on from there.
    """
    project.check()
    kubeflow = cluster.serves(PROFILE_API, "Profile")
    objects = render(project, kubeflow)
    made_by = profile(project) if kubeflow else None
    there = _existing(cluster, objects[0])
    # An earlier call may have ended when there was a profile, and its namespace without our labels.
    known = [there, _existing(cluster, made_by) if made_by and there else None]
    if there is not None and not any(one and names.PROJECT in (one["metadata"].get("labels") or {}) for one in known):
        raise InputError.single(
            "E-PROJECT-TAKEN", f"project {project.name}", "a namespace that is not clinval's",
            expected="a new name", next_step=f"or give it over: kubectl label namespace {project.name} "
            f"{names.PROJECT}={project.name}",
        )  # fmt: skip
    applied = []
    if made_by is not None:
        applied.append(_apply(cluster, made_by))
        _wait_for(cluster, objects[0], clock or Clock())
    return [*applied, *(_apply(cluster, obj) for obj in objects)]


def _apply(cluster: Cluster, obj: Mapping[str, Any]) -> Applied:
    before = _existing(cluster, obj)
    try:
        after = _applied(cluster, obj)
    except ApiError as error:
        if error.status != NOT_FOUND or before is not None:
            raise
        kind = f"{obj['kind']} ({obj['apiVersion']})"
        step = "is what serves it installed, and recent enough?"
        raise ApiError(NOT_FOUND, f"it knows no {kind}", cluster.context, step) from None
    what = "made" if before is None else "unchanged" if _asked(before) == _asked(after) else "changed"
    return Applied(obj["kind"], obj["metadata"]["name"], what)


def _applied(cluster: Cluster, obj: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody may write the same object in the same moment: then once more."""
    for _ in range(TRIES - 1):
        try:
            return cluster.apply(obj)
        except ApiError as error:
            if error.status != CONFLICT:
                raise
    return cluster.apply(obj)


def _asked(obj: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for of an object: its status and the server's notes on it change by themselves."""
    metadata = {key: obj["metadata"].get(key) for key in ("name", "labels", "annotations")}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata}


def _existing(cluster: Cluster, obj: Mapping[str, Any]) -> dict[str, Any] | None:
    metadata = obj["metadata"]
    try:
        return cluster.get(obj["apiVersion"], obj["kind"], metadata.get("namespace", ""), metadata["name"])
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        return None


def _wait_for(cluster: Cluster, obj: Mapping[str, Any], clock: Clock) -> None:
    until = clock.now() + NAMESPACE_S
    while _existing(cluster, obj) is None:
        if clock.now() >= until:
            name = obj["metadata"]["name"]
            raise ApiError(
                0, f"Kubeflow has not made the namespace {name} in {NAMESPACE_S:.0f} s", cluster.context,
                "is its profile controller running? the same command goes on",
            )  # fmt: skip
        clock.sleep(1.0)


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = deepcopy(dict(base))
    for key, value in change.items():
        there = merged.get(key)
        merged[key] = _merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else deepcopy(value)
    return merged

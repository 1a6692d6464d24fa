"""What the projects of a cluster use now, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import names
from .client import Cluster
from .status import Observation, State, step


@dataclass(frozen=True, slots=True)
class Usage:
    """One line of the list."""

    name: str
    stage: str
    cpu: tuple[float, float]
    """Cores: used, of so many."""
    memory_gib: tuple[float, float]
    jobs: tuple[int, int]
    """RayJobs that have not ended, of all that are kept."""
    cost_30d: float | None
    """None: not known."""


def usages(cluster: Cluster, costs: Callable[[], Mapping[str, float]] | None = None) -> list[Usage]:
    """All projects of a cluster, by name, with what they use now; ``costs`` by namespace over thirty days."""
    spaces = cluster.list_all("v1", "Namespace", selector=names.PROJECT)
    known = None if costs is None else costs()
    return [_usage(cluster, space, known) for space in sorted(spaces, key=lambda space: space["metadata"]["name"])]


def _usage(cluster: Cluster, space: Mapping[str, Any], costs: Mapping[str, float] | None) -> Usage:
    name = space["metadata"]["name"]
    quotas = [
        {"hard": q["spec"].get("hard"), **(q.get("status") or {})}
        for q in cluster.list_all("v1", "ResourceQuota", name)
        if q["metadata"]["name"] == "clinval"
    ]
    jobs = cluster.list_all(names.API, names.KIND, name)
    under_way = [job for job in jobs if not step(State(), Observation.of(job)).phase.is_end]
    return Usage(
        name=name,
        stage=space["metadata"]["labels"].get(names.STAGE, ""),
        cpu=_pair(quotas, "requests.cpu", 1),
        memory_gib=_pair(quotas, "requests.memory", 2**30),
        jobs=(len(under_way), len(jobs)),
        cost_30d=None if costs is None else costs.get(name, 0.0),
    )


def _pair(quotas: Iterable[Mapping[str, Any]], resource: str, unit: int) -> tuple[float, float]:
    from kubernetes.utils.quantity import parse_quantity

    for status in quotas:
        used, hard = (str((status.get(part) or {}).get(resource, "0")) for part in ("used", "hard"))
        return float(parse_quantity(used)) / unit, float(parse_quantity(hard)) / unit
    return 0.0, 0.0

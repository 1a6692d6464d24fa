"""Why the pods of a job do not run, in a line each: what ``kubectl describe`` would have been asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 300
_COMING = ("ContainerCreating", "PodInitializing")


def troubles(pods: Iterable[Mapping[str, Any]]) -> list[str]:
    """Reasons with the number of pods that have them, the commonest first."""
    found = Counter(reason for pod in pods for reason in _reasons(pod))
    return [
        f"{n} pod{'s' if n > 1 else ''}: {reason}" for reason, n in sorted(found.items(), key=lambda e: (-e[1], e[0]))
    ]


def _reasons(pod: Mapping[str, Any]) -> set[str]:
    """Each reason once a pod."""
    status = pod.get("status") or {}
    reasons = set()
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            reasons.add(f"not scheduled: {condition.get('message') or condition.get('reason')}"[:LONGEST])
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    for container in containers:
        state = container.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
        before = (container.get("lastState") or {}).get("terminated") or {}
        name = container.get("name")
        if waiting and waiting.get("reason") not in _COMING:
            reasons.add(f"{name} {waiting.get('reason')}: {waiting.get('message', '')}".rstrip(": ")[:LONGEST])
        for end in (ended, before):
            if end and end.get("exitCode"):
                reasons.add(f"{name} ended with {end['exitCode']} ({end.get('reason', 'Error')})")
    return reasons

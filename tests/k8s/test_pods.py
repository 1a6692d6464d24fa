"""Why pods do not run, in a line each."""

from __future__ import annotations

from typing import Any

from k8s.pods import LONGEST, troubles


def pod(
    *containers: dict[str, Any], scheduled: str = "True", init: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": scheduled, "message": "0/3 nodes are available"}
    return {"status": {"conditions": [condition], "containerStatuses": list(containers), "initContainerStatuses": init}}


def test_reasons_with_their_numbers_the_commonest_first() -> None:
    pull = {"name": "ray-worker", "state": {"waiting": {"reason": "ErrImagePull", "message": "x" * 999}}}
    coming = {"name": "ray-worker", "state": {"waiting": {"reason": "PodInitializing"}}}
    killed = {
        "name": "ray-head",
        "state": {"running": {}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }
    ended = {"name": "ray-head", "state": {"terminated": {"exitCode": 0}}}
    found = troubles([pod(pull), pod(pull), pod(killed), pod(coming), pod(ended), pod(scheduled="False"), {}])
    assert found[0].startswith("2 pods: ray-worker ErrImagePull: xxx")
    assert len(found[0]) <= LONGEST + len("2 pods: ")
    assert found[1:] == ["1 pod: not scheduled: 0/3 nodes are available", "1 pod: ray-head ended with 137 (OOMKilled)"]


def test_an_init_container_counts_too() -> None:
    waiting = {"name": "wait-gcs-ready", "state": {"waiting": {"reason": "CreateContainerConfigError"}}}
    assert troubles([pod(init=[waiting])]) == ["1 pod: wait-gcs-ready CreateContainerConfigError"]

"""The admission policy's own expressions, evaluated: what we send is let in, each thing forbidden is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s.expand import rayjob
from k8s.spec import read_spec
from tests.k8s.conftest import SHORT
from tests.k8s.test_rules import CHANGES, Change

POLICY = Path(__file__).parents[2] / "k8s" / "manifests" / "cluster" / "admission.yaml"
LIMITS = {"data": {"maxActiveDeadlineSeconds": "1800", "priorityClasses": "clinval-pr"}}
BY_CODE = {
    "MODE": "submissionMode", "DEADLINE": "DeadlineSeconds", "BACKOFF": "backoffLimit",
    "SHUTDOWN": "shutdownAfterJobFinishes", "CLUSTER": "rayClusterSpec must be there",
    "AUTH": "authOptions", "AUTOSCALING": "enableInTreeAutoscaling",
    "IMAGE": "digest", "TOKEN": "automountServiceAccountToken", "QUEUE": "queue-name",
}  # fmt: skip
"""The policy bounds what a project may do; the rest of the rules is about what KubeRay would make of it."""


def is_bounded(code: str, change: Change) -> bool:
    """Not what KubeRay itself does nothing about, nor what the CRD's schema refuses before any policy."""
    job = rayjob(read_spec(None, SHORT))
    change(job)
    schema_refuses = job["spec"].get("preRunningDeadlineSeconds") is True
    return code in BY_CODE and "submitterPodTemplate" not in job["spec"] and not schema_refuses


def refusals(job: dict[str, Any]) -> list[str]:
    celpy = pytest.importorskip("celpy", reason="no cel-python here to evaluate the policy with")
    spec = next(iter(yaml.safe_load_all(POLICY.read_text("utf-8"))))["spec"]
    environment = celpy.Environment()
    known = {"object": celpy.json_to_cel(job), "params": celpy.json_to_cel(LIMITS)}
    variables = celpy.celtypes.MapType()
    for one in spec["variables"]:
        program = environment.program(environment.compile(one["expression"]))
        variables[celpy.celtypes.StringType(one["name"])] = program.evaluate(known)
    known["variables"] = variables
    found = []
    for rule in spec["validations"]:
        # Kubernetes knows split(); cel-python does not, and one class a namespace is the usual case.
        text = re.sub(
            r"params\.data\.priorityClasses\.split\(','\)", "[params.data.priorityClasses]", rule["expression"]
        )
        try:
            passed = bool(environment.program(environment.compile(text)).evaluate(known))
        except celpy.CELEvalError:
            passed = False  # failurePolicy: Fail
        if not passed:
            found.append(rule.get("message") or rule["messageExpression"])
    return found


@pytest.mark.parametrize("capacity", ["spot", "any"])
def test_what_we_send_is_let_in(capacity: str) -> None:
    assert refusals(rayjob(read_spec(None, {**SHORT, "capacity": capacity}))) == []


@pytest.mark.parametrize(("code", "change"), [pair for pair in CHANGES if is_bounded(*pair)])
def test_what_is_forbidden_is_refused_by_its_message(code: str, change: Change) -> None:
    job = rayjob(read_spec(None, SHORT))
    change(job)
    assert any(BY_CODE[code] in message for message in refusals(job))


def test_no_init_container_is_by_a_tag_and_none_by_a_digest_is_refused() -> None:
    job = rayjob(read_spec(None, SHORT))
    for group in (job["spec"]["rayClusterSpec"]["headGroupSpec"], *job["spec"]["rayClusterSpec"]["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        pod["initContainers"] = [{"name": "first", "image": pod["containers"][0]["image"]}]
        assert refusals(job) == []
        pod["initContainers"] = [{"name": "first", "image": "busybox:latest"}]
        assert any("digest" in message for message in refusals(job))
        del pod["initContainers"]


def test_a_stage_has_no_other_stages_priority_nor_time() -> None:
    assert any("priority-class" in m for m in refusals(rayjob(read_spec(None, {**SHORT, "stage": "nightly"}))))
    assert any("activeDeadlineSeconds" in m for m in refusals(rayjob(read_spec(None, {**SHORT, "budget": "31m"}))))

"""The manifests as a cluster would take them: built by kustomize, checked strictly, and agreeing with the code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s import cost, names
from k8s.expand import HEAD_GRACE_S, rayjob
from k8s.project import PIPELINES
from k8s.sizes import load_sizes
from k8s.spec import read_spec
from k8s.yaml import read_yaml
from tests.k8s.conftest import SHORT

MANIFESTS = Path(__file__).parents[2] / "k8s" / "manifests"
OVERLAYS = ("pr", "nightly", "release")
VERSIONS = ("1.30", "1.32", "1.34", "1.37")
"""Of Kubernetes: the oldest that has admission policies as they are here, up to the newest that is known."""
BUILT = ("cluster", "flux", "kubeflow", "base", *(f"overlays/{name}" for name in OVERLAYS))
NEEDS_OTHERS = ("kueue", "istio", "external-secrets", "monitoring.coreos", "fluxcd", "gateway.networking", "kubeflow")


@cache
def built(name: str) -> list[dict[str, Any]]:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl here to run kustomize with")
    done = subprocess.run(["kubectl", "kustomize", MANIFESTS / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return list(yaml.safe_load_all(done.stdout))


def of(name: str, kind: str) -> Iterator[dict[str, Any]]:
    return (obj for obj in built(name) if obj["kind"] == kind)


@pytest.mark.parametrize("name", BUILT)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_kubernetes_takes(name: str, version: str) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    unknown = []
    for obj in built(name):
        try:
            validate.validate(obj, version, strict=True)
        except validate.SchemaNotFoundError:
            unknown.append(obj["apiVersion"])
    assert all(any(other in api for other in NEEDS_OTHERS) for api in unknown), unknown
    if name not in ("flux", "kubeflow"):
        assert len(unknown) < len(built(name))


def test_a_misspelt_field_would_be_found() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    policy = next(of("base", "NetworkPolicy"))
    with pytest.raises(validate.ValidationError):
        validate.validate({**policy, "spec": {**policy["spec"], "egres": []}}, "1.32", strict=True)


@pytest.mark.parametrize("stage", OVERLAYS)
def test_a_stage_is_one_namespace_and_all_that_follows(stage: str) -> None:
    objects = built(f"overlays/{stage}")
    space = f"clinval-{stage}"
    (namespace,) = (obj for obj in objects if obj["kind"] == "Namespace")
    assert namespace["metadata"]["name"] == space
    assert namespace["metadata"]["labels"]["istio.io/dataplane-mode"] == "ambient"
    assert {obj["metadata"].get("namespace") for obj in objects if obj is not namespace} == {space}
    assert all(obj["metadata"]["labels"][names.PROJECT] == space for obj in objects)
    assert not re.search(r"\bnamespaces?: ?\[?\"?clinval\"?\]?$", yaml.safe_dump(objects), re.MULTILINE)
    by_name = {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}
    inside = by_name["AuthorizationPolicy", "clinval-inside"]
    assert inside["spec"]["rules"][0]["from"][0]["source"]["namespaces"] == [space]
    assert by_name["SecretStore", "clinval-vault"]["spec"]["provider"]["vault"]["auth"]["kubernetes"]["role"] == space
    key = by_name["ExternalSecret", names.OBJECT_STORE_SECRET]["spec"]["dataFrom"][0]["extract"]["key"]
    assert key == f"clinval/{space}/object-store"
    assert by_name["RoleBinding", "clinval-members"]["subjects"][0]["name"] == space


@pytest.mark.parametrize("stage", OVERLAYS)
def test_the_namespace_has_what_a_job_names(stage: str) -> None:
    found = {(obj["kind"], obj["metadata"]["name"]) for obj in built(f"overlays/{stage}")}
    assert found >= {
        ("ServiceAccount", names.SERVICE_ACCOUNT),
        ("LocalQueue", names.QUEUE),
        ("PersistentVolumeClaim", names.SHARED_VOLUME),
        ("ExternalSecret", names.OBJECT_STORE_SECRET),
        ("ConfigMap", "clinval-limits"),
    }


def test_a_job_of_each_size_fits_the_queue_and_some_stage() -> None:
    (queue,) = of("cluster", "ClusterQueue")
    (group,) = queue["spec"]["resourceGroups"]
    flavors = {
        flavor["name"]: {r["name"]: r["nominalQuota"] for r in flavor["resources"]} for flavor in group["flavors"]
    }
    hard = {stage: next(of(f"overlays/{stage}", "ResourceQuota"))["spec"]["hard"] for stage in OVERLAYS}
    for name, size in load_sizes().sizes.items():
        assert size.head.cpu <= int(flavors["clinval-on-demand"]["cpu"]), name
        assert size.cores <= int(flavors["clinval-spot"]["cpu"]), name
        assert any(size.cores + size.head.cpu <= int(h["limits.cpu"]) for h in hard.values()), name
    asked = rayjob(read_spec(None, SHORT))["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    assert set(asked["containers"][0]["resources"]["requests"]) == set(group["coveredResources"])


def test_flavors_are_the_machines_that_pods_ask_for() -> None:
    flavors = {f["metadata"]["name"]: f["spec"] for f in of("cluster", "ResourceFlavor")}
    job = rayjob(read_spec(None, SHORT))["spec"]["rayClusterSpec"]
    head, workers = job["headGroupSpec"]["template"]["spec"], job["workerGroupSpecs"][0]["template"]["spec"]
    assert flavors["clinval-on-demand"]["nodeLabels"] == head["nodeSelector"]
    assert flavors["clinval-spot"]["nodeLabels"] == workers["nodeSelector"]
    assert flavors["clinval-spot"]["tolerations"] == workers["tolerations"]


def test_the_largest_pod_is_within_the_limits_of_a_container() -> None:
    (limits,) = of("base", "LimitRange")
    most = limits["spec"]["limits"][0]["max"]
    for size in load_sizes().sizes.values():
        for machine in (size.head, size.worker):
            assert machine.cpu <= int(most["cpu"])
            assert machine.memory_gib <= int(most["memory"].removesuffix("Gi"))
            assert machine.scratch_gib <= int(most["ephemeral-storage"].removesuffix("Gi"))


def test_nothing_goes_in_or_out_but_what_ray_needs() -> None:
    policies = {p["metadata"]["name"]: p["spec"] for p in of("base", "NetworkPolicy")}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (store,) = policies["object-store"]["egress"]
    assert "169.254.0.0/16" in store["to"][0]["ipBlock"]["except"], "never the metadata service"
    job = rayjob(read_spec(None, SHORT))["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    ports = {port["name"]: port["containerPort"] for port in job["containers"][0]["ports"]}
    assert policies["operator-to-head"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": ports["dashboard"]}]
    assert policies["metrics"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": ports["metrics"]}]
    assert HEAD_GRACE_S > 30


def test_the_dashboard_shows_what_the_issue_asks_for() -> None:
    dashboard = json.loads((MANIFESTS / "monitoring" / "dashboard.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    for series in ("cases_per_second", "shards_late", "retries", "seconds_to_budget", "run_cost_per_hour"):
        assert series in asked
    (config,) = (o for o in of("overlays/pr", "ConfigMap") if o["metadata"]["name"] == "clinval-dashboard")
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["dashboard.json"]) == dashboard


def test_the_series_are_those_that_the_driver_reports() -> None:
    driver = "\n".join(
        path.read_text("utf-8") for path in (MANIFESTS.parents[1] / "validation" / "executors").rglob("*.py")
    )
    text = "\n".join(path.read_text("utf-8") for path in (MANIFESTS / "monitoring").iterdir())
    used = set(re.findall(r"\bray_(clinval_\w+)", text))
    assert used
    assert used == set(re.findall(r'"(clinval_\w+)":', driver))  # Nothing is reported that nobody is shown.
    recorded = set(re.findall(r"record: (\S+)", text + (MANIFESTS / "cost" / "rules.yaml").read_text("utf-8")))
    assert set(re.findall(r"\bclinval:\w+", text)) <= recorded


def test_the_cost_is_asked_for_by_the_label_that_pods_carry() -> None:
    assert f"label_{cost.LABEL}" in (MANIFESTS / "cost" / "rules.yaml").read_text("utf-8")
    assert cost.LABEL in (MANIFESTS / "monitoring" / "rules.yaml").read_text("utf-8")
    (monitor,) = of("overlays/pr", "PodMonitor")
    assert names.RUN in monitor["spec"]["podTargetLabels"]


def test_flux_builds_what_is_there_in_its_order() -> None:
    stages = {obj["metadata"]["name"]: obj["spec"] for obj in built("flux")}
    assert set(stages) == {"clinval-cluster", *(f"clinval-{name}" for name in OVERLAYS)}
    for name, spec in stages.items():
        assert (MANIFESTS.parents[1] / spec["path"] / "kustomization.yaml").is_file()
        assert name == "clinval-cluster" or spec["dependsOn"] == [{"name": "clinval-cluster"}]
        there = {(obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace")) for obj in _all_of(spec)}
        for health in spec.get("healthChecks", ()):
            assert (health["kind"], health["name"], health["namespace"]) in there


def _all_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return built(str(Path(spec["path"]).relative_to("k8s/manifests")))


@pytest.mark.parametrize("stage", OVERLAYS)
def test_what_the_volume_holds_outlives_a_mistake_in_git(stage: str) -> None:
    for kind in ("Namespace", "PersistentVolumeClaim"):
        (kept,) = of(f"overlays/{stage}", kind)
        assert kept["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"


def test_a_pipeline_reaches_the_api_server_though_all_else_is_denied() -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    (policy,) = read_yaml(PIPELINES)
    validate(policy, "1.32", strict=True)
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule.get("ports", ())}
    assert ports == {443, 6443}

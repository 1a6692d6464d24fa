"""The expander: golden files, the CRD's schema, and what follows from a change of the short file."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from k8s import names
from k8s.expand import rayjob
from k8s.rules import check
from k8s.sizes import load_sizes
from k8s.spec import JobSpec, read_spec
from k8s.yaml import as_yaml
from tests.k8s import crd
from tests.k8s.conftest import SHORT
from validation.cli.run import app as run_app

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "pr_small": {},
    "nightly_large_shared": {
        "size": "cpu_large", "stage": "nightly", "budget": "1h", "cases": "/data/cases.parquet", "name": "nightly-full",
        "arguments": ["--unlisted", "absent", "-k", "sex == 'female'"],
    },
    "release_on_demand": {"stage": "release", "size": "cpu_medium", "capacity": "on_demand", "project": "team-a"},
    "any_machine": {"capacity": "any", "out": "/data/runs"},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    """``REGOLD=1 pytest`` writes them anew; the diff is then to be read."""
    job = rayjob(read_spec(None, {**SHORT, **CASES[name]}))
    path = GOLDEN / f"{name}.yaml"
    if os.environ.get("REGOLD"):
        path.write_text(as_yaml([job]), "utf-8")
    assert as_yaml([job]) == path.read_text("utf-8")
    assert yaml.safe_load(path.read_text("utf-8")) == job, "nothing is lost in YAML"


specs = st.builds(
    lambda size, stage, capacity, model, out, arguments: read_spec(
        None,
        {
            **SHORT,
            "size": size,
            "stage": stage,
            "capacity": capacity,
            "model": model,
            "out": out,
            "arguments": arguments,
        },
    ),
    st.sampled_from(sorted(load_sizes().sizes)),
    st.sampled_from(names.STAGES),
    st.sampled_from(["spot", "on_demand", "any"]),
    st.sampled_from(["model/networks/starter", "/data/a model", "netz ü; rm -rf"]),
    st.sampled_from(["s3://bucket/runs?region=x&a=b", "/data/runs"]),
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=3),
)


@given(specs)
def test_whatever_is_asked_for_is_a_job_that_kuberay_runs(spec: JobSpec) -> None:
    job = rayjob(spec)
    assert check(job) == []
    assert len(job["metadata"]["name"]) <= names.LONGEST_JOB_NAME
    words = shlex.split(job["spec"]["entrypoint"])
    assert words[:2] == ["clinval", "run"]
    assert words[words.index("--out") + 1] == spec.out, "no shell reads any of it"
    assert tuple(words[len(words) - len(spec.arguments) :]) == spec.arguments


@pytest.mark.parametrize("name", CASES)
def test_the_entrypoint_is_a_command_that_there_is(name: str) -> None:
    words = shlex.split(rayjob(read_spec(None, {**SHORT, **CASES[name]}))["spec"]["entrypoint"])
    with get_command(run_app).make_context("run", words[2:]) as context:
        given = context.params
    assert given["executor"] == "ray"
    assert given["address"] == "auto"
    assert given["evaluated_is_success"] is True


@pytest.mark.parametrize("name", CASES)
def test_the_crds_own_schema_unknown_properties_forbidden(name: str) -> None:
    crd.need_crd()
    assert crd.errors(rayjob(read_spec(None, {**SHORT, **CASES[name]}))) == []


def test_the_schema_finds_a_misspelt_field(spec: JobSpec) -> None:
    crd.need_crd()
    job = rayjob(spec)
    job["spec"]["activeDeadlineSecond"] = 3
    job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["hostNetwrk"] = True
    assert len(crd.errors(job)) == 2


def test_each_pod_is_one_that_the_cluster_takes(spec: JobSpec) -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    cluster = rayjob(spec)["spec"]["rayClusterSpec"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = {"apiVersion": "v1", "kind": "Pod", **group["template"]}
        pod["metadata"] = {**pod["metadata"], "name": "p"}
        validate(pod, "1.32", strict=True)


def test_the_name_follows_from_what_is_asked_for(short: dict[str, Any]) -> None:
    def name(**changed: Any) -> str:
        return str(rayjob(read_spec(None, {**short, **changed}))["metadata"]["name"])

    assert name() == name()
    assert re.fullmatch(r"clinval-pr-[0-9a-f]{12}", name())
    changes: list[dict[str, Any]] = [
        {"budget": "21m"},
        {"cases": "c"},
        {"stage": "nightly"},
        {"arguments": ["-k", "x"]},
    ]
    others = [name(**change) for change in changes]
    assert len({name(), *others}) == 1 + len(changes)


def test_the_run_is_named_on_every_pod_for_metrics_and_cost(spec: JobSpec) -> None:
    job = rayjob(spec)
    cluster = job["spec"]["rayClusterSpec"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        assert group["template"]["metadata"]["labels"][names.RUN] == job["metadata"]["name"]
        env = {e["name"]: e["value"] for e in group["template"]["spec"]["containers"][0]["env"]}
        assert env["CLINVAL_RUN"] == job["metadata"]["name"]
        assert env["HOME"] in {m["mountPath"] for m in group["template"]["spec"]["containers"][0]["volumeMounts"]}


def test_a_pr_goes_before_a_nightly(short: dict[str, Any]) -> None:
    manifests = Path(__file__).parents[2] / "k8s" / "manifests"
    values = {
        d["metadata"]["name"]: d["value"]
        for d in yaml.safe_load_all((manifests / "cluster" / "priorities.yaml").read_text("utf-8"))
    }
    classes = [
        rayjob(read_spec(None, {**short, "stage": s}))["metadata"]["labels"][names.PRIORITY_LABEL] for s in names.STAGES
    ]
    assert set(classes) == set(values)
    assert values["clinval-pr"] > values["clinval-release"] > values["clinval-nightly"]

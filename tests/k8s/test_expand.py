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
from reports.cli.check import app as check_app
from tests.k8s import crd
from tests.k8s.conftest import SHORT
from tests.k8s.test_manifests import VERSIONS
from validation.cli.run import app as run_app

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "pr_small": {},
    "nightly_large_shared": {
        "size": "cpu_large",
        "stage": "nightly",
        "budget": "1h",
        "cases": "/data/cases.parquet",
        "name": "nightly-full",
        "arguments": ["--unlisted", "absent", "-k", "sex == 'female'"],
    },
    "release_on_demand": {"stage": "release", "size": "cpu_medium", "capacity": "on_demand", "project": "team-a"},
    "any_machine": {"capacity": "any", "out": "/data/runs"},
    "xlarge_from_addresses": {
        "size": "cpu_xlarge",
        "stage": "release",
        "budget": "2h",
        "out": "gs://clinval-runs/release",
        "model": "s3://clinval-models/starter?region=eu-central-1",
        "cases": "s3://clinval-cases/all.parquet",
    },
    "check_pr": {
        "kind": "check",
        "base": "s3://clinval-models/main/starter",
        "candidate": "model/networks/starter",
        "out": "s3://clinval-runs/pr?region=eu-central-1",
    },
}
APPS = {"run": run_app, "check": check_app}


def spec_of(name: str) -> JobSpec:
    asked = {**SHORT, **CASES[name]}
    return read_spec(None, {key: value for key, value in asked.items() if key != "model" or "kind" not in asked})


def test_each_size_has_a_golden_file() -> None:
    assert {spec_of(name).size for name in CASES} == set(load_sizes().sizes)
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    """``REGOLD=1 pytest`` writes them anew; the diff is then to be read."""
    job = rayjob(spec_of(name))
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
    st.sampled_from(["s3://bucket/runs?region=x&scheme=https", "/data/runs"]),
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
    words = shlex.split(rayjob(spec_of(name))["spec"]["entrypoint"])
    with get_command(APPS[words[1]]).make_context(words[1], words[2:]) as context:
        given = context.params
    assert given["executor"] == "ray"
    assert given["address"] == "auto"
    assert given["evaluated_is_success"] is True


def test_the_reports_of_a_check_are_by_its_name_beside_the_runs() -> None:
    job = rayjob(spec_of("check_pr"))
    words = shlex.split(job["spec"]["entrypoint"])
    given = dict(zip(words[2::2], words[3::2], strict=False))
    assert given["--runs"] == "s3://clinval-runs/pr?region=eu-central-1"
    assert given["--out"] == f"s3://clinval-runs/pr/checks/{job['metadata']['name']}?region=eu-central-1"
    assert (given["--base"], given["--candidate"]) == (
        "s3://clinval-models/main/starter",
        f"{names.APP}/model/networks/starter",
    )
    assert given["--rules"] == f"{names.APP}/gate.toml"
    shared = read_spec(
        None, {**SHORT, "model": None, "kind": "check", "base": "/data/m", "candidate": "m", "out": "/data/r"}
    )
    assert f"--out /data/r/checks/{rayjob(shared)['metadata']['name']} " in rayjob(shared)["spec"]["entrypoint"]


@pytest.mark.parametrize("size", load_sizes().sizes)
@pytest.mark.parametrize("stage", names.STAGES)
def test_the_crds_own_schema_unknown_properties_forbidden(size: str, stage: str) -> None:
    crd.need_crd()
    for capacity, out in (("spot", SHORT["out"]), ("on_demand", "/data/runs"), ("any", SHORT["out"])):
        asked = {**SHORT, "size": size, "stage": stage, "capacity": capacity, "out": out}
        assert crd.errors(rayjob(read_spec(None, asked))) == []


def test_the_schema_finds_a_misspelt_field(spec: JobSpec) -> None:
    crd.need_crd()
    job = rayjob(spec)
    job["spec"]["activeDeadlineSecond"] = 3
    job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["hostNetwrk"] = True
    assert len(crd.errors(job)) == 2


@pytest.mark.parametrize("name", CASES)
def test_each_pod_is_one_that_the_cluster_takes(name: str) -> None:
    validate = pytest.importorskip("kubernetes_validate").validate
    cluster = rayjob(spec_of(name))["spec"]["rayClusterSpec"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = {"apiVersion": "v1", "kind": "Pod", **group["template"]}
        pod["metadata"] = {**pod["metadata"], "name": "p"}
        for version in VERSIONS:
            validate(pod, version, strict=True)


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

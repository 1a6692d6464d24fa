"""``clinval check`` on a cluster of three nodes, as a job does it: directories, and no repository anywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.validation.shell import COMMAND, ROOT, environment
from validation.executors.ray.cluster import library
from validation.results import Run
from validation.runner import run
from validation.verification import verify

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the cluster's packages are not installed: make .venv/.test"),
]


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A head without processors for us, and three nodes with one each."""
    library()
    from ray.cluster_utils import Cluster

    memory = 100 * 2**20
    head = {"num_cpus": 0, "object_store_memory": memory, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(3):
        made.add_node(num_cpus=1, object_store_memory=memory)
    yield made
    made.shutdown()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A base, a candidate that asks nothing, and cases."""
    for name in ("base", "candidate"):
        shutil.copytree(ROOT / "model/networks/starter", tmp_path / name)
    policy = tmp_path / "candidate" / "policy.toml"
    kept = [line for line in policy.read_text().splitlines() if not line.startswith(("max_q", "min_q"))]
    nothing = "\n".join(kept).replace("[stopping]", "[stopping]\nmax_questions = 0\nmin_questions = 0")
    policy.write_text(nothing + "\n")
    shutil.copytree(ROOT / "cases/corpora/starter", tmp_path / "cards")
    return tmp_path


def test_base_and_candidate_on_three_nodes_are_the_runs_of_this_machine(cluster: Any, place: Path) -> None:
    words = ["check", "--base", place / "base", "--candidate", place / "candidate", "--model", place / "candidate"]
    words += ["--cases", place / "cards", "-k", "", "--rules", ROOT / "gate.toml", "--no-blame", "--format", "json"]
    words += ["--executor", "ray", "--address", cluster.address, "--out", "reports", "--evaluated-is-success"]
    told = subprocess.run(
        [*COMMAND, *map(str, words)], cwd=place, capture_output=True, text=True, check=False, timeout=200,
        env=environment(HOME=str(place)),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    (record,) = json.loads(told.stdout)
    assert record["verdict"]["status"] == "fail", "a regression is a verdict, not a failure of the job"
    assert {path.name for path in (place / "reports").iterdir()} == {
        "report.html", "comment.md", "junit.xml", "diff.json",
    }  # fmt: skip
    stored = [Run.open(path.parent) for path in (place / "runs").glob("*/manifest.json")]
    assert {(one.manifest.executor, one.manifest.workers) for one in stored} == {("ray", 3)}
    there = {one.manifest.plan.policy.digest: one for one in stored}
    for name in ("base", "candidate"):
        here = run(place / name, place / "cards", runs=place / "here", workers=1)
        same = there.pop(here.manifest.plan.policy.digest)
        assert not verify(same.path)
        assert same.manifest.results_sha256 == here.manifest.results_sha256
        assert same.table.equals(here.table)
    assert not there

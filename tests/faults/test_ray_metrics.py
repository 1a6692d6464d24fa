"""The driver's figures, asked for over HTTP as Prometheus does, from the exporter of a real Ray."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.validation.shell import ROOT
from validation.executors.ray.metrics import HELP

EXPORTER = ("prometheus_client", "opencensus", "aiohttp_cors", "grpc")
"""Without these Ray has no agent: `ray[default]`, as in the image, is more than `ray`, as on a laptop.
The dashboard itself is not needed."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the cluster's packages are not installed: make .venv/.test"),
    pytest.mark.skipif(
        any(find_spec(name) is None for name in EXPORTER),
        reason="Ray's exporter is not installed: pip install 'ray[default]', or requirements/image.lock",
    ),
]

SCRIPT = """
import sys, time, urllib.request
import ray
from model.policy.config import DEFAULT_POLICY
from tests.validation import synthetic
from validation.deadline import Deadline
from validation.executors import Work
from validation.executors.ray import RayExecutor
from validation.replay import ReplayOptions

port = int(sys.argv[1])
ray.init(
    address="local", num_cpus=1, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False,
    logging_level="ERROR", _metrics_export_port=port,
)
network = synthetic.network()
cards = synthetic.cards(network, 12)
parts = list(RayExecutor(1, shard_s=None).run(Work(network, DEFAULT_POLICY, ReplayOptions()), [cards], Deadline(1200)))
for _ in range(300):  # the agent is told now and then
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    if "clinval" in text:
        break
    time.sleep(0.2)
print(text)
"""


def test_every_gauge_can_be_asked_for_over_http() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(port)], cwd=ROOT, capture_output=True, text=True, timeout=200, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_metrics_report_interval_ms": "500"},
    )  # fmt: skip
    found = dict(re.findall(r"^ray_(clinval_\w+)\{.*\} (\S+)$", told.stdout, re.MULTILINE))
    assert found.keys() == HELP.keys()
    assert (float(found["clinval_cases_total"]), float(found["clinval_cases_done"])) == (12, 12)
    assert 1000 < float(found["clinval_seconds_to_budget"]) <= 1200
    assert float(found["clinval_worker_deaths"]) == 0

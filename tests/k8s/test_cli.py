"""``clinval submit`` and ``clinval project`` as processes, with a kubeconfig, against a server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s.expand import rayjob
from k8s.spec import JobSpec
from tests.k8s.acting import DONE, RUNNING, STARTING, Acting, path_of
from tests.k8s.api_server import ApiServer
from tests.k8s.conftest import SHORT

OPTIONS = [word for key, value in SHORT.items() for word in (f"--{key}", value)]


def command(verb: str, *arguments: str) -> list[str]:
    code = f"from typer.main import get_command; from k8s.cli.{verb} import app; get_command(app)()"
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def environment(server: ApiServer, tmp_path: Path) -> dict[str, str]:
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "users": [{"name": "me", "user": {"token": "t"}}],
        "clusters": [{"name": "c", "cluster": {"server": server.url}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "me"}} for name in ("here", "there")],
    }  # fmt: skip
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return {**os.environ, "KUBECONFIG": str(path), "PYTHONPATH": str(Path(__file__).parents[2])}


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(arguments, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_submit_to_its_end(server: ApiServer, spec: JobSpec, environment: dict[str, str]) -> None:
    with Acting(server, path_of(rayjob(spec)), [STARTING, RUNNING, DONE]):
        process = start(command("submit", *OPTIONS, "--format", "json"), environment)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    record: dict[str, Any] = json.loads(out)
    assert (record["phase"], record["exit_code"]) == ("succeeded", 0)
    assert "4 cores, at most " in err
    assert [line for line in err.splitlines() if line in ("sent", "starting", "running", "succeeded")][
        -1
    ] == "succeeded"


def test_ctrl_c_deletes_the_job(server: ApiServer, spec: JobSpec, environment: dict[str, str]) -> None:
    path = path_of(rayjob(spec))
    with Acting(server, path, [RUNNING]):
        process = start(command("submit", *OPTIONS), environment)
        until = time.monotonic() + 30
        while time.monotonic() < until and (server.objects.get(path) or {}).get("status") is None:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert path not in server.objects
    assert "is deleted" in err


def test_print_sends_nothing_and_needs_no_cluster(spec: JobSpec, environment: dict[str, str]) -> None:
    environment["KUBECONFIG"] = "/nowhere"
    done = subprocess.run(
        command("submit", *OPTIONS, "--print"), env=environment, capture_output=True, text=True, check=True
    )
    assert yaml.safe_load(done.stdout) == rayjob(spec)


def test_project_create_twice_then_list(server: ApiServer, environment: dict[str, str]) -> None:
    server.missing_kinds.add("Profile")
    arguments = command("project", "create", "team-a", "--member", "team-a", "--format", "plain")
    first, second = (
        subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert first[0].split() == ["made", "Namespace", "team-a"]
    assert second[-1] == "project team-a: no changes"
    listed = subprocess.run(
        command("project", "list", "--format", "plain"), env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert listed[1].split("\t")[:2] == ["team-a", "pr"]
    assert listed[1].endswith("not known")

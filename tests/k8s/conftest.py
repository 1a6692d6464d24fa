"""A cluster that is an HTTP server in this process, and a job to send to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from k8s.client import Cluster
from k8s.spec import JobSpec, read_spec
from tests.k8s.api_server import ApiServer, serving

IMAGE = "registry.example/clinval@sha256:" + "0123456789abcdef" * 4
SHORT = {
    "size": "cpu_small",
    "model": "model/networks/starter",
    "cases": "cases/corpora/starter",
    "out": "s3://clinval-runs/pr",
    "image": IMAGE,
}


@pytest.fixture
def short() -> dict[str, Any]:
    return dict(SHORT)


@pytest.fixture
def spec() -> JobSpec:
    return read_spec(None, SHORT)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[..., Cluster]]:
    from kubernetes import client

    opened = []

    def to(server: ApiServer, context: str = "here") -> Cluster:
        settings = client.Configuration(host=server.url)
        settings.retries = False
        opened.append(client.ApiClient(settings))
        return Cluster(context, opened[-1])

    yield to
    for api_client in opened:
        api_client.rest_client.pool_manager.clear()

"""A cluster of three nodes on this machine, and machines that go away: I1 and I2 hold."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from model.policy.config import DEFAULT_POLICY
from tests.faults.work import FaultyWork
from tests.validation import synthetic
from validation.executors.incidents import in_words
from validation.executors.ray import RayExecutor
from validation.executors.ray.cluster import library
from validation.executors.ray.watching import Doing
from validation.executors.work import Player, Work
from validation.replay import ReplayOptions
from validation.store.directory import read_parquet

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the cluster's packages are not installed: make .venv/.test"),
]

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 120)


@pytest.fixture(scope="module")
def faultless() -> list[dict[str, Any]]:
    data = Player(Work(NETWORK, DEFAULT_POLICY, ReplayOptions())).play(CARDS)
    return sorted(read_parquet(data).to_pylist(), key=lambda row: str(row["case_id"]))


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A head without processors for us, and three nodes with one each."""
    library()
    from ray.cluster_utils import Cluster

    memory = 100 * 2**20
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "object_store_memory": memory, "include_dashboard": False},
    )
    made.extra = [made.add_node(num_cpus=1, object_store_memory=memory) for _ in range(3)]
    yield made
    made.shutdown()


def test_nodes_that_go_away_cost_their_shards_and_no_case(cluster: Any, faultless: list[dict[str, Any]]) -> None:
    nodes = list(cluster.extra)
    seen: set[str] = set()

    def remove(workers: Any) -> None:
        seen.update(worker.node for worker in workers if worker.node)
        playing = [worker for worker in workers if worker.doing is Doing.PLAYING]
        if len(playing) == 3 and len(nodes) == 3 and min(worker.shards_done for worker in playing) >= 1:
            cluster.remove_node(nodes.pop(), allow_graceful=False)

    executor = RayExecutor(address=cluster.address, shard_s=None, watcher=remove)
    assert executor.workers == 3, "as many as the cluster has processors"
    work = FaultyWork(NETWORK, DEFAULT_POLICY, ReplayOptions(), a_case_s=0.1)
    shards = [tuple(CARDS[start : start + 5]) for start in range(0, len(CARDS), 5)]
    parts = list(executor.run(work, shards, lambda: False))
    rows = [row for part in parts for row in read_parquet(part.data).to_pylist()]
    assert sorted(rows, key=lambda row: str(row["case_id"])) == faultless
    assert len(nodes) == 2, "no node was removed"
    assert len(seen) == 3
    assert executor.incidents.worker_deaths >= 1
    print(in_words(executor.incidents.to_dict()), "of", len(CARDS))
    assert executor.incidents.redone_cases <= 10

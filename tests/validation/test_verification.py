"""Whatever is changed in a finished run, ``verify`` finds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.validation import synthetic
from validation import run, verify
from validation.results import Run
from validation.store.directory import parquet_bytes, read_parquet
from validation.store.files import sha256

NETWORK = synthetic.network()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(NETWORK, synthetic.cards(NETWORK, 20), runs=tmp_path_factory.mktemp("runs"), workers=1, shard_size=10)


def edit_manifest(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads((path / "manifest.json").read_bytes())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def a_figure(path: Path) -> None:
    edit_manifest(path, lambda m: m["metrics"]["outcome"]["top_1"].update(value=1.0))


def the_results_digest(path: Path) -> None:
    edit_manifest(path, lambda m: m.update(results_sha256="0" * 64))


def the_network_digest(path: Path) -> None:
    edit_manifest(path, lambda m: m["plan"]["network"].update(digest="0" * 64))


def a_shard_gone(path: Path) -> None:
    next((path / "shards").iterdir()).unlink()


def a_shard_more(path: Path) -> None:
    shutil.copy(next((path / "shards").iterdir()), path / "shards" / "more.parquet")


def a_card(path: Path) -> None:
    (path / "cases.parquet").write_bytes((path / "cases.parquet").read_bytes()[:-1] + b"x")


def a_name(path: Path) -> None:
    (path / "model.json").write_text((path / "model.json").read_text().replace("Condition 1", "Condition 9"))


def a_rank_with_every_hash_made_to_fit(path: Path) -> None:
    shard = sorted((path / "shards").iterdir())[0]
    table = read_parquet(shard.read_bytes())
    rows = table.to_pylist()
    rows[0]["rank"] = rows[0]["rank_right"] = 7
    data = parquet_bytes(table.schema.empty_table().from_pylist(rows, table.schema))
    shard.write_bytes(data)

    def change(manifest: dict[str, Any]) -> None:
        next(entry for entry in manifest["shards"] if entry["name"] == shard.name)["sha256"] = sha256(data)

    edit_manifest(path, change)


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (a_figure, "E-VERIFY-FIGURE"),
        (the_results_digest, "E-VERIFY-RESULTS"),
        (the_network_digest, "E-VERIFY-PLAN"),
        (a_shard_gone, "E-VERIFY-MISSING"),
        (a_shard_more, "E-VERIFY-STRANGER"),
        (a_card, "E-VERIFY-HASH"),
        (a_name, "E-VERIFY-HASH"),
        (a_rank_with_every_hash_made_to_fit, "E-VERIFY-RESULTS"),
    ],
)
def test_tampering_is_found(finished: Run, tmp_path: Path, tamper: Callable[[Path], None], code: str) -> None:
    copy = tmp_path / finished.path.name
    shutil.copytree(finished.path, copy)
    assert verify(copy) == []
    tamper(copy)
    assert code in [problem.code for problem in verify(copy)]


def test_the_record_suffices_to_read_the_run_elsewhere(finished: Run, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(finished.path, copy)
    opened = Run.open(copy)
    assert opened.metrics().to_dict() == finished.manifest.metrics
    assert set(opened.cards) == set(opened.rows)
    assert opened.vocabulary == finished.vocabulary

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
from validation.store.digests import results_digest, run_key
from validation.store.directory import RunDirectory, parquet_bytes, read_parquet
from validation.store.files import sha256
from validation.store.manifest import Cost, Manifest, Plan
from validation.verification import verification_of

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


Change = Callable[[dict[str, Any]], None]


def resealed(path: Path, change: Change) -> None:
    """Edit manifest and plan alike and make every hash fit, the manifest's own included."""
    edit_manifest(path, change)
    manifest = json.loads((path / "manifest.json").read_bytes())
    plan = Plan.model_validate(manifest["plan"]).to_bytes()
    (path / "plan.json").write_bytes(plan)
    if "plan.json" in manifest["files"]:
        manifest["files"]["plan.json"] = sha256(plan)
    (path / "manifest.json").write_bytes(Manifest.model_validate(manifest).sealed().to_bytes())


def incomplete(manifest: dict[str, Any]) -> None:
    manifest.update(status="incomplete", reason="out of time")


def other_cases(manifest: dict[str, Any]) -> None:
    plan = Plan.model_validate(manifest["plan"]).model_copy(update={"cases_key": "0" * 64})
    manifest["plan"].update(cases_key="0" * 64, key=run_key(plan.identity))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: m.update(n_finished=19), "E-VERIFY-COUNT"),
        (lambda m: m.update(n_approximate=1), "E-VERIFY-FIGURE"),
        (incomplete, "E-VERIFY-FIGURE"),
        (lambda m: m["outcomes"].update(answered=19, failed=1), "E-VERIFY-FIGURE"),
        (lambda m: m["exclusions"].update(quarantined=5), "E-VERIFY-FIGURE"),
        (lambda m: m["not_in_network"].update(zebra=5), "E-VERIFY-FIGURE"),
        (lambda m: m["shards"][0].update(n_cases=11), "E-VERIFY-SHARD"),
        (lambda m: m["metrics"]["outcome"].update(top_0=1.0), "E-VERIFY-FIGURE"),
        (lambda m: m["metrics"]["outcome"].pop("top_1"), "E-VERIFY-FIGURE"),
        (lambda m: m["metrics"].update(invented={"figure": 1.0}), "E-VERIFY-FIGURE"),
        (lambda m: m["metrics"].update(invented=1.0), "E-VERIFY-FIGURE"),
        (lambda m: m["files"].pop("model.json"), "E-VERIFY-FILES"),
        (lambda m: m["plan"]["policy_settings"]["stopping"].update(max_questions=99), "E-VERIFY-POLICY"),
        (lambda m: m["plan"]["policy_settings"].pop("stopping"), "E-VERIFY-POLICY"),
        (lambda m: m["plan"]["policy_settings"]["policy"].update(invented=1), "E-VERIFY-POLICY"),
        (lambda m: m["plan"]["policy"].update(name="random"), "E-VERIFY-POLICY"),
        (lambda m: m["plan"]["policy"].update(digest="0" * 64), "E-VERIFY-KEY"),
        (lambda m: m["plan"]["network"].update(digest="0" * 64), "E-VERIFY-KEY"),
        (lambda m: m["plan"]["seeds"].update(shard_order=7), "E-VERIFY-SEEDS"),
        (lambda m: m["plan"].update(n_cases=21), "E-VERIFY-COUNT"),
        (lambda m: m["plan"]["cases"].update(digest="0" * 64), "E-VERIFY-CASES-KEY"),
        (lambda m: m["plan"]["options"].update(unlisted="unknown"), "E-VERIFY-CARD"),
        (other_cases, "E-VERIFY-CASES-KEY"),
    ],
)
def test_whatever_can_be_computed_again_is(finished: Run, tmp_path: Path, change: Change, code: str) -> None:
    copy = tmp_path / finished.path.name
    shutil.copytree(finished.path, copy)
    resealed(copy, lambda _: None)
    assert verify(copy) == []
    resealed(copy, change)
    codes = [problem.code for problem in verify(copy)]
    assert code in codes
    assert "E-VERIFY-SEAL" not in codes


COST = {"amount": 3.5, "currency": "USD", "basis": "node-hours"}
OTHERS = {
    str: "another",
    int: 7,
    dict: {"another": 7},
    list: [{"name": "another", "sha256": "0" * 64, "n_cases": 7}],
    type(None): COST,
}
"""A value of each type that no field of the finished run has."""


@pytest.mark.parametrize("field", sorted(Manifest.model_fields.keys() - {"format", "plan", "status", "budget_s"}))
def test_the_seal_is_over_every_field(finished: Run, field: str) -> None:
    manifest = json.loads(finished.manifest.to_bytes())
    assert Manifest.model_validate(manifest).is_sealed
    manifest[field] = OTHERS[type(manifest[field])]
    if field in ("files", "versions"):
        manifest[field] = {"another": "7"}
    assert not Manifest.model_validate(manifest).is_sealed


@pytest.mark.parametrize("change", [{"status": "incomplete"}, {"budget_s": 9.0}, {"plan": None}])
def test_the_seal_is_over_the_other_fields_too(finished: Run, tmp_path: Path, change: dict[str, Any]) -> None:
    if "plan" in change:
        change = {"plan": finished.manifest.plan.model_dump(mode="json") | {"n_cases": 21}}
    copy = tmp_path / finished.path.name
    shutil.copytree(finished.path, copy)
    edit_manifest(copy, lambda m: m.update(change))
    assert "E-VERIFY-SEAL" in [problem.code for problem in verify(copy)]


def test_what_a_run_cost_is_not_known_unless_somebody_says(finished: Run) -> None:
    assert finished.manifest.cost is None
    paid = Manifest.model_validate_json(finished.manifest.model_copy(update={"cost": Cost(**COST)}).sealed().to_bytes())
    assert paid.cost == Cost(amount=3.5, currency="USD", basis="node-hours")
    assert paid.is_sealed


def test_an_expectation_with_every_hash_made_to_fit_is_not_the_cards(finished: Run, tmp_path: Path) -> None:
    copy = tmp_path / finished.path.name
    shutil.copytree(finished.path, copy)
    shard = sorted((copy / "shards").iterdir())[0]
    table = read_parquet(shard.read_bytes())
    rows = table.to_pylist()
    rows[0]["expected"] = "c07" if rows[0]["expected"] != "c07" else "c06"
    data = parquet_bytes(table.schema.empty_table().from_pylist(rows, table.schema))
    shard.unlink()
    name = f"{shard.name[:12]}-{sha256(data)}.parquet"
    (copy / "shards" / name).write_bytes(data)

    def change(manifest: dict[str, Any]) -> None:
        entry = next(entry for entry in manifest["shards"] if entry["name"] == shard.name)
        entry.update(name=name, sha256=sha256(data))
        opened = Run(RunDirectory(copy), Manifest.model_validate(manifest))
        manifest.update(results_sha256=results_digest(opened.table), metrics=opened.metrics().to_dict())

    resealed(copy, change)
    assert [problem.code for problem in verify(copy)] == ["E-VERIFY-CARD"]


def test_the_results_that_are_counted_are_those_that_are_there(finished: Run, tmp_path: Path) -> None:
    copy = tmp_path / finished.path.name
    shutil.copytree(finished.path, copy)
    assert (verification_of(copy).n_results, verification_of(copy).n_shards) == (20, 2)
    a_shard_gone(copy)
    assert (verification_of(copy).n_results, verification_of(copy).n_shards) == (10, 1)


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

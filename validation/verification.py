"""Recompute every hash and every figure of a run, offline, and list whatever does not agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.errors import Problem

from .arrow import to_numpy
from .results import Run
from .store.digests import cases_key, results_digest, run_key
from .store.directory import PLAN
from .store.files import StoreError, sha256
from .store.manifest import Plan


def verify(path: str | Path) -> list[Problem]:
    """The problems of the run at ``path``; none means that it is what it says.

    Checked are every file's SHA-256, every page checksum, that each case has exactly one result, the
    result digest, the key, the case digests, and every metric.
    """
    run = Run.open(path)
    problems = list(_files(run))
    if problems:
        return problems
    return [*_results(run), *_identity(run), *_figures(run)]


def _files(run: Run) -> Iterator[Problem]:
    directory, manifest = run.directory, run.manifest
    expected = {f"shards/{shard.name}": shard.sha256 for shard in manifest.shards} | manifest.files
    for name, digest in sorted(expected.items()):
        path = directory.path / name
        if not path.is_file():
            yield Problem("E-VERIFY-MISSING", str(path), "nothing", f"the file of SHA-256 {digest[:12]}…")
            continue
        found = sha256(path.read_bytes())
        if found != digest:
            yield Problem("E-VERIFY-HASH", str(path), f"SHA-256 {found[:12]}…", f"{digest[:12]}…")
    strangers = {path.name for path in directory.shards.glob("*.parquet")} - {shard.name for shard in manifest.shards}
    for name in sorted(strangers):
        yield Problem("E-VERIFY-STRANGER", str(directory.shards / name), "a shard that the manifest does not name")


def _results(run: Run) -> Iterator[Problem]:
    manifest, where = run.manifest, str(run.path)
    try:
        ids = to_numpy(run.table["case_id"]).tolist()
    except StoreError as error:
        yield Problem("E-VERIFY-PAGE", where, str(error), "whole Parquet pages")
        return
    if len(set(ids)) != len(ids) or not set(ids) <= set(run.cards):
        yield Problem("E-VERIFY-CASES", where, f"{len(ids)} results of {len(set(ids))} cases", "one result a case")
    n_expected = manifest.plan.n_cases if run.is_complete else manifest.n_finished
    yield from _differ("E-VERIFY-COUNT", f"{where} › results", len(ids), n_expected)
    found = results_digest(run.table) if ids else ""
    yield from _differ("E-VERIFY-RESULTS", f"{where} › results_sha256", found, manifest.results_sha256)
    hashes = dict(zip(ids, to_numpy(run.table["case_hash"]).tolist(), strict=True))
    wrong = [name for name, digest in hashes.items() if name in run.cards and run.cards[name].content_hash != digest]
    if wrong:
        yield Problem("E-VERIFY-CARD", f"{where} › cases.parquet", f"other cards for {', '.join(wrong[:3])}")


def _identity(run: Run) -> Iterator[Problem]:
    plan = run.manifest.plan
    where = f"{run.path} › plan"
    if Plan.model_validate_json((run.path / PLAN).read_bytes()) != plan:
        yield Problem("E-VERIFY-PLAN", str(run.path / PLAN), "another plan than the manifest's")
    key_of_cases = cases_key((name, card.content_hash) for name, card in run.cards.items())
    yield from _differ("E-VERIFY-CASES-KEY", f"{where} › cases_key", key_of_cases, plan.cases_key)
    yield from _differ("E-VERIFY-KEY", f"{where} › key", run_key(plan.identity), plan.key)


def _figures(run: Run) -> Iterator[Problem]:
    if not run.manifest.n_finished:
        return
    recorded = run.manifest.metrics
    for group, figures in run.metrics().to_dict().items():
        for name, value in figures.items():
            where = f"{run.path} › metrics › {group} › {name}"
            yield from _differ("E-VERIFY-FIGURE", where, value, recorded.get(group, {}).get(name))


def _differ(code: str, where: str, found: Any, expected: Any) -> Iterator[Problem]:
    if found != expected:
        yield Problem(code, where, f"{str(found)[:60]} (recomputed)", f"{str(expected)[:60]} (recorded)")

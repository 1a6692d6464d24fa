"""Recompute every hash and every figure of a run, offline, and list whatever does not agree.

What does not follow from the results (who ran it, when, with how many workers, how long it took) is
held by the manifest's own SHA-256 alone, and so is the network's digest: the network is not in the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.case_set import CaseSet
from model.errors import Problem

from .arrow import to_numpy
from .columns import card_columns
from .planning import policy_of, seeds
from .record import consequences
from .replay import ReplayOptions
from .results import Run, latest_in
from .store.digests import cases_key, run_key
from .store.directory import DESCRIPTION, PLAN, RunDirectory, shard_name
from .store.files import StoreError, UnreadableManifest, sha256
from .store.manifest import Manifest, Plan
from .store.places import copy_of

ABSENT = "nothing"


@dataclass(frozen=True)
class Verification:
    """What came of looking."""

    path: Path
    problems: list[Problem]
    manifest: Manifest | None
    """As it was recorded; None where it cannot be read."""
    n_results: int
    """Results that are really there, in shards that can be read."""
    n_shards: int

    @property
    def is_verified(self) -> bool:
        return not self.problems


def verify(path: str | Path) -> list[Problem]:
    """The problems of the run at ``path``; none means that it is what it says (see :func:`verification_of`)."""
    return verification_of(path).problems


def verification_of(path: str | Path) -> Verification:
    """Look at everything in the run at ``path``.

    Checked are every file's SHA-256 and the manifest's own, every page checksum, that each case has
    exactly one result and that its row says of its card what the card says, the result digest, all that
    the manifest derives from results and plan, the key, and the case and policy digests.

    Raises
    ------
    InputError
        There is no run.
    """
    path = latest_in(copy_of(path))
    directory = RunDirectory(path)
    try:
        manifest = directory.read_manifest()
    except UnreadableManifest as error:
        return Verification(path, [Problem("E-VERIFY-MANIFEST", str(path), str(error), "a manifest")], None, 0, 0)
    run = Run.open(path) if manifest is None else Run(directory, manifest)
    problems = list(_files(run))
    if not problems:
        try:
            problems = [*_shards(run), *_results(run), *_cards(run), *_plan(run), *_figures(run)]
        except StoreError as error:
            problems = [Problem("E-VERIFY-PAGE", str(path), str(error), "files that can be read")]
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # its hash fits, its content does not
            problems = [Problem("E-VERIFY-CONTENT", str(path), repr(error), "what a run consists of")]
    problems = [*_seal(run), *problems]
    return Verification(path, problems, manifest, *_there(run))


def _there(run: Run) -> tuple[int, int]:
    """Results and shards that can be read."""
    n_results = n_shards = 0
    for path in sorted(run.directory.shards.glob("*.parquet")):
        try:
            table = run.directory.read_shards([path.name], ["case_id"])
        except StoreError:
            continue
        n_results += 0 if table is None else table.num_rows
        n_shards += 1
    return n_results, n_shards


def _seal(run: Run) -> Iterator[Problem]:
    where = f"{run.path} › manifest_sha256"
    yield from _differ("E-VERIFY-SEAL", where, run.manifest.seal(), run.manifest.manifest_sha256)


def _files(run: Run) -> Iterator[Problem]:
    directory, manifest = run.directory, run.manifest
    expected = {f"shards/{shard.name}": shard.sha256 for shard in manifest.shards} | manifest.files
    for name, digest in sorted(expected.items()):
        path = directory.path / name
        if not path.is_file():
            yield Problem("E-VERIFY-MISSING", str(path), ABSENT, f"the file of SHA-256 {digest[:12]}…")
            continue
        found = sha256(path.read_bytes())
        if found != digest:
            yield Problem("E-VERIFY-HASH", str(path), f"SHA-256 {found[:12]}…", f"{digest[:12]}…")
    yield from _differ("E-VERIFY-FILES", f"{run.path} › files", sorted(DESCRIPTION), sorted(manifest.files))
    strangers = {path.name for path in directory.shards.glob("*.parquet")} - {shard.name for shard in manifest.shards}
    for name in sorted(strangers):
        yield Problem("E-VERIFY-STRANGER", str(directory.shards / name), "a shard that the manifest does not name")


def _shards(run: Run) -> Iterator[Problem]:
    for shard in run.manifest.shards:
        where = f"{run.path} › shards › {shard.name[:12]}"
        table = run.directory.read_shards([shard.name], ["case_id"])
        ids = [] if table is None else to_numpy(table["case_id"]).tolist()
        yield from _differ("E-VERIFY-SHARD", f"{where} › n_cases", len(ids), shard.n_cases)
        yield from _differ("E-VERIFY-SHARD", f"{where} › name", shard_name(ids, shard.sha256), shard.name)


def _results(run: Run) -> Iterator[Problem]:
    """One result a case, and in each row what its card says."""
    ids = to_numpy(run.table["case_id"]).tolist()
    if len(set(ids)) != len(ids) or not set(ids) <= set(run.cards):
        found = f"{len(ids)} results of {len(set(ids))} cases"
        yield Problem("E-VERIFY-CASES", str(run.path), found, "one result a case, and a card")
        return
    options = ReplayOptions(unlisted=run.manifest.plan.options.get("unlisted"))
    for name, expected in card_columns([run.cards[case_id] for case_id in ids], options).items():
        pairs = zip(ids, run.table[name].to_pylist(), expected, strict=True)
        wrong = [case_id for case_id, found, wanted in pairs if found != wanted]
        if wrong:
            where = f"{run.path} › results › {name}"
            yield Problem("E-VERIFY-CARD", where, f"not the card's in {len(wrong)} cases, {wrong[0]} for one")


def _cards(run: Run) -> Iterator[Problem]:
    """The cards are the cases that were planned."""
    plan, cards = run.manifest.plan, run.cards
    where = f"{run.path} › plan"
    key_of_cases = cases_key((name, card.content_hash) for name, card in cards.items())
    yield from _differ("E-VERIFY-CASES-KEY", f"{where} › cases_key", key_of_cases, plan.cases_key)
    digest = CaseSet(tuple(cards.values())).digest
    yield from _differ("E-VERIFY-CASES-KEY", f"{where} › cases › digest", digest, plan.cases.digest)
    yield from _differ("E-VERIFY-COUNT", f"{where} › n_cases", len(cards), plan.n_cases)


def _plan(run: Run) -> Iterator[Problem]:
    plan = run.manifest.plan
    where = f"{run.path} › plan"
    try:
        written = Plan.model_validate_json((run.path / PLAN).read_bytes())
    except ValueError:
        written = None
    if written != plan:
        yield Problem("E-VERIFY-PLAN", str(run.path / PLAN), "another plan than the manifest's")
    yield from _differ("E-VERIFY-KEY", f"{where} › key", run_key(plan.identity), plan.key)
    try:
        policy = policy_of(plan.policy_settings)
        digest, kind = policy.digest, policy.questions.kind
        expected_seeds = seeds(plan.cases.digest, plan.policy_settings, plan.options)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield Problem("E-VERIFY-POLICY", where, f"no settings of a policy: {error!r}", "those that were planned")
        return
    yield from _differ("E-VERIFY-POLICY", f"{where} › policy › digest", digest, plan.policy.digest)
    yield from _differ("E-VERIFY-POLICY", f"{where} › policy › name", kind, plan.policy.name)
    yield from _differ("E-VERIFY-SEEDS", f"{where} › seeds", expected_seeds, plan.seeds)


def _figures(run: Run) -> Iterator[Problem]:
    """Whatever follows from the results, and nothing besides."""
    manifest = run.manifest
    table = run.table if manifest.shards else None
    reason = manifest.reason
    for name, found in consequences(table, run.vocabulary, manifest.plan, reason).items():
        recorded = getattr(manifest, name)
        if name != "metrics":
            code = {"results_sha256": "E-VERIFY-RESULTS", "n_finished": "E-VERIFY-COUNT"}.get(name, "E-VERIFY-FIGURE")
            yield from _differ(code, f"{run.path} › {name}", found, recorded)
            continue
        for group in sorted(found.keys() | recorded.keys()):
            yield from _group(f"{run.path} › metrics › {group}", found.get(group, {}), recorded.get(group, {}))


def _group(where: str, found: Mapping[str, Any], recorded: Any) -> Iterator[Problem]:
    if not isinstance(recorded, dict):
        recorded = {"": recorded}
    for name in sorted(found.keys() | recorded.keys()):
        yield from _differ("E-VERIFY-FIGURE", f"{where} › {name}", found.get(name, ABSENT), recorded.get(name, ABSENT))


def _differ(code: str, where: str, found: Any, expected: Any) -> Iterator[Problem]:
    if found != expected:
        yield Problem(code, where, f"{str(found)[:60]} (recomputed)", f"{str(expected)[:60]} (recorded)")

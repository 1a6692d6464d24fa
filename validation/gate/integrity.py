"""G0: is there something to judge at all?  Whatever is missing here makes the verdict INCOMPLETE.

A test of two models needs both to have played the very same cases.  ``clinval check`` sees to that: it
replays the base *model* on the candidate's case set, so that a pull request that changes cases is
still judged on all of them, and what changed of the cases is told apart.  Where two stored runs of
different case sets are compared, the cases that both have are judged and counted, but that can never pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from model.errors import InputError

from ..arrow import to_numpy
from ..columns import ANSWERED, CRASHED, FAILED
from ..comparison import Change, Diff
from ..comparison.played import options_of
from ..executors.work import Work
from ..planning import Candidate
from ..results import Run
from ..sharding import stratified_order
from ..store.digests import results_digest
from ..store.directory import read_parquet
from .rules import Integrity
from .verdict import GateFinding, Status
from .wording import named, plural

SAMPLE_SEED = 0xAA
"""Of the cases that are played a second time."""


@dataclass(frozen=True, slots=True)
class SelfReplay:
    """What came of playing cases of the candidate a second time (A/A)."""

    n: int
    differing: tuple[str, ...]
    """Case ids whose results were not equal to the last bit."""


def aa_replay(run: Run, candidate: Candidate, n: int) -> SelfReplay:
    """Play ``n`` cases of ``run`` again, a stratified sample, and compare every result to the bit.

    Raises
    ------
    InputError
        ``candidate`` is not what the run was made with.
    """
    plan = run.manifest.plan
    if (candidate.network.digest, candidate.policy.digest) != (plan.network.digest, plan.policy.digest):
        raise InputError.single(
            "E-ANOTHER-MODEL", f"run {run.path.name}", "a model that is not the one this run was made with",
            expected=f"network {plan.network.digest[:12]}, policy {plan.policy.digest[:12]}",
        )  # fmt: skip
    played = [run.cards[case_id] for case_id in sorted(run.rows)]
    sample = [played[place] for place in sorted(stratified_order(played, SAMPLE_SEED)[:n])]
    if not sample:
        return SelfReplay(0, ())
    work = Work(candidate.network, candidate.policy, options_of(run))
    again = read_parquet(work.player().play(sample))
    place = {case_id: row for row, case_id in enumerate(to_numpy(run.table["case_id"]).tolist())}
    differing = [
        card.id for row, card in enumerate(sample) if _row(again, row) != _row(run.table, place[card.id])
    ]  # fmt: skip
    return SelfReplay(len(sample), tuple(sorted(differing)))


def _row(table: pa.Table, row: int) -> str:
    return results_digest(table.slice(row, 1))


def integrity(diff: Diff, rules: Integrity, aa: SelfReplay | None) -> list[GateFinding]:
    """What G0 has to say; a finding that is INCOMPLETE forbids a verdict."""
    findings = [
        *_results("base", diff.base),
        *_results("candidate", diff.candidate),
        *_inputs(diff),
        *_conditions(diff, rules),
        *_cases(diff),
        *_replayed(aa, rules),
    ]
    if not diff.comparable:
        words = "No case was played by both models: there is nothing to judge."
        findings.insert(0, _incomplete("nothing comparable", words, "run both models on the same cases"))
    if all(finding.status is not Status.INCOMPLETE for finding in findings):
        words = f"Both models have exactly one result for each of {plural(len(diff.comparable), 'case')}."
        findings.insert(0, GateFinding("G0", Status.PASS, "integrity", words))
    return findings


def _incomplete(title: str, words: str, next_step: str, cases: tuple[str, ...] = ()) -> GateFinding:
    return GateFinding("G0", Status.INCOMPLETE, title, words, next_step, cases)


def _results(side: str, run: Run) -> Iterator[GateFinding]:
    """Exactly one result a case, and every one of them the model's."""
    counted = Counter(to_numpy(run.table["case_id"]).tolist())
    twice = tuple(sorted(case_id for case_id, count in counted.items() if count > 1 or case_id not in run.cards))
    if twice:
        words = f"The {side} has more than one result, or one without a case, for {named(twice)}."
        yield _incomplete("results that do not fit", words, f"`clinval verify {run.path}` says what is wrong", twice)
    missing = tuple(sorted(run.cards.keys() - counted.keys()))
    if missing or not run.is_complete:
        words = (
            f"The {side} has no result for {plural(len(missing), 'case')} of {len(run.cards)} "
            f"({run.manifest.reason or 'not reached'})."
        )
        yield _incomplete(f"the {side} is incomplete", words, "the same command again resumes it", missing)
    lost = tuple(case_id for case_id, row in sorted(run.rows.items()) if row["outcome"] in (CRASHED, FAILED))
    if lost:
        words = f"The harness itself failed on {plural(len(lost), 'case')} of the {side}: {named(lost)}."
        next_step = f"`clinval show {lost[0]} --run {run.path}` tells the error; report it"
        yield _incomplete("the harness failed", words, next_step, lost)


def _inputs(diff: Diff) -> Iterator[GateFinding]:
    base, candidate = diff.base.manifest.plan, diff.candidate.manifest.plan
    if base.cases.digest != candidate.cases.digest:
        counts = diff.counts
        words = (
            f"The two runs played different case sets: {counts[Change.EDITED]} edited, {counts[Change.NEW]} new, "
            f"{counts[Change.REMOVED]} removed. What follows is about the {len(diff.comparable):,} that both have."
        )
        yield _incomplete(
            "two case sets", words, "replay the base model on the candidate's cases, as `clinval check` does"
        )
    if base.options != candidate.options:
        changed = sorted(
            key for key in {*base.options, *candidate.options} if base.options.get(key) != candidate.options.get(key)
        )
        words = f"The two runs were not played alike: {', '.join(changed)} differ."
        yield _incomplete("two ways to play", words, "run both with the same options")


def _conditions(diff: Diff, rules: Integrity) -> Iterator[GateFinding]:
    """No condition may vanish unnoticed (catalogue 38): without cases, no other rule would see it."""
    there = {condition.id for condition in diff.candidate.vocabulary.conditions}
    gone = [condition for condition in diff.base.vocabulary.conditions if condition.id not in there]
    unsaid = tuple(condition.id for condition in gone if condition.id not in rules.removed_conditions)
    if unsaid:
        words = f"The candidate no longer knows {plural(len(unsaid), 'condition')} of the base: {named(unsaid)}."
        next_step = "put them back, or name them under removed_conditions in gate.toml"
        yield GateFinding("G0", Status.FAIL, "conditions removed", words, next_step, details=unsaid)
    agreed = tuple(condition.id for condition in gone if condition.id in rules.removed_conditions)
    if agreed:
        yield GateFinding(
            "G0", Status.NOTE, "conditions removed", f"Removed on purpose: {named(agreed)}.", details=agreed
        )


def _cases(diff: Diff) -> Iterator[GateFinding]:
    unanswered = [pair.case_id for pair in diff.comparable if pair.candidate and pair.candidate["outcome"] != ANSWERED]
    if unanswered:
        words = (
            f"The candidate gave no answer in {plural(len(unanswered), 'case')} ({named(unanswered)}): "
            "evidence that it holds impossible, or an expected condition that it does not know. They count as wrong."
        )
        yield GateFinding("G0", Status.NOTE, "unanswered cases", words, cases=tuple(unanswered))


def _replayed(aa: SelfReplay | None, rules: Integrity) -> Iterator[GateFinding]:
    if aa is None:
        if rules.replay_sample:
            words = (
                "No case was played a second time: the candidate's model, or the code that played it, is not at hand."
            )
            yield GateFinding("G0", Status.NOTE, "A/A replay not done", words)
    elif aa.differing:
        words = (
            f"{len(aa.differing)} of {aa.n} cases gave another result when the candidate played them again: "
            f"{named(aa.differing)}. A model that does not repeat itself cannot be compared."
        )
        yield _incomplete(
            "A/A replay differs", words, "report it with both runs: this is a fault of the harness", aa.differing
        )
    else:
        words = f"{plural(aa.n, 'case')} played a second time gave the same result to the last bit."
        yield GateFinding("G0", Status.PASS, "A/A replay", words)

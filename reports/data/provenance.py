"""Where the two sides of a report come from, and what a reader has to know of their runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote

from validation.explanation import APPROXIMATE_WHY
from validation.results import Row, Run
from validation.vocabulary import Vocabulary

from .shapes import Names, Side


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one side of a comparison comes from, as people and commands call it."""

    label: str
    """``origin/main (3f2a91c)``"""
    argument: str
    """What a command line calls it: a ref, ``.``, a directory."""
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the runs themselves do not know: where the models come from."""

    base: Origin
    candidate: Origin
    notes: tuple[str, ...] = ()
    """What has to be known before any figure."""
    remarks: tuple[str, ...] = ()
    """How the sides came about, for who wants to know."""
    case_changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """``edited``, ``new``, ``removed`` to case ids, where both models played the candidate's case set."""
    commands: tuple[str, ...] = ()
    """How to reproduce it, the first one first; none: the diff of the two."""
    show: str = ""
    """What makes ``clinval show`` compare these two: `` --diff`` after those commands; empty: both by name."""

    @property
    def show_options(self) -> str:
        """What stands between ``clinval show`` and the case, a space first."""
        return self.show or f" --base {quote(self.base.argument)} --candidate {quote(self.candidate.argument)}"

    @property
    def reproduce(self) -> tuple[str, ...]:
        """The commands, of which there is at least one."""
        return self.commands or (f"clinval diff {quote(self.base.argument)} {quote(self.candidate.argument)}",)


def origin_of(run: Run) -> Origin:
    """A run by itself: the name of its network, and where runs are kept by default."""
    plan = run.manifest.plan
    return Origin(f"{plan.network.name} (run {plan.key[:8]})", f"runs/{plan.key}")


def run_commands(run: Run) -> tuple[str, ...]:
    """How to replay a run; none where its model or its cases were not read from a file."""
    plan = run.manifest.plan
    if not plan.network.path or not plan.cases.path:
        return ()
    return (f"clinval run --model {quote(plan.network.path)} --cases {quote(plan.cases.path)}",)


def side(run: Run, origin: Origin) -> Side:
    """One model and its run."""
    manifest, plan = run.manifest, run.manifest.plan
    return Side(
        label=origin.label,
        commit=origin.commit,
        network=plan.network.name,
        n_conditions=len(run.vocabulary.conditions),
        n_findings=len(run.vocabulary.findings),
        status=manifest.status,
        reason=manifest.reason,
        n_cases=plan.n_cases,
        n_finished=manifest.n_finished,
        exclusions=manifest.exclusions,
        n_approximate=manifest.n_approximate,
        run_key=plan.key,
        network_digest=plan.network.digest,
        policy_digest=plan.policy.digest,
        cases_digest=plan.cases.digest,
        code_digest=plan.code_digest,
        results_sha256=manifest.results_sha256,
        versions=manifest.versions,
        cost="" if manifest.cost is None else manifest.cost.in_words,
    )


def names_of(*vocabularies: Vocabulary) -> Names:
    """What ids are called; of several networks the last one has the last word."""
    conditions = {entry.id: entry for vocabulary in vocabularies for entry in vocabulary.conditions}
    findings = {entry.id: entry for vocabulary in vocabularies for entry in vocabulary.findings}
    return Names(
        conditions={name: entry.name for name, entry in conditions.items()},
        findings={name: entry.name for name, entry in findings.items()},
        questions={name: entry.question for name, entry in findings.items() if entry.question},
        red_flags=tuple(name for name, entry in findings.items() if entry.red_flag),
        specialties={name: entry.specialty for name, entry in conditions.items() if entry.specialty},
        risk_factors={name: text for vocabulary in vocabularies for name, text in vocabulary.risk_factor_names.items()},
    )


def unlisted_in(rows: Sequence[Row]) -> tuple[str, ...]:
    """What unlisted findings meant, every meaning that occurs."""
    return tuple(sorted({row["unlisted"] for row in rows}))


def run_notes(run: Run) -> Iterator[str]:
    """What has to be known to read the figures of one run."""
    manifest = run.manifest
    if not run.is_complete:
        yield (
            f"The run is incomplete ({manifest.n_finished} of {manifest.plan.n_cases} cases; "
            f"{manifest.reason or 'no reason was recorded'}): nothing can be said of the others."
        )
    yield from approximate_note(run)


def approximate_note(run: Run) -> Iterator[str]:
    """One sentence where posteriors were approximate."""
    manifest = run.manifest
    if manifest.n_approximate:
        cases = f"{manifest.n_approximate} of {manifest.n_finished} cases"
        yield f"In {cases} probabilities are approximate ({APPROXIMATE_WHY})."

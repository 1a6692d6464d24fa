"""The pull-request check as plain functions: two runs, their diff, the verdict, the blame, the reports.

from reports.check import check, write_all

checked = check("origin/main", model=Path("model/networks/starter"), cases=Path("cases/corpora/starter"))
checked.verdict
write_all(checked, Path("runs/check"))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from model.errors import InputError
from validation.comparison import Diff, compare
from validation.comparison.record import CheckRecord, make_record, save_record
from validation.deadline import Deadline
from validation.executors import Executor
from validation.gate import (
    GateFinding,
    Rules,
    Status,
    Verdict,
    load_known_failures,
    load_rules,
    verdict_on,
    withdrawn_of,
)
from validation.gate.known_failures import KnownFailures
from validation.origins import Side, Sides, sides
from validation.origins.git import Repository
from validation.origins.origin import inside_repository
from validation.origins.playing import ShowProgress, unseen
from validation.origins.recorded import case_changes_of, origin_of
from validation.origins.trees import NotInCommit, extracted
from validation.replay import DEFAULT_OPTIONS, ReplayOptions
from validation.store.anywhere import argument, put_below

from .data import Origin, Provenance, ReportData, report_data

if TYPE_CHECKING:
    from validation.attribution import Attribution

HTML, COMMENT, JUNIT, DIFF = "report.html", "comment.md", "junit.xml", "diff.json"
RULES, RUNS = Path("gate.toml"), Path("runs")


@dataclass(frozen=True)
class Checked:
    """Everything that a check found."""

    sides: Sides
    diff: Diff
    verdict: Verdict
    attribution: Attribution | None
    """None where nobody asked for it."""
    record: CheckRecord
    data: ReportData
    stored: Path
    """The directory of the saved diff."""


def check(
    base: str,
    candidate: str = ".",
    *,
    model: Path,
    cases: Path,
    select: str | None = None,
    rules: Path = RULES,
    runs: Path = RUNS,
    blame: bool = True,
    merge_base: bool = True,
    same_code: bool = False,
    options: ReplayOptions = DEFAULT_OPTIONS,
    executor: Callable[[], Executor] | None = None,
    deadline: Deadline | None = None,
    progress: ShowProgress = unseen,
    today: date | None = None,
    command: str = "",
) -> Checked:
    """May ``candidate`` replace ``base``, and if not, why not?

    Parameters
    ----------
    base, candidate, model, cases : see :func:`validation.origins.sides`
    select : only the cases that match this ``-k`` expression; default: what the rules say
    rules : the gate's, as they lie here; a candidate that changes them is told apart in the notes
    blame : find out which edit moved which case
    merge_base : compare with the commit at which the candidate branched off, so that it is not blamed for
        what others have done since
    today : decides which waivers have expired; default: today
    command : how to do it again, for the reports

    Raises
    ------
    InputError
        Origins, models, cases or rules are refused, with every problem.
    NothingToCompare
        The base has no such model.
    """
    agreed = load_rules(rules)  # Before any case is played: a mistake in them should not cost a run.
    if agreed.ratchet.file is not None:
        load_known_failures(agreed.ratchet.file)
    deadline = deadline or Deadline()
    # A condition that is gone is the gate's to judge: `removed_conditions` of its rules.
    both = sides(
        base, candidate, model=model, cases=cases, select=(agreed.cases.select if select is None else select) or None,
        runs=runs, same_code=same_code, merge_base=merge_base,
        accept_removed=True, options=options, executor=executor, deadline=deadline,
        progress=progress,
    )  # fmt: skip
    diff = compare(both.base.run, both.candidate.run)
    verdict = verdict_on(
        diff,
        agreed,
        today=today or datetime.now(UTC).date(),
        candidate=both.candidate.candidate,
        known_before=known_failures_at(both.base, agreed),
        withdrawn=withdrawn_of(both),
        also=changed_rules(both.base, rules, agreed),
    )
    attribution = _attribution(both, diff, deadline, progress) if blame else None
    case_changes = case_changes_of(both)
    record = make_record(
        diff,
        runs,
        base=origin_of(both.base),
        candidate=origin_of(both.candidate),
        case_changes=case_changes,
        notes=both.notes,
        verdict=verdict.to_dict(),
        attribution=None if attribution is None else attribution.to_dict(),
    )
    data = report_data(
        diff,
        verdict=verdict,
        attribution=attribution,
        candidates=(both.base.candidate, both.candidate.candidate),
        provenance=Provenance(
            Origin(both.base.label, both.base.commit or base, both.base.commit),
            Origin(both.candidate.label, candidate, both.candidate.commit),
            remarks=both.notes,
            case_changes={} if case_changes is None else case_changes.model_dump(),
            commands=(command,) if command else (),
            show=" --diff" if runs == RUNS else f" --diff --out {argument(runs)}",
        ),
    )
    return Checked(both, diff, verdict, attribution, record, data, save_record(record, runs))


def write_all(checked: Checked, place: Path) -> tuple[Path, ...]:
    """Every report into the directory ``place``, or to the address; where they are."""
    from .html import render
    from .junit import junit

    files = {
        HTML: render(checked.data).encode("utf-8", "replace"),
        COMMENT: comment_of(checked.data).encode(),
        JUNIT: junit(checked.data).encode(),
        DIFF: checked.record.to_bytes(),
    }
    return tuple(put_below(place, name, data) for name, data in files.items())


def comment_of(data: ReportData) -> str:
    """The comment, marked as the one about this network: a pull request may change several."""
    from .markdown import comment

    return comment(data, marker=marker_of(data.candidate.network))


def marker_of(network: str) -> str:
    """The first line of the comments on one network, which nothing in its name can end."""
    plain = "".join(letter if letter.isalnum() or letter in "_." else "_" for letter in network)
    return f"<!-- clinval {plain} -->"


def _attribution(both: Sides, diff: Diff, deadline: Deadline, progress: ShowProgress) -> Attribution | None:
    from validation.attribution import blame

    base, candidate = both.base.candidate, both.candidate.candidate
    if base is None or candidate is None:
        return None
    with progress("trying the edits one by one") as report:
        return blame(diff, base, candidate, deadline=deadline, progress=report)


def known_failures_at(base: Side, rules: Rules) -> KnownFailures | None:
    """The list of known failures as the base has it; None where there is no list, or no commit to read it from."""
    listed = rules.ratchet.file
    place = None if listed is None else _at_base(base, listed)
    if place is None or base.commit is None:
        return None
    repository, path = place
    try:
        with extracted(repository, base.commit, path) as file:
            return load_known_failures(file)
    except NotInCommit:
        return ()


def changed_rules(base: Side, rules: Path, agreed: Rules) -> tuple[GateFinding, ...]:
    """A flag where the candidate is judged by rules that the base does not have: whoever reviews it should know."""
    place = _at_base(base, rules)
    if place is None or base.commit is None:
        return ()
    repository, path = place
    details: tuple[str, ...] = ()
    try:
        with extracted(repository, base.commit, path) as file:
            if file.read_bytes() == rules.read_bytes():
                return ()
            how = "other rules than"
            details = agreed.changes_since(load_rules(file)) or ("nothing but comments and layout",)
    except NotInCommit:
        how = "rules of its own, which are not at"
    except InputError:
        how = "other rules than the unreadable ones of"
    words = f"{rules} changed: the candidate was judged by {how} {base.label}; its owners have to agree."
    return (GateFinding("G0", Status.FLAG, "other rules", words, details=details),)


def _at_base(base: Side, file: Path) -> tuple[Repository, PurePosixPath] | None:
    """Where a file of the working tree is in the base's commit; None for what is not in the repository."""
    if base.commit is None:
        return None
    repository = Repository.at(Path.cwd())
    try:
        return repository, inside_repository(repository, file)
    except InputError:
        return None

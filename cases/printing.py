"""Reports and statistics on the screen: for people (rich), for grep (plain), for programs (JSON)."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from model.errors import Problem, Severity

if TYPE_CHECKING:
    from .checks import CheckReport
    from .statistics import Statistics

MOST_WARNINGS = 5
"""Of one kind that rich output lists; the others are counted."""
MOST_ROWS = 12
"""Of one table of counts in rich output."""
_ORDER = list(Severity)
_STYLES = {"reject": "bold red", "quarantine": "red", "hold": "magenta", "warn": "yellow"}


def print_report(report: CheckReport, output: str) -> None:
    """All problems by case, the worst cases first, and how many cases are accepted."""
    if output == "json":
        _print_json(
            {
                "name": report.case_set.name,
                "digest": report.accepted.digest,
                "read": report.n_read,
                "accepted": 0 if report.rejected else len(report.accepted),
                "problems": [problem_record(problem) for problem in report.problems],
                "normalisations": [problem_record(problem) for problem in report.case_set.normalisations],
            }
        )
        return
    cases = sorted(report.by_case.values(), key=lambda problems: min(_rank(problem) for problem in problems))
    ordered = [*sorted(report.of_the_set, key=_rank), *(p for problems in cases for p in sorted(problems, key=_rank))]
    print_problems([*ordered, *report.case_set.normalisations], output)
    print(summary(report))


def summary(report: CheckReport) -> str:
    """One line for people in a hurry."""
    counts = report.counts
    parts = [f"accept {0 if report.rejected else len(report.accepted)} of {report.n_read}"]
    if report.rejected:
        parts[0] = f"REJECTED: accept 0 of {report.n_read}"
    for severity, words in (
        (Severity.REJECT, "rejecting"),
        (Severity.QUARANTINE, "quarantining"),
        (Severity.HOLD, "for a person to look at"),
        (Severity.WARN, "warnings"),
    ):
        if counts[severity]:
            parts.append(f"{counts[severity]} {words}")
    return " · ".join(parts)


def print_problems(problems: Sequence[Problem], output: str, *, to_stderr: bool = False) -> None:
    """One problem a line; rich output shortens long lists of one kind of warning."""
    if output == "json":
        _print_json({"accepted": 0, "problems": [problem_record(problem) for problem in problems]})
        return
    if output == "plain":
        for problem in problems:
            print(f"{problem.severity.value}  {problem}", file=sys.stderr if to_stderr else sys.stdout)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=to_stderr, soft_wrap=True, highlight=False)
    shown: Counter[str] = Counter()
    for problem in problems:
        shown[problem.code] += 1
        if problem.severity is Severity.WARN and shown[problem.code] > MOST_WARNINGS:
            continue
        style = _STYLES[problem.severity.value]
        console.print(Text.assemble((f"{problem.severity.value:<10}", style), "  ", str(problem)))
    for code, count in shown.items():
        hidden = count - MOST_WARNINGS
        if hidden > 0 and code.startswith("W-"):
            console.print(Text(f"… and {hidden} more {code}; --format plain lists them all", style="dim"))


def problem_record(problem: Problem) -> dict[str, Any]:
    """Plain values, for JSON."""
    return {**asdict(problem), "severity": problem.severity.value}


def print_statistics(figures: Statistics, output: str) -> None:
    """Counts of cases; rich output shortens long tables."""
    if output == "json":
        _print_json(figures.to_dict())
        return
    lines = list(_statistics_lines(figures, shorten=output == "rich"))
    if output == "plain":
        print("\n".join(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(Text(line, style="" if line.startswith(" ") else "bold"))


def _statistics_lines(figures: Statistics, shorten: bool) -> Iterable[str]:
    yield f"{figures.name}: {figures.n_cases} cases ({figures.n_contents} different), digest {figures.digest[:12]}"
    if figures.conditions_without_case is not None and figures.n_conditions is not None:
        without = figures.conditions_without_case
        yield f"conditions with a case: {figures.n_conditions - len(without)} of {figures.n_conditions}"
        if without:
            yield f"  without: {_some(without, shorten)}"
    yield f"findings a case ({figures.n_findings} different)"
    for name, spread in figures.per_case.items():
        yield (
            f"  {name.replace('_', ' '):<14} mean {spread.mean:.2f}  least {spread.least}  "
            f"median {spread.median:g}  most {spread.most}"
        )
    for title, counts in (
        ("condition", figures.conditions),
        ("specialty", figures.specialties),
        ("author", figures.authors),
        ("split", figures.splits),
        ("kind", figures.kinds),
        ("review state", figures.review_states),
        ("sex", figures.sexes),
        ("age in years", figures.ages),
    ):
        yield title
        yield from _count_lines(counts, shorten)


def _count_lines(counts: Mapping[str, int], shorten: bool) -> Iterable[str]:
    shown = list(counts.items())[: MOST_ROWS if shorten else None]
    for name, count in shown:
        yield f"  {count:>6}  {name}"
    if len(shown) < len(counts):
        yield f"  {sum(counts.values()) - sum(count for _, count in shown):>6}  in {len(counts) - len(shown)} more"


def _some(names: Sequence[str], shorten: bool) -> str:
    shown = names[: MOST_ROWS if shorten else None]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(shown) < len(names) else "")


def _rank(problem: Problem) -> int:
    return _ORDER.index(problem.severity)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

"""The parts of the comment on a diff: each takes the data and what it may spend, and gives lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from validation.comparison import Change, Event

from ..data.case_shapes import Case
from ..data.figure_shapes import Figure, Value
from ..data.shapes import EditSummary, NeverEvent, ReportData
from ..data.words import count, probability, share
from .escape import code, plain, sentence, text

LONGEST_COMMAND = 240
"""Characters; a longer one (of a case with a very long id) is in the report only."""
CHANGED_WORDS = {
    Change.OTHER_WRONG: "wrong in another way",
    Change.WORSE_RANK: "wrong, and ranked lower",
    Change.BETTER_RANK: "wrong, but ranked higher",
    Change.SAME: "same outcome, safety changed",
}
GROUPS = {
    "outcome": "Outcome", "triage": "Triage", "probability": "Probability", "questions": "Questions",
    "loss": "Where the loss is",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What one comment may spend."""

    cases: int
    """Cases told in full."""
    rows: int
    """Rows of each table."""
    words: int
    """Characters of a text that somebody wrote."""

    def cut(self, value: str) -> str:
        """A text, as much of it as fits."""
        return text(value, self.words)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose cells are Markdown already; a heading that ends in ``:`` is a column of numbers."""
    rules = ["--:" if heading.endswith(":") else "---" for heading in headings]
    lines = [[heading.removesuffix(":") for heading in headings], rules, *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def folded(summary: str, lines: Sequence[str]) -> list[str]:
    """Lines behind a summary; the blank lines make them Markdown again."""
    return ["", "<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"] if lines else []


def more(n: int, shown: int, where: str) -> list[str]:
    """``and 12 more in the report``, where there are more."""
    return ["", f"… and {n - shown} more {where}"] if n > shown else []


def reasons(data: ReportData, limits: Limits) -> list[str]:
    """Why the gate does not let it through, and what to do about it; what it cannot tell, only where
    nothing is worse; then what a reviewer has to agree with, whatever the verdict."""
    findings = () if data.verdict is None else data.verdict.findings
    blocking = [finding for finding in findings if finding.status in ("fail", "incomplete")]
    blocking = blocking or [finding for finding in findings if finding.status == "inconclusive"]
    flags = [finding for finding in findings if finding.status == "flag" and finding.rule in ("G0", "G1")]
    told = {case.id for case in data.cases}
    lines = []
    for finding in [*blocking, *flags][: limits.rows]:
        sign = "⚠ " if finding.status == "flag" else ""
        lines.append(f"- {sign}**{finding.rule} {limits.cut(finding.title)}**: {sentence(finding.words, limits.words)}")
        if not (finding.cases and told.issuperset(finding.cases)):  # those have a place of their own
            lines += [f"  - {limits.cut(detail)}" for detail in finding.details[: limits.cases]]
            lines += [f"  {line}" for line in more(len(finding.details), limits.cases, "in the report") if line]
        if finding.next_step:
            lines.append(f"  {'' if finding.details else '<br>'}→ {sentence(finding.next_step, limits.words)}")
    return [*lines, *more(len(blocking) + len(flags), limits.rows, "reasons in the report")]


def notes(data: ReportData, limits: Limits) -> list[str]:
    """What has to be known before any figure."""
    return [f"> {limits.cut(note)}" for note in data.notes[:5]]


def clinician_first(data: ReportData, limits: Limits) -> list[str]:
    """The cases with a new never-event, in words, and how to see them."""
    cases = [case for case in data.cases if case.never_events]
    if not cases:
        return []
    lines = ["", f"#### For a clinician first: {count(len(cases), 'case')} with a new never-event", ""]
    for number, case in enumerate(cases[: limits.cases], start=1):
        lines += _told(f"{number}. ", case, limits)
    return [*lines, *more(len(cases), limits.cases, "in the report")]


def _told(bullet: str, case: Case, limits: Limits) -> list[str]:
    indent = " " * len(bullet)
    who = ", ".join(part for part in (case.vignette.age, case.vignette.sex) if part)
    complaint = f"“{limits.cut(case.vignette.complaint)}”" if case.vignette.complaint else ""
    patient = ": ".join(part for part in (text(who), complaint) if part)
    lines = [f"{bullet}**{limits.cut(case.id)}** {patient}", f"{indent}<br>{limits.cut(case.words)}"]
    if case.effects:
        effect = case.effects[0]
        undoing = f"; reverting it undoes: {limits.cut(', '.join(effect.undoes))}" if effect.undoes else ""
        lines.append(f"{indent}<br>First to blame: {code(effect.edit, limits.words)}{undoing}")
    if len(case.command) <= LONGEST_COMMAND:
        lines.append(f"{indent}<br>{code(case.command)}")
    return lines


def edits(data: ReportData, limits: Limits) -> list[str]:
    """Which edit did what."""
    if not data.edits:
        return []
    rows = [
        (
            code(edit.words, limits.words) + (f" <sub>{text(edit.file, limits.words)}</sub>" if edit.file else ""),
            _charge(edit),
        )
        for edit in data.edits[: limits.rows]
    ]
    lines = ["", "#### Which edit did it", "", *table(["edit", "what it did"], rows)]
    lines += more(len(data.edits), limits.rows, "edits in the report")
    if any(edit.shared for edit in data.edits):
        lines += ["", "A case that several edits bring about together is charged to each of them."]
    return [*lines, *(f"\n{limits.cut(note)}" for note in data.attribution_notes[:3])]


def _charge(edit: EditSummary) -> str:
    """``broke 4, fixed 1, 1 new never-event``"""
    counts = (
        (edit.broke, f"broke {edit.broke}"),
        (edit.fixed, f"fixed {edit.fixed}"),
        (edit.never_events, count(edit.never_events, "new never-event")),
        (edit.other, f"changed {edit.other} otherwise"),
    )
    return ", ".join(words for n, words in counts if n)


def flipped(data: ReportData, limits: Limits) -> list[str]:
    """What broke and what was fixed, a table each."""
    lines = []
    for change, heading in ((Change.BROKEN, "Broken"), (Change.FIXED, "Fixed")):
        cases = [case for case in data.cases if case.change == change]
        if cases:
            part = _case_table(cases, data, limits)
            title = f"{heading} ({len(cases)})"
            lines += ["", f"#### {title}", "", *part] if change is Change.BROKEN else folded(title, part)
    return lines


def otherwise_changed(data: ReportData, limits: Limits) -> list[str]:
    """What changed without breaking or mending, and was not told above; folded."""
    lines: list[str] = []
    others = [case for case in data.cases if case.change in tuple(CHANGED_WORDS) and not case.never_events]
    for change, heading in CHANGED_WORDS.items():
        cases = [case for case in others if case.change == change]
        if cases:
            lines += [f"**{heading}** ({len(cases)})", "", *_case_table(cases, data, limits, words=True), ""]
    return folded(f"Changed in another way ({len(others)})", lines)


def _case_table(cases: Sequence[Case], data: ReportData, limits: Limits, *, words: bool = False) -> list[str]:
    def row(case: Case) -> list[str]:
        flag = "⚠ " if case.never_events else ""
        cells = [flag + limits.cut(case.id)]
        if words:
            return [*cells, limits.cut(case.words)]
        return [
            *cells,
            f"{_led(case, data, limits, before=True)} → {_led(case, data, limits)}",
            _movement(case),
        ]

    headings = ["case", "what happened"] if words else ["case", "led before → leads now", "p(expected):"]
    return [
        *table(headings, map(row, cases[: limits.rows])),
        *more(len(cases), limits.rows, "in the report"),
    ]


def _led(case: Case, data: ReportData, limits: Limits, *, before: bool = False) -> str:
    interview = case.base if before else case.candidate
    if interview is None or not interview.differential:
        return "nothing"
    return _name(data, interview.differential[0].condition, limits)


def _movement(case: Case) -> str:
    sides = [side.p_expected for side in (case.base, case.candidate) if side is not None]
    return " → ".join(text(probability(p)) for p in sides)


def figures(data: ReportData, limits: Limits) -> list[str]:
    """Every figure that moved, with its uncertainty; folded."""
    moved = [figure for figure in data.figures if figure.verdict not in ("same", "not compared")]
    rows = [
        [figure.label, value(figure, figure.base), value(figure, figure.candidate), text(figure.words)]
        for figure in moved
    ]
    still = [figure.label for figure in data.figures if figure.verdict == "same"]
    lines = table(["figure", "before", "now", "difference [95 %]"], rows) if rows else []
    if still:
        lines += ["", f"The same in every case: {', '.join(still)}."]
    meaning = " / ".join(data.unlisted)
    lines += [
        "",
        f"Over the {count(data.n_comparable, 'case')} that both models played; a finding that a card does not list "
        f"means {code(meaning, limits.words)}. Each line is tested by itself, in the direction in which it moved: of "
        "ten that moved by chance alone, one would be called hardly chance. The gate decides, not this table.",
    ]
    return folded(f"Figures ({len(moved)} of {len(data.figures)} moved)", lines)


def value(figure: Figure, side: Value | None) -> str:
    """A figure of one model, a share with its count."""
    if side is None:
        return f"not scored ({text(figure.not_scored)})" if figure.not_scored else "not scored"
    if side.hits is not None:
        return share(side.hits, side.n)
    if figure.unit == "share":
        return f"{100 * side.value:.1f} %"
    return f"{side.value:.1f}" if figure.unit == "questions" else f"{side.value:.3f}"


def gate(data: ReportData, limits: Limits) -> list[str]:
    """Every rule, also those that pass; folded."""
    if data.verdict is None:
        return []
    findings = data.verdict.findings
    rows = [
        [
            f"{finding.symbol} {finding.status}",
            finding.rule,
            f"**{limits.cut(finding.title)}** {sentence(finding.words, limits.words)}",
        ]
        for finding in findings[: limits.rows]
    ]
    lines = [*table(["", "rule", ""], rows), *more(len(findings), limits.rows, "findings in the report")]
    return folded("The gate, rule by rule", lines if rows else [])


def inherited(data: ReportData, limits: Limits) -> list[str]:
    """What was so before: not this change's doing; folded."""
    never, failures = data.inherited_never_events, data.inherited_failures
    lines: list[str] = []
    if failures:
        ids = ", ".join(limits.cut(name) for name in failures[: limits.rows])
        lines += [f"**Wrong with both models** ({share(len(failures), data.n_comparable)}): {ids}"]
        lines += [*more(len(failures), limits.rows, "in the report"), ""]
    flags = [event for event in never if event.event == Event.RED_FLAG_DROPPED]
    unsafe = [event for event in never if event.event != Event.RED_FLAG_DROPPED]
    if unsafe:
        lines += [f"**Unsafe with both models** ({len(unsafe)})", "", *_never_events(unsafe, limits), ""]
    if flags:
        lines += [f"In {count(len(flags), 'case')} neither model asks every red flag in time; the report lists them."]
    return folded(f"Inherited from the base: {len(failures)} wrong, {len(unsafe)} unsafe", lines)


def _never_events(events: Sequence[NeverEvent], limits: Limits) -> list[str]:
    rows = [[limits.cut(event.case_id), limits.cut(event.words)] for event in events[: limits.rows]]
    return [*table(["case", "what happens"], rows), *more(len(events), limits.rows, "in the report")]


def _name(data: ReportData, condition: str, limits: Limits) -> str:
    return limits.cut(plain(data.names.conditions.get(condition, condition)))

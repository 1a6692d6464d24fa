"""The comment on a pull request: the verdict in the first line, what a clinician must see next, and the rest
folded; always short enough to be posted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from validation.comparison import Change, Event

from ..data.shapes import ReportData
from ..data.words import count, share
from . import compared, run_page, sections
from .escape import text
from .sections import Limits

MARKER = "<!-- clinval -->"
"""The first line, by which the comment of an earlier push is found and replaced."""
MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536."""
LEVELS = (
    Limits(cases=12, rows=40, words=600),
    Limits(cases=10, rows=20, words=300),
    Limits(cases=8, rows=10, words=160),
    Limits(cases=5, rows=5, words=80),
    Limits(cases=2, rows=3, words=40),
)
"""From generous to curt; the first that fits is used."""
LINK = r"https://[\w.~:/?#@!$&'*+,;=%-]+"
"""An address without spaces, brackets or quotes, which a link can hold as it is."""
SIGNS = {"PASS": "✅", "FAIL": "❌", "INCONCLUSIVE": "⚠️", "INCOMPLETE": "⏳"}
COUNTED = {
    Change.BROKEN: "broken",
    Change.FIXED: "fixed",
    Change.OTHER_WRONG: "wrong in another way",
    Change.WORSE_RANK: "ranked lower",
    Change.BETTER_RANK: "ranked higher",
}
HARMS = {
    Event.MUST_NOT_MISS_LOST: "must-not-miss lost",
    Event.EMERGENCY_UNDER_TRIAGED: "emergency under-triaged",
    Event.RED_FLAG_DROPPED: "red flag dropped",
    Event.UNSAFE_TRIAGE: "other under-triage",
}


def comment(data: ReportData, *, report: str = "", marker: str = MARKER) -> str:
    """The Markdown to post, at most ``MOST_CHARACTERS`` long; of a run, its summary.

    Parameters
    ----------
    report : where the full report is (an https address), to be linked
    marker : the first line, an HTML comment, by which this comment is found again
    """
    for limits in LEVELS:
        written = _joined([marker, *_lines(data, limits, report), ""])
        if len(written) <= MOST_CHARACTERS:
            return written
    headline = text(data.title, LEVELS[-1].words) if data.is_run else _headline(data)
    return _joined([marker, headline, "", "The rest is too long for a comment; it is in the report.", ""])


def _lines(data: ReportData, limits: Limits, report: str) -> list[str]:
    link = [f"[The full report]({report})"] if re.fullmatch(LINK, report) else []
    if data.is_run:
        return [*run_page.lines(data, limits), *compared.reproduce(data, limits)]
    if is_quiet(data):
        return [" · ".join([_headline(data), *link]), "", *sections.notes(data, limits)]
    return [
        _headline(data),
        "",
        *sections.reasons(data, limits),
        *_figures_in_a_line(data),
        *(["", *link] if link else []),
        "",
        *sections.notes(data, limits),
        *sections.clinician_first(data, limits),
        *sections.edits(data, limits),
        *sections.flipped(data, limits),
        *sections.otherwise_changed(data, limits),
        *sections.figures(data, limits),
        *sections.gate(data, limits),
        *sections.inherited(data, limits),
        *compared.case_set(data, limits),
        *compared.not_comparable(data, limits),
        *compared.reproduce(data, limits),
    ]


def _joined(lines: Sequence[str]) -> str:
    """One text, of several blank lines in a row only the last."""
    split = "\n".join(lines).split("\n")
    return "\n".join(line for line, following in pairwise([*split, "end"]) if line or following)


def is_quiet(data: ReportData) -> bool:
    """Whether one line says it all: no case flipped, every case is the same, and nothing for the gate to say."""
    calm = data.verdict is None or (
        data.verdict.passes and not any(finding.status in ("fail", "flag") for finding in data.verdict.findings)
    )
    changed_cases = data.not_comparable or data.case_changes
    return calm and not data.cases and not changed_cases and data.n_comparable > 0


def _headline(data: ReportData) -> str:
    """The verdict, then the counts."""
    verdict = f"{SIGNS[data.verdict.status]} **{text(data.verdict.heading, 80)}** · " if data.verdict else ""
    if not data.n_comparable:
        return f"{verdict}**nothing to compare**: no case was played by both models"
    if data.is_empty:
        return f"{verdict}no difference: {count(data.n_comparable, 'case')}, equal to the last bit"
    if not data.cases:
        return f"{verdict}no case flipped: {count(data.n_comparable, 'case')} played by both models"
    harms = [f"**{n} {word}**" for event, word in HARMS.items() if (n := data.event_counts.get(event, 0))]
    counts = [f"{data.counts.get(change, 0)} {word}" for change, word in COUNTED.items()]
    counts = [words for words in counts if not words.startswith("0 ") or words.split()[1] in ("broken", "fixed")]
    return f"{verdict}{' · '.join([*harms, *counts])} · of {count(data.n_comparable, 'case')}"


def _figures_in_a_line(data: ReportData) -> list[str]:
    """What most readers want to know of all cases together."""
    lines = []
    for name, label in (("top_1", "Right"), ("triage_safe", "Advice urgent enough")):
        figure = next((figure for figure in data.figures if figure.name == name), None)
        if figure is None or figure.base is None or figure.candidate is None or figure.verdict == "same":
            continue
        before, after = (share(side.hits or 0, side.n) for side in (figure.base, figure.candidate))
        chance = {"could be chance": "could be chance", "worse": "hardly chance", "better": "hardly chance"}
        lines.append(f"{label}: {before} → {after}; {chance[figure.verdict]}.")
    return ["", "<br>".join(lines)] if lines else []

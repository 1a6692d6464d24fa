"""An attribution in short lines, for terminals and Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from .numbers import in_pair
from .record import Attribution, CaseAttribution, EditSummary

SAID = 0.005
"""Movement from which the edits that hardly matter one by one are mentioned together."""


def summary_line(attribution: Attribution, summary: EditSummary) -> str:
    """``appendicitis.nausea .70→.35 broke 4 cases, fixed 1, 1 new never-event``"""
    told = []
    if summary.broke:
        told.append(f"broke {_cases(summary.broke)}")
    if summary.fixed:
        told.append(f"fixed {summary.fixed}" if told else f"fixed {_cases(summary.fixed)}")
    if summary.other:
        told.append(f"changed {summary.other} otherwise" if told else f"changed {_cases(summary.other)} otherwise")
    if summary.never_events:
        n = len(summary.never_events)
        told.append(f"{n} new never-event{'s' if n > 1 else ''}")
    if summary.shared:
        n = len(summary.shared)
        everything = n == len(summary.case_ids)
        told.append("together with others" if everything else f"{n} of them together with others")
    return f"{attribution.edits[summary.edit].words} {', '.join(told)}"


def blame_lines(attribution: Attribution) -> Iterator[str]:
    """What ``clinval diff --blame`` prints: one line an edit, then the notes."""
    for summary in attribution.by_edit:
        yield summary_line(attribution, summary)
    yield from attribution.notes


def case_lines(attribution: Attribution, case: CaseAttribution, most: int = 5) -> Iterator[str]:
    """What moved one case: the whole, then one line an edit."""
    before, after = in_pair(round(case.p_base, 4), round(case.p_candidate, 4), 2)
    yield f"{case.case_id}  {' '.join(case.words)}  p {before}→{after}"
    for effect in case.effects[:most]:
        share = f"{_signed(effect.shapley)} of it, " if effect.shapley is not None else ""
        alone, reverted = _signed(effect.alone), _signed(effect.reverted)
        undone = "; without it none of this" if effect.undoes == case.words else ""
        if effect.undoes and not undone:
            undone = f"; without it no {', '.join(effect.undoes)}"
        yield f"  {attribution.edits[effect.edit].words}  {share}alone {alone}, last {reverted}{undone}"
    left = len(case.effects) - most
    if left > 0:
        yield f"  and {left} more"
    if case.others is not None and abs(case.others) >= SAID:
        yield f"  {case.n_others} other edits together  {_signed(case.others)} of it"


def _cases(n: int) -> str:
    return f"{n} case{'s' if n > 1 else ''}"


def _signed(movement: float) -> str:
    """``+.12``, ``−.30``, ``0``."""
    text = f"{abs(movement):.2f}" if abs(movement) >= 0.005 else f"{abs(movement):.1g}"
    if not movement:
        return "0"
    return ("+" if movement > 0 else "−") + (text[1:] if text.startswith("0.") else text)

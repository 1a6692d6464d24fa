"""What each edit is charged with, or credited for, over all cases.

What happened to a case (each of its words: ``broken``, ``fixed``, ``must-not-miss-lost`` …) goes to

1. the edits without which it would not have happened: each of them, reverted alone, undoes it;
2. where no single one undoes it, the edits that bring it about alone (any of them suffices);
3. where none does either, the edit with the largest share of the movement in its direction.

Where this names several edits, or by rule 3 one that did not do it alone, the case is marked as done
*together with others*; with rule 1 an edit that is the only necessary one did it.  One case can stand
with several edits, so that the sums over the edits may exceed the number of cases.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.words import Change, Event
from .record import CaseAttribution, EditSummary, Effect

_FIRST = (*(event.value for event in Event if event.is_never_event), *(change.value for change in Change))
_GOOD = {
    Change.FIXED.value,
    Change.BETTER_RANK.value,
    *(event.value for event in Event if not event.is_harm),
}
_NEVER = {event.value for event in Event if event.is_never_event}


def by_edit(cases: Sequence[CaseAttribution]) -> tuple[EditSummary, ...]:
    """One summary an edit that is charged with something: most never-events first, then most broken
    cases, then most of anything; equal ones by index."""
    charged: dict[int, dict[str, list[str]]] = {}
    shared: dict[int, list[str]] = {}
    for case in cases:
        for word in case.words:
            owners, is_shared = responsible(case, word)
            for edit in owners:
                charged.setdefault(edit, {}).setdefault(word, []).append(case.case_id)
                if is_shared and case.case_id not in shared.setdefault(edit, []):
                    shared[edit].append(case.case_id)
    summaries = [_summary(edit, words, shared.get(edit, [])) for edit, words in charged.items()]
    return tuple(sorted(summaries, key=lambda s: (-len(s.never_events), -s.broke, -len(s.case_ids), s.edit)))


def responsible(case: CaseAttribution, word: str) -> tuple[tuple[int, ...], bool]:
    """The edits that a word of a case goes to, and whether they did it together with others."""
    necessary = tuple(effect.edit for effect in case.effects if word in effect.undoes)
    if necessary:
        return necessary, len(necessary) > 1
    sufficient = tuple(effect.edit for effect in case.effects if word in effect.causes)
    if sufficient:
        return sufficient, len(sufficient) > 1
    direction = 1.0 if word in _GOOD else -1.0
    best: Effect | None = max(
        case.effects, key=lambda effect: (direction * effect.movement, -effect.edit), default=None
    )
    if best is None:
        return (), False
    return (best.edit,), True


def _summary(edit: int, words: dict[str, list[str]], shared: list[str]) -> EditSummary:
    order = [*_FIRST, *(word for word in words if word not in _FIRST)]
    ordered = {word: tuple(words[word]) for word in order if word in words}
    never = tuple(dict.fromkeys(case_id for word in ordered if word in _NEVER for case_id in ordered[word]))
    return EditSummary(edit, ordered, never, tuple(shared))

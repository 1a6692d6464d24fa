"""A signed-off case changes only as a new version: 89 of the catalogue."""

from __future__ import annotations

from model.errors import Problem

from ..card import Card
from ..case_set import CaseSet

_MAY_CHANGE = frozenset({"version", "review_state", "reviewer", "notes"})
"""Fields that a review itself touches."""


def check_edits(before: CaseSet, after: CaseSet) -> list[Problem]:
    """A problem for every accepted case of ``before`` that ``after`` changes under the same version.

    So does one whose version went down.  Cases that are gone are not looked at here: a comparison
    of runs reports them.
    """
    problems = []
    for row, card in enumerate(after.cards):
        position = before.index.get(card.id)
        if position is None or before.cards[position].review_state != "accepted":
            continue
        old = before.cards[position]
        changed = _changed_fields(old, card)
        if card.version < old.version:
            problems.append(_edit(after.place(row), f"version {card.version} after version {old.version}", old))
        elif changed and card.version == old.version:
            problems.append(_edit(after.place(row), f"a signed-off case with other {', '.join(changed)}", old))
    return problems


def _changed_fields(old: Card, new: Card) -> list[str]:
    return [name for name in Card.model_fields if name not in _MAY_CHANGE and getattr(old, name) != getattr(new, name)]


def _edit(where: str, found: str, old: Card) -> Problem:
    return Problem(
        "E-EDITED",
        where,
        found,
        f"version {old.version} unchanged, or version {old.version + 1}",
        next_step="raise the version and have the case reviewed again",
        catalogue=89,
    )

"""Many edits put into few: a refit changes thousands of figures, and nobody asks about each.

The owner of an edit is the condition whose file it is in; leaks, findings, risk factors and the policy
own the rest.  The largest owners are taken together first, so that what was edited by hand beside a refit
stays by itself.  Where there are still too many, the conditions that concern the fewest cases become one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .edits import Edit, as_group

MOST = 64
"""Edits that are looked at one by one."""


def grouped(edits: Sequence[Edit], concerned: Mapping[str, int], most: int = MOST) -> tuple[Edit, ...]:
    """At most ``most`` edits that together are the same.

    Parameters
    ----------
    concerned : condition id to the number of cases that expect it or that it leads in; 0 if missing
    """
    if len(edits) <= most:
        return tuple(edits)
    members: dict[str, list[Edit]] = {}
    for edit in edits:
        members.setdefault(owner_of(edit), []).append(edit)
    size = Counter({owner: len(own) for owner, own in members.items()})
    total = len(edits)
    together: set[str] = set()
    for owner, n in sorted(size.items(), key=lambda item: -item[1]):
        if total <= most:
            break
        together.add(owner)
        total -= n - 1
    groups = [
        group
        for owner, own in members.items()
        for group in ([as_group(own, f"all of {owner}")] if owner in together else own)
    ]
    return tuple(groups if len(groups) <= most else _fewest(groups, concerned, most))


def owner_of(edit: Edit) -> str:
    """The condition's id, or the room that the edit is in."""
    lead = edit.keys[0]
    if lead[0] == "condition":
        return lead[1]
    if edit.kind == "leak":
        return "the leaks"
    rooms = {
        "finding": "the findings",
        "risk_factor": "the risk factors",
        "table": "the tables",
        "policy": "the policy",
    }
    return rooms.get(lead[0], edit.path)


def _fewest(groups: Sequence[Edit], concerned: Mapping[str, int], most: int) -> Iterable[Edit]:
    """The groups that concern most cases, and the rest as one."""

    def weight(edit: Edit) -> tuple[bool, int]:
        lead = edit.keys[0]
        return (lead[0] != "condition", concerned.get(lead[1], 0) if lead[0] == "condition" else 0)

    ranked = sorted(range(len(groups)), key=lambda i: (*(-int(w) for w in weight(groups[i])), i))
    kept = set(ranked[: most - 1])
    rest = [groups[i] for i in range(len(groups)) if i not in kept]
    return [
        *(groups[i] for i in range(len(groups)) if i in kept),
        as_group(rest, f"the {len(rest)} that concern the fewest cases"),
    ]

"""What happened to one case between two models, from its two rows of results."""

from __future__ import annotations

from model.network.vocabulary import Triage

from ..results import Row
from .words import Change, Event

TOP = 3
"""How far down the differential a must-not-miss condition may stand (METRICS.md, G1)."""


def is_right(row: Row) -> bool:
    """Whether the expected condition, or an acceptable alternative, leads."""
    return bool(row["rank_right"] == 1)


def leading(row: Row) -> str | None:
    """The condition that leads; None where there is no differential."""
    return row["differential"][0]["condition"] if row["differential"] else None


def change_of(base: Row, candidate: Row) -> Change:
    """What became of the outcome."""
    before, after = is_right(base), is_right(candidate)
    if before != after:
        return Change.FIXED if after else Change.BROKEN
    if before:
        return Change.SAME
    if leading(base) != leading(candidate):
        return Change.OTHER_WRONG
    was, now = _place(base), _place(candidate)
    return Change.SAME if was == now else Change.BETTER_RANK if now < was else Change.WORSE_RANK


def _place(row: Row) -> float:
    """The rank of what is right; not on the list is behind every place."""
    return float(row["rank_right"] or "inf")


def events_of(base: Row, candidate: Row) -> tuple[Event, ...]:
    """What became of its safety, the new never-events first."""
    events: list[Event] = []
    if newly_missed(base, candidate):
        events.append(Event.MUST_NOT_MISS_LOST)
    if newly_missed(candidate, base):
        events.append(Event.MUST_NOT_MISS_REGAINED)
    was, now = _under_triaged(base), _under_triaged(candidate)
    if was != now:
        if base["triage_least"] == Triage.EMERGENCY:
            events.append(Event.EMERGENCY_UNDER_TRIAGED if now else Event.EMERGENCY_RECOGNISED)
        else:
            events.append(Event.UNSAFE_TRIAGE if now else Event.SAFE_TRIAGE)
    asked, still_asked = red_flags_asked(base), red_flags_asked(candidate)
    if asked - still_asked:
        events.append(Event.RED_FLAG_DROPPED)
    if still_asked - asked:
        events.append(Event.RED_FLAG_REGAINED)
    order = list(Event)
    return tuple(sorted(events, key=order.index))


def missed(row: Row) -> tuple[str, ...]:
    """The must-not-miss conditions that are not in the top 3, as the card orders them."""
    return tuple(name for name in row["must_not_miss"] if not 1 <= place_of(row, name) <= TOP)


def newly_missed(base: Row, candidate: Row) -> tuple[str, ...]:
    """Those that leave the top 3: each for itself, since a case that names two may have missed one before."""
    before = missed(base)
    return tuple(name for name in missed(candidate) if name not in before)


def place_of(row: Row, condition: str) -> int:
    """The rank of a must-not-miss condition; 0 where it is not on the list."""
    if len(row["must_not_miss"]) == 1:
        return int(row["rank_must_not_miss"])
    names = [entry["condition"] for entry in row["differential"]]
    return names.index(condition) + 1 if condition in names else 0


def _under_triaged(row: Row) -> bool:
    """No advice at all is the least urgent one."""
    return bool(row["triage_least"] >= 0 and row["triage_advice"] < row["triage_least"])


def red_flags_asked(row: Row) -> set[str]:
    """The must-ask findings that were volunteered, or asked before their deadline."""
    return {ask["finding"] for ask in row["must_ask"] if ask["asked_at"] >= 0 and _in_time(ask["asked_at"], ask["by"])}


def _in_time(asked_at: int, by: int) -> bool:
    return by < 0 or asked_at <= by

"""What happened to a case, by table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.validation.comparison.rows import ask, row, wrong
from validation.comparison.changes import change_of, events_of
from validation.comparison.words import NEVER_EVENTS, NOT_COMPARABLE, SYMBOLS, Change, Event
from validation.summary import short_p


@pytest.mark.parametrize(
    ("base", "candidate", "change"),
    [
        (row(), row(), Change.SAME),
        (row(), row(p_expected=0.4), Change.SAME),
        (row(), wrong(), Change.BROKEN),
        (wrong(), row(), Change.FIXED),
        (wrong("cold"), wrong("asthma"), Change.OTHER_WRONG),
        (wrong("cold", 2), wrong("cold", 5), Change.WORSE_RANK),
        (wrong("cold", 5), wrong("cold", 2), Change.BETTER_RANK),
        (wrong("cold", 2), wrong("cold", 0), Change.WORSE_RANK),  # 0: not on the list at all
        (wrong("cold", 0), wrong("cold", 40), Change.BETTER_RANK),
        (wrong("cold", 2), wrong("cold", 2, p_expected=0.1), Change.SAME),
        (row("cold", rank=2, rank_right=1), row("flu"), Change.SAME),  # an acceptable alternative is right
        (row(), wrong(None, 0, outcome="crashed"), Change.BROKEN),
        (wrong("cold"), wrong(None, 0, outcome="impossible_evidence"), Change.OTHER_WRONG),
        (wrong(None, 0), wrong(None, 0), Change.SAME),
    ],
)
def test_the_outcome(base: dict[str, Any], candidate: dict[str, Any], change: Change) -> None:
    assert change_of(base, candidate) is change


def dangerous(rank: int) -> dict[str, Any]:
    return row(must_not_miss=["sepsis"], rank_must_not_miss=rank)


def two_dangers(*leading: str) -> dict[str, Any]:
    """A case that must miss neither of two; ``leading`` : its differential."""
    places = [leading.index(name) + 1 if name in leading else 0 for name in ("sepsis", "stroke")]
    differential = [{"condition": name, "p": 0.1} for name in leading]
    worst = 0 if 0 in places else max(places)
    return row(must_not_miss=["sepsis", "stroke"], rank_must_not_miss=worst, differential=differential)


def advised(level: int, least: int = 3) -> dict[str, Any]:
    return row(triage_advice=level, triage_least=least)


def asked(*asks: dict[str, Any]) -> dict[str, Any]:
    return row(must_ask=list(asks))


@pytest.mark.parametrize(
    ("base", "candidate", "events"),
    [
        (dangerous(3), dangerous(4), [Event.MUST_NOT_MISS_LOST]),
        (dangerous(1), dangerous(0), [Event.MUST_NOT_MISS_LOST]),
        (dangerous(4), dangerous(9), []),  # inherited
        (dangerous(1), dangerous(3), []),
        (dangerous(0), dangerous(2), [Event.MUST_NOT_MISS_REGAINED]),
        (row(rank_must_not_miss=0), row(rank_must_not_miss=0), []),  # the case names none
        # One of two was missed before: the other is a never-event all the same.
        (two_dangers("sepsis"), two_dangers("flu"), [Event.MUST_NOT_MISS_LOST]),
        (two_dangers("sepsis"), two_dangers("stroke"), [Event.MUST_NOT_MISS_LOST, Event.MUST_NOT_MISS_REGAINED]),
        (two_dangers("sepsis"), two_dangers("flu", "cold", "sepsis"), []),
        (two_dangers("sepsis", "stroke"), two_dangers("sepsis", "flu", "cold", "stroke"), [Event.MUST_NOT_MISS_LOST]),
        (advised(3), advised(2), [Event.EMERGENCY_UNDER_TRIAGED]),
        (advised(3), advised(-1), [Event.EMERGENCY_UNDER_TRIAGED]),
        (advised(2), advised(0), []),
        (advised(1), advised(3), [Event.EMERGENCY_RECOGNISED]),
        (advised(2, 2), advised(1, 2), [Event.UNSAFE_TRIAGE]),
        (advised(1, 2), advised(2, 2), [Event.SAFE_TRIAGE]),
        (advised(3, 0), advised(0, 0), []),
        (advised(3, -1), advised(0, -1), []),  # the card names no range
        (asked(ask("fever", 2)), asked(ask("fever", -1)), [Event.RED_FLAG_DROPPED]),
        (asked(ask("fever", 2, 3)), asked(ask("fever", 4, 3)), [Event.RED_FLAG_DROPPED]),
        (asked(ask("fever", 2, 3)), asked(ask("fever", 3, 3)), []),
        (asked(ask("fever", 0, 3)), asked(ask("fever", 0, 3)), []),
        (asked(ask("fever", -1)), asked(ask("fever", 7)), [Event.RED_FLAG_REGAINED]),
        (
            asked(ask("fever", 1), ask("rash", -1)),
            asked(ask("fever", -1), ask("rash", 1)),
            [Event.RED_FLAG_DROPPED, Event.RED_FLAG_REGAINED],
        ),
        (
            {**dangerous(1), **{"triage_advice": 3, "triage_least": 3}},
            {**dangerous(5), **{"triage_advice": 1, "triage_least": 3}},
            [Event.MUST_NOT_MISS_LOST, Event.EMERGENCY_UNDER_TRIAGED],
        ),
    ],
)
def test_the_events(base: dict[str, Any], candidate: dict[str, Any], events: list[Event]) -> None:
    assert list(events_of(base, candidate)) == events
    back = events_of(candidate, base)
    assert len(back) == len(events), "whatever happens one way is undone the other way"
    assert {event.is_harm for event in back} == {not event.is_harm for event in events}


def test_every_word_can_be_grepped_and_has_a_sign() -> None:
    words = [*Change, *Event]
    assert len(set(words)) == len(words)
    assert all(word == word.lower() and " " not in word for word in words)
    assert set(SYMBOLS) == set(Change)
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)
    assert all(event.is_never_event and event.is_harm for event in NEVER_EVENTS)
    assert [change for change in Change if not change.is_comparable] == list(NOT_COMPARABLE)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0, "0"), (1e-5, "1e-05"), (0.00407, ".00407"), (0.61, ".61"), (0.9984, ".998"), (0.9996, ">.999"), (1, "1")],
)
def test_a_probability_is_short_and_never_certain_by_rounding(p: float, text: str) -> None:
    assert short_p(p) == text

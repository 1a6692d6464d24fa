"""Which case is which: properties over case sets made at random."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.card import Card
from tests.validation.comparison.rows import row, wrong
from validation.comparison.pairing import CasePair, paired
from validation.comparison.words import Change


def card(case_id: str, content: int) -> Card:
    return Card.model_validate(
        {"id": case_id, "author": "a", "patient": {"age": content}, "expected": {"condition": "flu"}}
    )


def cards(content: dict[str, int]) -> dict[str, Card]:
    return {case_id: card(case_id, number) for case_id, number in content.items()}


CARD = {number: card("x", number).content_hash for number in range(4)}
CASE_SETS = st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(sorted(CARD)))
PLAYED = st.sets(st.sampled_from("abcdefg"))


def pairs(base: dict[str, int], now: dict[str, int]) -> list[CasePair]:
    """Everything played, everything right."""
    return list(paired({name: row() for name in base}, {name: row() for name in now}, cards(base), cards(now)))


@given(CASE_SETS, CASE_SETS)
def test_every_case_of_either_set_is_in_exactly_one_pair(base: dict[str, int], now: dict[str, int]) -> None:
    found = pairs(base, now)
    ours = [pair.case_id for pair in found if pair.change is not Change.REMOVED]
    theirs = [pair.base_id for pair in found if pair.base_id is not None]
    assert sorted(ours) == ours == sorted(now)
    assert sorted(theirs) == sorted(base)


@given(CASE_SETS, CASE_SETS)
def test_the_comparable_pairs_are_the_largest_bijection_of_equal_content(
    base: dict[str, int], now: dict[str, int]
) -> None:
    found = [pair for pair in pairs(base, now) if pair.is_comparable]
    assert all(pair.base_id is not None and base[pair.base_id] == now[pair.case_id] for pair in found)
    common = Counter(base.values()) & Counter(now.values())
    assert Counter(now[pair.case_id] for pair in found) == common
    kept = {name for name in base if base[name] == now.get(name)}
    assert {pair.case_id for pair in found if not pair.is_renamed} == kept, "one's own id first"


@given(CASE_SETS, CASE_SETS)
def test_an_id_with_another_content_is_an_edit_unless_its_old_content_lives_on(
    base: dict[str, int], now: dict[str, int]
) -> None:
    for pair in pairs(base, now):
        if pair.change is Change.EDITED:
            assert pair.case_id == pair.base_id
            assert base[pair.case_id] != now[pair.case_id]
        elif pair.change is Change.NEW:
            assert pair.base_id is None
            assert pair.base is None
        elif pair.change is Change.REMOVED:
            assert pair.candidate is None


@given(CASE_SETS, CASE_SETS, st.randoms(use_true_random=False))
def test_the_order_of_neither_set_matters(base: dict[str, int], now: dict[str, int], random: object) -> None:
    def shuffled(content: dict[str, int]) -> dict[str, int]:
        items = list(content.items())
        random.shuffle(items)  # type: ignore[attr-defined]
        return dict(items)

    assert pairs(shuffled(base), shuffled(now)) == pairs(base, now)


@given(CASE_SETS, PLAYED, PLAYED)
def test_what_one_run_did_not_reach_is_not_played(content: dict[str, int], one: set[str], other: set[str]) -> None:
    both = cards(content)
    base = {name: row() for name in content if name in one}
    candidate = {name: wrong() for name in content if name in other}
    for pair in paired(base, candidate, both, both):
        played = pair.case_id in one and pair.case_id in other
        assert pair.change is (Change.BROKEN if played else Change.NOT_PLAYED)
        assert pair.is_changed is played
        assert pair.events == ()


@pytest.mark.parametrize(
    ("base", "now", "expected"),
    [
        ({"a": 1}, {"a": 1}, {"a": ("a", Change.SAME)}),
        ({"a": 1}, {"b": 1}, {"b": ("a", Change.SAME)}),
        ({"a": 1}, {"a": 2}, {"a": ("a", Change.EDITED)}),
        ({"a": 1}, {"a": 2, "b": 1}, {"a": (None, Change.NEW), "b": ("a", Change.SAME)}),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": ("b", Change.SAME), "b": ("a", Change.SAME)}),
        ({"a": 1, "b": 1}, {"c": 1, "d": 1}, {"c": ("a", Change.SAME), "d": ("b", Change.SAME)}),
        ({"a": 1, "b": 1}, {"b": 1}, {"b": ("b", Change.SAME)}),
    ],
)
def test_by_example(base: dict[str, int], now: dict[str, int], expected: dict[str, tuple[str | None, Change]]) -> None:
    found = {pair.case_id: (pair.base_id, pair.change) for pair in pairs(base, now) if pair.change != Change.REMOVED}
    assert found == expected

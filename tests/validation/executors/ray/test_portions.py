"""How many cases at once: every case once, in order, seconds of work, an even end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.validation import synthetic
from validation.executors.ray.portions import FIRST, LARGEST, Portions

CARDS = synthetic.cards(synthetic.network(), 60)
MANY = [CARDS[0]] * 20_000


@given(
    sizes=st.lists(st.integers(1, 9), max_size=9),
    seconds=st.none() | st.floats(0.01, 10),
    workers=st.integers(1, 64),
    paces=st.lists(st.floats(0, 100), min_size=1, max_size=5),
)
def test_every_case_is_handed_out_once_and_in_order(
    sizes: list[int], seconds: float | None, workers: int, paces: list[float]
) -> None:
    shards, start = [], 0
    for size in sizes:
        shards.append(tuple(CARDS[start : start + size]))
        start += size
    shards = [shard for shard in shards if shard]  # there are only so many cards
    given_cards = [card.id for shard in shards for card in shard]
    portions = Portions(shards, seconds, workers)
    got = []
    while (portion := portions.next()) is not None:
        assert portion
        got += [card.id for card in portion]
        assert portions.n_left == len(given_cards) - len(got)
        portions.measured(len(portion), len(portion) * paces[len(got) % len(paces)])
    assert got == given_cards


def test_without_a_measure_it_keeps_to_the_shards_or_begins_small() -> None:
    shards = [tuple(CARDS[:7]), tuple(CARDS[7:40])]
    assert [len(shard) for shard in iter(Portions(shards, None, 2).next, None)] == [7, 33]
    assert Portions(shards, 3.0, 2).size == FIRST


def test_portions_are_seconds_of_work_and_grow_with_care() -> None:
    portions = Portions([tuple(MANY)], 3.0, 2)
    portions.measured(16, 0.16)  # 10 ms a case: 300 would be three seconds, but four times as many is enough for now
    assert portions.size == 64
    for _ in range(4):
        portions.measured(portions.size, portions.size * 0.01)
    assert 250 <= portions.size <= 300
    for _ in range(20):
        portions.measured(portions.size, portions.size * 1.0)  # a hundred times dearer
    assert portions.size in (2, 3)


def test_they_are_never_so_large_that_a_death_costs_much() -> None:
    portions = Portions([tuple(MANY)], 3.0, 2)
    for _ in range(20):
        portions.measured(portions.size, 1e-9)
    assert portions.size == LARGEST


def test_towards_the_end_workers_get_even_shares() -> None:
    portions = Portions([tuple(MANY[:1000])], 3.0, 4)
    for _ in range(8):
        portions.measured(500, 0.5)
    sizes = []
    while (portion := portions.next()) is not None:
        sizes.append(len(portion))
    assert sizes[0] == 125  # half of an even share of what is left
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= FIRST

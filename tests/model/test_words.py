"""Near words: what somebody may have meant, and nothing that only looks learned."""

from __future__ import annotations

import pytest

from model.words import nearest

WORDS = ("headache", "chest_pain", "pain_in_the_chest", "fever", "eosinophilic_pneumonia", "type 1 diabetes")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("headake", "headache"),
        ("Fevr", "fever"),
        ("pain chest", "chest_pain"),
        ("diabetes", "type 1 diabetes"),
        ("eosinofilic pneumonia", "eosinophilic_pneumonia"),
    ],
)
def test_what_is_near(word: str, near: str) -> None:
    assert nearest(word, WORDS)[0] == near


@pytest.mark.parametrize("word", ["nope", "x", "foo", "", "頭痛", "knee"])
def test_what_is_not_near_is_not_suggested(word: str) -> None:
    assert nearest(word, WORDS) == ()


def test_at_most_three_the_nearest_first_and_ties_in_order() -> None:
    assert nearest("c01", ("c04", "c03", "c02", "c01x", "c01")) == ("c01", "c01x", "c04")

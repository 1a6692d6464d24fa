"""Numbers and words as people read them."""

from __future__ import annotations

import pytest

from reports.html import words
from validation.comparison import Change, Event


@pytest.mark.parametrize(
    ("p", "text"),
    [(0, "0"), (1, "1"), (0.61, ".61"), (0.05, ".05"), (0.0042, ".0042"), (0.00001, "< .0001"), (0.9999, "> .99"),
     (0.995, "> .99"), (0.99, ".99"), (None, "")],
)  # fmt: skip
def test_probability(p: float | None, text: str) -> None:
    assert words.probability(p) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.123, "+0.12"), (-0.123, "−0.12"), (0.001, "0"), (-0.001, "0"), (None, "")]
)
def test_signed(number: float | None, text: str) -> None:
    assert words.signed(number) == text


@pytest.mark.parametrize("word", [*Change, *Event, "PASS", "FAIL", "INCONCLUSIVE", "INCOMPLETE", "right", "wrong"])
def test_every_word_has_a_sign_beside_its_colour(word: str) -> None:
    assert words.sign(word) in words.SIGNS.values()
    assert words.sign(word).strip()
    assert words.label(word).strip()


def test_what_differs_in_colour_only_would_be_the_same_to_many() -> None:
    """A good and a bad word never share a sign."""
    signs = {tone: {words.sign(word) for word, its in words.TONES.items() if its == tone} for tone in ("good", "bad")}
    assert not signs["good"] & signs["bad"]


def test_commands_between_backticks() -> None:
    assert words.with_code("run `a <b>`; <i>") == "run <code>a &lt;b&gt;</code>; &lt;i&gt;"
    assert words.with_code("one ` alone") == "one ` alone"


def test_plural() -> None:
    assert (words.plural(1, "case"), words.plural(2, "case")) == ("1 case", "2 cases")
    assert words.plural(2, "specialty", "specialties") == "2 specialties"

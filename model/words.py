"""Near words, for messages that ask "did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LEAST = 60.0
"""Per cent of likeness below which a word is no suggestion: better none than a misleading one."""


def nearest(word: str, words: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The ``limit`` of ``words`` most like ``word``, best first; ties keep their order; none that is not alike."""
    from rapidfuzz import process, utils

    found = process.extract(
        word, list(words), scorer=likeness, processor=utils.default_process, limit=limit, score_cutoff=LEAST
    )
    return tuple(choice for choice, _score, _index in found)


def likeness(one: str, other: str, **_options: Any) -> float:
    """How much two words or phrases are alike, 0 to 100.

    Spelt alike, alike in another order of their words, or (a little less) one a part of the other in
    whole words.  Parts of words do not count: "nope" is nothing like "eosinophilic pneumonia".
    """
    from rapidfuzz import fuzz

    one, other = (phrase.replace("_", " ") for phrase in (one, other))
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other), 0.9 * fuzz.token_set_ratio(one, other))

"""Near words, for messages that ask "did you mean …?"."""

from __future__ import annotations

from collections.abc import Sequence


def nearest(word: str, words: Sequence[str], least: float = 60.0) -> tuple[str, ...]:
    """At most three of ``words`` spelt like ``word``, the nearest first; ties keep their order.

    ``least`` is the similarity, in per cent, below which a word is no suggestion.
    """
    from rapidfuzz import fuzz, process

    return tuple(match for match, _, _ in process.extract(word, words, scorer=fuzz.WRatio, limit=3, score_cutoff=least))

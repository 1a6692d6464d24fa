"""Two figures side by side, as a model author writes them: ``.70`` and ``.35``."""

from __future__ import annotations

from collections.abc import Sequence


def in_pair(before: float, after: float, least_decimals: int = 0) -> tuple[str, str]:
    """Both to as many decimals as either needs (four digits, or more where that does not tell them apart).

    No zero stands before the point; 0 and 1 are written plainly.
    """
    one, other = _apart(before, after, 4)
    if "e" in one or "e" in other:
        one, other = _apart(before, after, 2)
        return _plain(one), _plain(other)
    decimals = max(least_decimals, *(len(text.partition(".")[2]) for text in (one, other)))
    return _fixed(before, decimals), _fixed(after, decimals)


def probabilities(before: float, after: float) -> tuple[str, str]:
    """Two probabilities, at least two decimals each."""
    return in_pair(before, after, 2)


def probability(p: float) -> str:
    """One probability."""
    return probabilities(p, p)[0]


def distribution(probabilities_of_states: Sequence[float], states: Sequence[str]) -> str:
    """P(state) over the states: of two states the second alone."""
    if len(states) == 2:
        return probability(probabilities_of_states[1])
    return ", ".join(f"{state} {probability(p)}" for state, p in zip(states, probabilities_of_states, strict=False))


def _apart(before: float, after: float, digits: int) -> tuple[str, str]:
    """To so many digits, or more where that does not tell them apart."""
    one, other = f"{before:.{digits}g}", f"{after:.{digits}g}"
    return _apart(before, after, digits + 1) if one == other and before != after and digits < 17 else (one, other)


def _fixed(value: float, decimals: int) -> str:
    return str(int(value)) if value in (0, 1) else _plain(f"{value:.{decimals}f}")


def _plain(text: str) -> str:
    if text.startswith("-"):
        return "−" + _plain(text[1:])
    return text[1:] if text.startswith("0.") else text

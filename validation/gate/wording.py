"""How the gate writes figures: counts beside percentages, changes in points, chance in words."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 5


def share(count: int, n: int) -> str:
    """``112 of 134 (83.6 %)``."""
    return f"{count:,} of {n:,} ({count / n:.1%})" if n else f"{count:,} of 0"


def points(difference: float) -> str:
    """A difference of shares: ``−1.2 points``; a true minus sign, so that it is seen."""
    return signed(100 * difference, 1) + " points"


def signed(value: float, digits: int) -> str:
    """With its sign; 0 has none."""
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def plural(count: int, one: str, many: str = "") -> str:
    """``1 case``, ``2 cases``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def chance(p: float) -> str:
    """A p value as a sentence's end, no jargon: how often luck alone would do as much."""
    if p >= 0.1:
        return f"could well be chance (p = {p:.2f})"
    if p >= 0.05:
        return f"could be chance (p = {p:.3f})"
    if p >= 0.001:
        return f"hardly chance (p = {p:.3f})"
    return "not chance (p < 0.001)"


def named(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

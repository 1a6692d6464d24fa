"""Many tests at once: Benjamini and Hochberg to flag, Holm to block (statsmodels)."""

from __future__ import annotations

from collections.abc import Sequence

from .libraries import library


def flagged(p: Sequence[float], q: float) -> list[bool]:
    """Which to look at, so that at most the share ``q`` of them is expected to be chance
    (Benjamini & Hochberg 1995)."""
    return _rejected(p, q, "fdr_bh")


def blocking(p: Sequence[float], alpha: float) -> list[bool]:
    """Which are significant, the chance of any false one among them all being at most ``alpha``
    (Holm 1979)."""
    return _rejected(p, alpha, "holm")


def _rejected(p: Sequence[float], alpha: float, method: str) -> list[bool]:
    if not p or alpha <= 0:
        return [False] * len(p)
    rejected = library("statsmodels.stats.multitest").multipletests(list(p), alpha=alpha, method=method)[0]
    return [bool(is_rejected) for is_rejected in rejected]

"""Folds for cross-validation: a pure function of each card, so that they never depend on order."""

from __future__ import annotations

import hashlib

from .card import Card


def fold_of(card: Card, n_folds: int) -> int:
    """The fold, 0 … ``n_folds`` - 1, in which this card is tested.

    It follows from the SHA-256 of the card's family, else its id: adding, removing or reordering
    other cards moves no card to another fold.  (The content hash would put equal cases of different
    patients into one fold; the published figures of corpora were measured with them on both sides.)
    """
    digest = hashlib.sha256((card.family or card.id).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % n_folds

"""Doctor-written cases: the card, the sets of them, how they are read, checked and published."""

from .card import Card, CardFinding, Expected, MustAsk, Opinion, Patient, replayed_content
from .case_set import CaseSet, Quarantined
from .readers import load_cases, parse_cases

__all__ = [
    "Card",
    "CardFinding",
    "CaseSet",
    "Expected",
    "MustAsk",
    "Opinion",
    "Patient",
    "Quarantined",
    "load_cases",
    "parse_cases",
    "replayed_content",
]

"""A card as the plain values that a person would write: defaults left out, shorthands used."""

from __future__ import annotations

from typing import Any

from ..card import Card, CardFinding


def to_record(card: Card) -> dict[str, Any]:
    """Strings, numbers, booleans, lists and mappings only; ``Card.model_validate`` gives the card back."""
    record: dict[str, Any] = card.model_dump(mode="json", exclude_defaults=True)
    if card.findings:
        record["findings"] = {name: _finding(finding) for name, finding in card.findings.items()}
    return record


def _finding(finding: CardFinding) -> str | dict[str, Any]:
    by_default = CardFinding(state=finding.state, initial=finding.initial, pertinent=finding.state == "absent")
    if finding == by_default and not finding.initial:
        return finding.state
    record: dict[str, Any] = {"state": finding.state}
    if finding.initial:
        record["initial"] = True
    if finding.pertinent != by_default.pertinent:
        record["pertinent"] = finding.pertinent
    return record

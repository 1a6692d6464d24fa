"""Cards to phenopackets; what a packet has no place for is told, and goes through ``.jsonl`` without loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.errors import Problem, Severity

from ..card import UNITS_IN_A_YEAR, Card, Patient
from ..vocabulary import Vocabulary
from .terms import Term, resource, to_term

if TYPE_CHECKING:
    from model.network.network import Network

CREATED = "1970-01-01T00:00:00Z"
"""The standard wants a time of creation; a card has none, and equal cards shall give equal packets."""
_LETTERS = {"years": "Y", "months": "M", "weeks": "W", "days": "D"}


def export_phenopackets(
    cards: Iterable[Card], network: Network | None = None
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """A packet a card, in order, and a warning for every card of which something could not be carried."""
    vocabulary = None if network is None else Vocabulary.from_network(network)
    packets, problems = [], []
    for card in cards:
        packets.append(to_phenopacket(card, vocabulary))
        left = not_carried(card)
        if left:
            next_step = "export to .jsonl keeps everything"
            problems.append(
                Problem(
                    "W-NOT-CARRIED",
                    f"case {card.id}",
                    "what a phenopacket has no place for: " + ", ".join(left),
                    next_step=next_step,
                    severity=Severity.WARN,
                )
            )
    return packets, problems


def to_phenopacket(card: Card, vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """The packet of one card, in the standard's JSON names."""
    features = [
        _feature(to_term("finding", word, vocabulary), finding.state)
        for word, finding in card.findings.items()
        if finding.state in ("present", "absent")
    ]
    features += [
        _feature(to_term("risk_factor", word, vocabulary), state)
        for word, state in card.risk_factors.items()
        if state in ("present", "absent")
    ]
    expected = to_term("condition", card.expected.condition, vocabulary)
    impossible = [to_term("condition", word, vocabulary) for word in card.expected.impossible]
    packet: dict[str, Any] = {"id": card.id, "subject": _subject(card.patient)}
    if features:
        packet["phenotypicFeatures"] = features
    packet["interpretations"] = [
        {"id": "expected", "progressStatus": "SOLVED", "diagnosis": {"disease": expected._asdict()}}
    ]
    packet["diseases"] = [
        {"term": expected._asdict()},
        *({"term": term._asdict(), "excluded": True} for term in impossible),
    ]
    used = [*(feature["type"]["id"] for feature in features), expected.id, *(term.id for term in impossible)]
    packet["metaData"] = _meta(card, used)
    return packet


def not_carried(card: Card) -> list[str]:
    """What of a card is not in its packet, in plain words."""
    expected = card.expected
    states = {finding.state for finding in card.findings.values()} | set(card.risk_factors.values())
    left = {
        "findings that the patient is unsure of": "unsure" in states,
        "answers other than present and absent": bool(states - {"present", "absent", "unsure"}),
        "which findings were volunteered": any(finding.initial for finding in card.findings.values()),
        "which findings are pertinent": any(
            finding.pertinent != (finding.state == "absent") for finding in card.findings.values()
        ),
        "what an unlisted finding means": card.unlisted != "unknown",
        "pregnancy": card.patient.pregnant is not None,
        "the complaint": bool(card.complaint),
        "acceptable conditions": bool(expected.acceptable),
        "must-not-miss conditions": bool(expected.must_not_miss),
        "the triage": expected.triage is not None,
        "questions that must be asked": bool(expected.must_ask),
        "the differential": bool(expected.differential),
        "opinions": bool(card.opinions),
        "overrides": bool(card.overrides),
        "notes": bool(card.notes),
        "reviewer and review state": card.reviewer is not None or card.review_state != "draft",
        "version, split, kind, family, specialty or licence": (card.version, card.split, card.kind)
        != (1, "reference", "corpus")
        or any((card.family, card.specialty, card.licence)),
    }
    return [words for words, is_left in left.items() if is_left]


def _feature(term: Term, state: str) -> dict[str, Any]:
    feature: dict[str, Any] = {"type": term._asdict()}
    if state == "absent":
        feature["excluded"] = True
    return feature


def _subject(patient: Patient) -> dict[str, Any]:
    subject: dict[str, Any] = {"id": "patient"}
    if patient.age is not None:
        subject["timeAtLastEncounter"] = {"age": {"iso8601duration": _duration(patient.age, patient.age_unit)}}
    subject["sex"] = {"female": "FEMALE", "male": "MALE"}.get(patient.sex or "", "UNKNOWN_SEX")
    return subject


def _duration(age: float, unit: str) -> str:
    """``P23Y``; years with whole months as ``P2Y6M``, which more readers know than ``P2.5Y``."""
    if float(age).is_integer():
        return f"P{int(age)}{_LETTERS[unit]}"
    months = age * UNITS_IN_A_YEAR["months"]
    if unit == "years" and months.is_integer() and int(months) // 12 + int(months) % 12 / 12 == age:
        years, rest = divmod(int(months), 12)
        return f"P{years}Y{rest}M" if years else f"P{rest}M"
    return f"P{age:f}{_LETTERS[unit]}" if float(f"{age:f}") == age else f"P{_plain(age)}{_LETTERS[unit]}"


def _plain(number: float) -> str:
    """Every digit, without an exponent."""
    from decimal import Decimal

    return format(Decimal(repr(number)), "f")


def _meta(card: Card, used: Iterable[str]) -> dict[str, Any]:
    prefixes = sorted({curie.partition(":")[0] for curie in used})
    meta: dict[str, Any] = {
        "created": CREATED,
        "createdBy": card.author,
        "resources": [one for prefix in prefixes if (one := resource(prefix)) is not None],
        "phenopacketSchemaVersion": "2.0",
    }
    if card.source:
        meta["externalReferences"] = [{"id": "source", "description": card.source}]
    return meta

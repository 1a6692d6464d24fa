"""What a case set consists of, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from .card import Card
from .case_set import CaseSet

if TYPE_CHECKING:
    from model.network.network import Network

AGE_BANDS = ((0.0, 2.0), (2.0, 6.0), (6.0, 16.0), (16.0, 40.0), (40.0, 65.0), (65.0, 150.0))
"""Lower (inclusive) and upper (exclusive) years, where no network gives its own."""
NOT_KNOWN = "not known"
STATES = ("present", "absent", "unsure")


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number varies over the cases."""

    mean: float
    least: int
    median: float
    most: int

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Spread:
        """The spread of at least one number."""
        return cls(mean(numbers), min(numbers), median(numbers), max(numbers))


@dataclass(frozen=True)
class Statistics:
    """Counts of cases, largest first, ties by name; ages in the order of the bands."""

    name: str
    digest: str
    n_cases: int
    n_contents: int
    """Cases that differ in what is replayed and scored."""
    conditions: Mapping[str, int]
    specialties: Mapping[str, int]
    authors: Mapping[str, int]
    splits: Mapping[str, int]
    kinds: Mapping[str, int]
    review_states: Mapping[str, int]
    sexes: Mapping[str, int]
    ages: Mapping[str, int]
    per_case: Mapping[str, Spread]
    """Findings a case: ``present``, ``absent``, ``unsure``, ``initial``, and ``risk_factors``."""
    n_findings: int
    """Different findings that some case lists."""
    conditions_without_case: tuple[str, ...] | None = None
    """Of the network, in its order; None where no network was given."""
    n_conditions: int | None = None
    """Of the network."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def statistics(case_set: CaseSet, network: Network | None = None) -> Statistics:
    """The figures of a set of at least one case; with a network, also which conditions no case expects."""
    cards = case_set.cards
    specialties = {} if network is None else {c.id: c.specialty for c in network.conditions}
    expected = {card.expected.condition for card in cards}
    without = None if network is None else tuple(c.id for c in network.conditions if c.id not in expected)
    per_case = {state: [len(card.findings_in_state(state)) for card in cards] for state in STATES}
    per_case["initial"] = [len(card.initial_findings) for card in cards]
    per_case["risk_factors"] = [len(card.risk_factors) for card in cards]
    return Statistics(
        name=case_set.name,
        digest=case_set.digest,
        n_cases=len(cards),
        n_contents=len(set(case_set.content_hashes)),
        conditions=_count(card.expected.condition for card in cards),
        specialties=_count(card.specialty or specialties.get(card.expected.condition, "") for card in cards),
        authors=_count(card.author for card in cards),
        splits=_count(card.split for card in cards),
        kinds=_count(card.kind for card in cards),
        review_states=_count(card.review_state for card in cards),
        sexes=_count(card.patient.sex or "" for card in cards),
        ages=_ages(cards, (network.age_bands if network is not None else ()) or AGE_BANDS),
        per_case={name: Spread.of(numbers) for name, numbers in per_case.items()},
        n_findings=len({name for card in cards for name in card.findings}),
        conditions_without_case=without,
        n_conditions=None if network is None else len(network.conditions),
    )


def _count(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(value or NOT_KNOWN for value in values)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _ages(cards: Sequence[Card], bands: Sequence[tuple[float, float]]) -> dict[str, int]:
    def band_of(years: float | None) -> int:
        if years is None:
            return len(bands)
        return next((row for row, (low, high) in enumerate(bands) if low <= years < high), len(bands))

    counts = Counter(band_of(card.patient.age_years) for card in cards)
    last = len(bands) - 1
    labels = [f"{low:g}+" if row == last else f"{low:g}-{high - 1:g}" for row, (low, high) in enumerate(bands)]
    return {label: counts[row] for row, label in enumerate([*labels, NOT_KNOWN]) if counts[row]}

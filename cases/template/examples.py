"""Three filled cases of the network's own conditions: the typical picture of each, to show how it is done."""

from __future__ import annotations

from model.network.network import Network
from model.network.vocabulary import Condition, Finding, Limits

from ..card import Card

N_EXAMPLES = 3
_MOST_PRESENT, _MOST_ABSENT = 4, 2
_AGE = 35.0


def example_cards(network: Network) -> list[Card]:
    """Typical cases of the first conditions that have enough findings, dangerous ones first.

    They show the form and prove nothing; their ids start with ``EXAMPLE-``, which no reader takes for
    a case.
    """
    ranked = sorted(
        range(len(network.conditions)),
        key=lambda row: (not network.conditions[row].must_not_miss, -min(len(network.conditions[row].links), 6), row),
    )
    return [_example(network, network.conditions[row], number) for number, row in enumerate(ranked[:N_EXAMPLES], 1)]


def _example(network: Network, condition: Condition, number: int) -> Card:
    typical = _by_likelihood(network, condition)
    sex = next((finding.limits.sex for finding in typical[:_MOST_PRESENT] if finding.limits.sex), None)
    sex = sex or ("female" if number % 2 else "male")
    age = _age([finding.limits for finding in typical[:_MOST_PRESENT]])
    present = [finding for finding in typical if _fits(finding.limits, sex, age)][:_MOST_PRESENT]
    absent = [
        finding
        for finding in network.findings
        if finding not in typical and _fits(finding.limits, sex, age) and finding.state_index("absent") >= 0
    ][:_MOST_ABSENT]
    findings: dict[str, object] = {
        finding.id: {"state": "present", "initial": True} if position == 0 else "present"
        for position, finding in enumerate(present)
    }
    findings |= {finding.id: "absent" for finding in absent}
    level = condition.triage.label
    return Card.model_validate(
        {
            "id": f"EXAMPLE-{number}",
            "author": "AB",
            "unlisted": "unknown",
            "patient": {"age": age, "sex": sex},
            "complaint": "It started yesterday evening and it is not getting any better.",
            "findings": findings,
            "expected": {
                "condition": condition.id,
                "must_not_miss": [condition.id] if condition.must_not_miss else [],
                "triage": [level, level],
                "must_ask": [finding.id for finding in present if finding.red_flag][:1],
            },
            "notes": "An example, which is never read as a case.",
        }
    )


def _by_likelihood(network: Network, condition: Condition) -> list[Finding]:
    """The findings that the condition names, the likeliest first; any at all where it names none."""
    links = {
        finding.id: condition.links[finding.id].probabilities[finding.state_index("present")]
        for finding in network.findings
        if finding.id in condition.links
    }
    named = [finding for finding in network.findings if finding.id in links]
    return sorted(named, key=lambda finding: -links[finding.id]) or list(network.findings[:_MOST_PRESENT])


def _age(limits: list[Limits]) -> float:
    low = max((one.min_age for one in limits if one.min_age is not None), default=0.0)
    high = min((one.max_age for one in limits if one.max_age is not None), default=100.0)
    return float(round(min(max(_AGE, low), high)))


def _fits(limits: Limits, sex: str, age: float) -> bool:
    return (
        limits.sex in (None, sex)
        and (limits.min_age is None or age >= limits.min_age)
        and (limits.max_age is None or age <= limits.max_age)
    )

"""What a run must remember of its network to be read without it: names, not numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

from model.network.network import Network


@dataclass(frozen=True, slots=True)
class ConditionName:
    """A condition as a reader of results needs it."""

    id: str
    name: str
    triage: int
    must_not_miss: bool
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class FindingName:
    """A finding as a reader of results needs it."""

    id: str
    name: str
    question: str
    red_flag: bool


@dataclass(frozen=True, slots=True)
class RiskFactorName:
    """A risk factor as a reader of results needs it."""

    id: str
    name: str


@dataclass(frozen=True)
class Vocabulary:
    """The network's conditions, findings and risk factors, in its order."""

    conditions: tuple[ConditionName, ...]
    findings: tuple[FindingName, ...]
    risk_factors: tuple[RiskFactorName, ...] = ()
    """Empty too in runs that were made before these were kept."""

    @classmethod
    def of(cls, network: Network) -> Vocabulary:
        return cls(
            tuple(ConditionName(c.id, c.name, int(c.triage), c.must_not_miss, c.specialty) for c in network.conditions),
            tuple(FindingName(f.id, f.name, f.question, f.red_flag) for f in network.findings),
            tuple(RiskFactorName(r.id, r.name) for r in network.risk_factors),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Vocabulary:
        record = json.loads(data)
        return cls(
            tuple(ConditionName(**entry) for entry in record["conditions"]),
            tuple(FindingName(**entry) for entry in record["findings"]),
            tuple(RiskFactorName(**entry) for entry in record.get("risk_factors", ())),
        )

    def to_bytes(self) -> bytes:
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()

    @cached_property
    def condition_names(self) -> dict[str, str]:
        """Id to name."""
        return {condition.id: condition.name for condition in self.conditions}

    @cached_property
    def risk_factor_names(self) -> dict[str, str]:
        """Id to name."""
        return {factor.id: factor.name for factor in self.risk_factors}

    @cached_property
    def finding_by_id(self) -> dict[str, FindingName]:
        return {finding.id: finding for finding in self.findings}

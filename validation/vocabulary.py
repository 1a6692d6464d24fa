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


@dataclass(frozen=True)
class Vocabulary:
    """The network's conditions and findings, in its order."""

    conditions: tuple[ConditionName, ...]
    findings: tuple[FindingName, ...]

    @classmethod
    def of(cls, network: Network) -> Vocabulary:
        return cls(
            tuple(ConditionName(c.id, c.name, int(c.triage), c.must_not_miss, c.specialty) for c in network.conditions),
            tuple(FindingName(f.id, f.name, f.question, f.red_flag) for f in network.findings),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Vocabulary:
        record = json.loads(data)
        return cls(
            tuple(ConditionName(**entry) for entry in record["conditions"]),
            tuple(FindingName(**entry) for entry in record["findings"]),
        )

    def to_bytes(self) -> bytes:
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()

    @cached_property
    def condition_names(self) -> dict[str, str]:
        """Id to name."""
        return {condition.id: condition.name for condition in self.conditions}

    @cached_property
    def finding_by_id(self) -> dict[str, FindingName]:
        return {finding.id: finding for finding in self.findings}

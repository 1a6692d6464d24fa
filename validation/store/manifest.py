"""The records of a run: the plan, written first; the manifest, written last; the last invocation."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT: Literal[1] = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def to_bytes(self) -> bytes:
        """As indented JSON, for people too."""
        return (self.model_dump_json(indent=1) + "\n").encode()


class Source(_Record):
    """A part of a run's input: what it is called, where it was, and what it was."""

    name: str
    path: str
    """Where it was read from; empty where it was not a file."""
    digest: str


class Plan(_Record):
    """What is to be run; equal plans have equal keys."""

    format: Literal[1] = FORMAT
    key: str
    network: Source
    policy: Source
    cases: Source
    cases_key: str
    """SHA-256 over case ids and content hashes."""
    code_digest: str
    options: dict[str, Any]
    """Every other thing that a result depends on: ``ReplayOptions``."""
    policy_settings: dict[str, Any]
    """The policy in full, any override included."""
    n_cases: int
    """Cases to be replayed."""
    not_replayed: dict[str, int]
    """Cases of the input that are not replayed, by reason (quarantined, not selected, other fold)."""
    seeds: dict[str, int]
    """An independent seed for each use of chance."""

    @property
    def identity(self) -> dict[str, Any]:
        """All that a result depends on; the key is its digest."""
        return {
            "network": self.network.digest,
            "policy": self.policy.digest,
            "cases": self.cases_key,
            "code": self.code_digest,
            "options": self.options,
        }


class Invocation(_Record):
    """What the last command that asked for a finished run called its input, where that is not what the
    first one did.  Nothing of the results follows from it, so the manifest keeps the first one's."""

    network: Source
    policy: Source
    cases: Source
    not_replayed: dict[str, int]

    @classmethod
    def of(cls, plan: Plan) -> Invocation:
        return cls(network=plan.network, policy=plan.policy, cases=plan.cases, not_replayed=plan.not_replayed)

    def fits(self, plan: Plan) -> bool:
        """Whether it asks for the very thing that was planned."""
        pairs = ((self.network, plan.network), (self.policy, plan.policy), (self.cases, plan.cases))
        return all(mine.digest == theirs.digest for mine, theirs in pairs)


class Cost(_Record):
    """What a run cost."""

    amount: float
    currency: str
    """ISO 4217, say ``USD``."""
    basis: str
    """How it was reckoned: a price list, node-hours, a bill."""

    @property
    def in_words(self) -> str:
        """For people: ``12.34 USD (OpenCost)``."""
        return f"{self.amount:.2f} {self.currency} ({self.basis})"


class ShardRecord(_Record):
    """A committed shard."""

    name: str
    sha256: str
    n_cases: int


class Manifest(_Record):
    """What came of it.  ``results_sha256`` is over the results alone; the rest says how it was done."""

    format: Literal[1] = FORMAT
    status: Literal["complete", "incomplete"]
    plan: Plan
    n_finished: int
    """Cases with a result; the others were not reached."""
    reason: str
    """Why it is incomplete; empty where it is not."""
    results_sha256: str
    """Equal for equal inputs, whatever the workers, time, place and shards."""
    shards: list[ShardRecord]
    files: dict[str, str]
    """SHA-256 of the other files of the run."""
    outcomes: dict[str, int]
    """Cases by outcome."""
    exclusions: dict[str, int]
    """Cases of the input without a result, by reason."""
    n_approximate: int
    """Cases in whose interview a posterior was a flagged approximation."""
    not_in_network: dict[str, int]
    """Findings and risk factors that cases list and the network does not know: in how many cases."""
    retries: dict[str, int]
    """What went wrong and was mended, over all attempts: the executor's ``Incidents`` by name,
    ``resumed_cases`` and ``quarantined_shards``."""
    executor: str
    workers: int
    budget_s: float | None
    timings_s: dict[str, float]
    """Seconds of wall-clock time by phase, over all attempts."""
    cost: Cost | None = None
    """None: not known, as on one's own machine; a cluster fills it in."""
    versions: dict[str, str]
    finished_at: str
    """UTC, for people; nothing follows from it."""
    metrics: dict[str, Any]
    """Every figure as it was computed from the shards; ``verify`` computes them again."""
    manifest_sha256: str
    """Over every other field in canonical form (:meth:`seal`)."""

    def seal(self) -> str:
        """SHA-256 of all fields but ``manifest_sha256``: sorted keys, no spaces, shortest floats."""
        fields = self.model_dump(mode="json", exclude={"manifest_sha256"})
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def sealed(self) -> Manifest:
        """The same with the seal that it should have."""
        return self.model_copy(update={"manifest_sha256": self.seal()})

    @property
    def is_sealed(self) -> bool:
        """Whether it is what was written, to the last character that means something."""
        return self.manifest_sha256 == self.seal()

    def asked_for_by(self, invocation: Invocation) -> Manifest:
        """This manifest as the record of another command that asks for the same results."""
        plan = self.plan.model_copy(update=dict(invocation))
        late = {reason: n for reason, n in self.exclusions.items() if reason not in self.plan.not_replayed}
        return self.model_copy(update={"plan": plan, "exclusions": {**plan.not_replayed, **late}})

"""What is to be run: the candidate, the plan and its key, and how many processes it is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cases.card import Card
from cases.case_set import CaseSet
from model.errors import InputError, Problem
from model.network.load import load_network
from model.network.network import Network
from model.policy.config import (
    DEFAULT_POLICY,
    DifferentialConfig,
    Policy,
    PolicyConfig,
    StoppingConfig,
    load_policy,
)

from .arrow import strings
from .executors.local import LocalExecutor
from .replay import ReplayOptions
from .store.digests import canonical_json, cases_key, code_digest, run_key
from .store.directory import parquet_bytes
from .store.inputs import at_hand, name_of
from .store.manifest import Plan, Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SMALL = 20_000_000
"""Cases × conditions × findings below which one process is done before a second has started."""


@dataclass(frozen=True)
class Candidate:
    """What is validated: a network and its policy, and where they come from."""

    network: Network
    policy: Policy
    path: str = ""

    @classmethod
    def load(cls, model: str | Path | Network, policy: Policy | None = None) -> Candidate:
        """From a directory or file, here or at an address, or a network in memory; ``policy`` overrides
        the directory's.

        Raises
        ------
        InputError
            With every problem of both the network and the policy.
        """
        if isinstance(model, Network):
            return cls(model, policy or DEFAULT_POLICY)
        problems: list[Problem] = []
        network = None
        with at_hand(model) as path:
            try:
                network = load_network(path)
            except InputError as error:
                problems += error.problems
            try:
                policy = policy or (load_policy(path) if path.is_dir() else DEFAULT_POLICY)
            except InputError as error:
                problems += error.problems
        if network is None or policy is None:
            raise InputError(problems)
        return cls(network, policy, name_of(model))


def make_plan(candidate: Candidate, cases: CaseSet, options: ReplayOptions, not_replayed: Mapping[str, int]) -> Plan:
    """What is to be run, and the key that follows from it."""
    key_of_cases = cases_key(zip([card.id for card in cases], cases.content_hashes, strict=True))
    quarantined = {"quarantined": len(cases.quarantined)} if cases.quarantined else {}
    settings = settings_of(candidate.policy)
    plan = Plan(
        key="",
        network=Source(name=candidate.network.name, path=candidate.path, digest=candidate.network.digest),
        policy=Source(name=candidate.policy.questions.kind, path=candidate.path, digest=candidate.policy.digest),
        cases=Source(name=cases.name, path=name_of(cases.path or ""), digest=cases.digest),
        cases_key=key_of_cases,
        code_digest=code_digest(),
        options=_as_json(options),
        policy_settings=settings,
        n_cases=len(cases),
        not_replayed={**quarantined, **not_replayed},
        seeds=seeds(cases.digest, settings, _as_json(options)),
    )
    return plan.model_copy(update={"key": run_key(plan.identity)})


def settings_of(policy: Policy) -> dict[str, Any]:
    """The policy in full, as it comes back from a JSON file."""
    return {
        "policy": _as_json(policy.questions),
        "stopping": _as_json(policy.stopping),
        "differential": _as_json(policy.differential),
    }


def policy_of(settings: Mapping[str, Any]) -> Policy:
    """The inverse of :func:`settings_of`; TypeError or KeyError where it is none of a policy's."""
    questions = {**settings["policy"], "order": tuple(settings["policy"]["order"])}
    return Policy(
        PolicyConfig(**questions),
        StoppingConfig(**settings["stopping"]),
        DifferentialConfig(**settings["differential"]),
    )


def seeds(cases_digest: str, policy_settings: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, int]:
    """An independent seed for each use of chance; all follow from what is to be run."""
    unreliability = options["unreliability"]
    return {
        "shard_order": shard_order_seed(cases_digest),
        "policy": policy_settings["policy"]["seed"],
        **{name: value for name, value in unreliability.items() if name.endswith("_seed")},
    }


def shard_order_seed(cases_digest: str) -> int:
    """Of the order in which cases are played: it follows from what they are."""
    return int(cases_digest[:15], 16)


def worth_workers(network: Network, n_cases: int) -> int:
    """Processes that this much work is worth on this machine."""
    size = n_cases * len(network.conditions) * len(network.findings)
    return 1 if size < SMALL else LocalExecutor().workers


def cards_parquet(cards: Sequence[Card]) -> bytes:
    """The cards as they are played, for whoever reads the run without its case set."""
    columns = [[card.id for card in cards], [card.model_dump_json(exclude_defaults=True) for card in cards]]
    return parquet_bytes(pa.Table.from_arrays([strings(column) for column in columns], names=["case_id", "card"]))


def _as_json(settings: DataclassInstance) -> dict[str, Any]:
    """The settings as they come back from a JSON file."""
    record: dict[str, Any] = json.loads(canonical_json(asdict(settings)))
    return record

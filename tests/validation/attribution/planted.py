"""Candidates with edits planted in them, for the tests of their attribution."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cases.card import Card
from model.inference.compile import compile_network
from model.interview import Interview
from model.network.vocabulary import Condition
from validation.columns import table_of
from validation.planning import Candidate
from validation.replay import DEFAULT_OPTIONS, replay


def changed(candidate: Candidate, condition: str, **fields: Any) -> Candidate:
    network = candidate.network
    conditions = tuple(replace(c, **fields) if c.id == condition else c for c in network.conditions)
    return replace(candidate, network=replace(network, conditions=conditions))


def condition_of(candidate: Candidate, name: str) -> Condition:
    return candidate.network.conditions[candidate.network.condition_index[name]]


def scaled(condition: Condition, factor: float) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(p * factor for p in row) for row in condition.prevalence)


def played(candidate: Candidate, cards: list[Card]) -> list[dict[str, Any]]:
    interview = Interview(compile_network(candidate.network), candidate.policy)
    result = replay(interview, cards)
    rows: list[dict[str, Any]] = table_of(result, cards, candidate.network, DEFAULT_OPTIONS).to_pylist()
    return rows

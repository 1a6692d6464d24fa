"""Candidates between two: the base with any of the parts that the other one changed.

A variant is put together anew from the two whole candidates, so that it does not matter in which order
parts are applied, and applying all of them gives exactly the other one.  What a variant cannot hold yet
(a link to a finding that comes with another part, or over states that it does not have) is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from model.network.network import ClinicalNetwork, Network, TabularNetwork
from model.network.vocabulary import Condition, Finding, Link, RiskFactor
from model.policy.config import Policy

from ..planning import Candidate
from .bundles import MISSING
from .parts import JOINTS, KIND, WORDING, Key, Parts, parts_of, policy_from

E = TypeVar("E", Condition, Finding, RiskFactor)


class Between:
    """Two candidates, and every variant between them."""

    def __init__(self, base: Candidate, candidate: Candidate) -> None:
        self.base, self.candidate = base, candidate

    @cached_property
    def parts(self) -> tuple[Parts, Parts]:
        """Of the base and of the candidate."""
        return parts_of(self.base), parts_of(self.candidate)

    def variant(self, applied: AbstractSet[Key]) -> Candidate:
        """The base with the parts ``applied`` taken from the candidate."""
        network = self._network(applied)
        return Candidate(network, self._policy(applied, network), self.candidate.path if applied else self.base.path)

    def _policy(self, applied: AbstractSet[Key], network: Network) -> Policy:
        parts = {**self.parts[0], **{key: self.parts[1][key] for key in applied if key[0] == "policy"}}
        return policy_from(parts, network.finding_index)

    def _network(self, applied: AbstractSet[Key]) -> Network:
        one, other = self.base.network, self.candidate.network
        if type(one) is not type(other):
            return other if KIND in applied else one
        touched = {key for key in applied if key[0] != "policy"}
        if not touched:
            return one
        mixed = _Mixed(self.parts, touched)
        if isinstance(one, ClinicalNetwork) and isinstance(other, ClinicalNetwork):
            return mixed.clinical(one, other)
        assert isinstance(one, TabularNetwork)
        assert isinstance(other, TabularNetwork)
        return mixed.tabular(one, other)


class _Mixed:
    """Parts of two networks of one kind."""

    def __init__(self, parts: tuple[Parts, Parts], applied: AbstractSet[Key]) -> None:
        self._base, self._candidate = parts
        self._applied = applied
        self._touched = {key[:2] for key in applied}
        # Links that an untouched condition has may have lost their finding, or its states.
        self._refits = any(key[0] in ("finding", "risk_factor") and key[2:] in ((), ("states",)) for key in applied)

    def value(self, key: Key) -> Any:
        """``MISSING`` where the variant does not have the part."""
        return (self._candidate if key in self._applied else self._base).get(key, MISSING)

    def clinical(self, one: ClinicalNetwork, other: ClinicalNetwork) -> ClinicalNetwork:
        findings = tuple(
            entry if self._is_whole("finding", old) else self._finding(entry)
            for entry, old, _ in self._entries("finding", one.findings, other.findings)
        )
        factors = tuple(
            entry if self._is_whole("risk_factor", old) else self._risk_factor(entry)
            for entry, old, _ in self._entries("risk_factor", one.risk_factors, other.risk_factors)
        )
        n_states = {finding.id: len(finding.states) for finding in findings}
        known = {factor.id for factor in factors}
        conditions = tuple(
            entry
            if self._is_whole("condition", old) and not self._refits
            else self._condition(entry, old, new, n_states, known)
            for entry, old, new in self._entries("condition", one.conditions, other.conditions)
        )
        return replace(
            one,
            conditions=conditions,
            findings=findings,
            risk_factors=factors,
            structure=self.value(("network", "structure")),
            temperature=self.value(("network", "temperature")),
            age_bands=self.value(("network", "age_bands")),
            population=self.value(("network", "population")),
        )

    def tabular(self, one: TabularNetwork, other: TabularNetwork) -> TabularNetwork:
        frame = other if JOINTS in self._applied else one
        old = {variable.name: variable for variable in one.variables}
        new = {variable.name: variable for variable in other.variables}
        variables = []
        for variable in frame.variables:
            key = ("table", variable.name)
            before, after = self._base.get(key), self._candidate.get(key)
            if before is None or after is None or before[0] != after[0]:
                variables.append(variable)  # it fits the frame alone, and came with it
            else:
                variables.append((new if key in self._applied else old)[variable.name])
        return replace(
            frame,
            conditions=tuple(
                replace(
                    self._worded(entry, one.conditions, other.conditions),
                    triage=self.value(("condition", entry.id, "triage")),
                    must_not_miss=self.value(("condition", entry.id, "must_not_miss")),
                )
                for entry in frame.conditions
            ),
            findings=tuple(
                replace(
                    self._worded(entry, one.findings, other.findings),
                    red_flag=self.value(("finding", entry.id, "red_flag")),
                    limits=self.value(("finding", entry.id, "limits")),
                )
                for entry in frame.findings
            ),
            risk_factors=tuple(
                replace(
                    self._worded(entry, one.risk_factors, other.risk_factors),
                    limits=self.value(("risk_factor", entry.id, "limits")),
                )
                for entry in frame.risk_factors
            ),
            variables=tuple(variables),
        )

    def _entries(self, room: str, one: Sequence[E], other: Sequence[E]) -> list[tuple[E, E | None, E | None]]:
        """The entries that the variant has, in its order and wording, and those of the two networks."""
        old, new = {entry.id: entry for entry in one}, {entry.id: entry for entry in other}
        reordered = ("network", "order", room) in self._applied
        order = _merged(list(new), list(old)) if reordered else _merged(list(old), list(new))
        first, second = (new, old) if WORDING in self._applied else (old, new)
        return [
            (first.get(name) or second[name], old.get(name), new.get(name))
            for name in order
            if self.value((room, name)) is not MISSING
        ]

    def _is_whole(self, room: str, old: Condition | Finding | RiskFactor | None) -> bool:
        """Whether the base's entry can stay as it is."""
        return old is not None and (room, old.id) not in self._touched and WORDING not in self._applied

    def _condition(
        self,
        entry: Condition,
        old: Condition | None,
        new: Condition | None,
        n_states: Mapping[str, int],
        known: AbstractSet[str],
    ) -> Condition:
        key = ("condition", entry.id)
        both = [condition for condition in (old, new) if condition is not None]
        links = {name: self.value((*key, "link", name)) for condition in both for name in condition.links}
        ratios = {name: self.value((*key, "odds_ratio", name)) for condition in both for name in condition.odds_ratios}
        return replace(
            entry,
            triage=self.value((*key, "triage")),
            must_not_miss=self.value((*key, "must_not_miss")),
            prevalence=self.value((*key, "prevalence")),
            odds_ratios={name: ratio for name, ratio in ratios.items() if ratio is not MISSING and name in known},
            links={
                name: Link(values)
                for name, values in links.items()
                if values is not MISSING and len(values) == n_states.get(name)
            },
        )

    def _finding(self, entry: Finding) -> Finding:
        key = ("finding", entry.id)
        states, present = self.value((*key, "states"))
        return replace(
            entry,
            states=states,
            present=present,
            leak=self.value((*key, "leak")),
            red_flag=self.value((*key, "red_flag")),
            limits=self.value((*key, "limits")),
        )

    def _risk_factor(self, entry: RiskFactor) -> RiskFactor:
        key = ("risk_factor", entry.id)
        states, present = self.value((*key, "states"))
        return replace(
            entry,
            states=states,
            present=present,
            prevalence=self.value((*key, "prevalence")),
            limits=self.value((*key, "limits")),
        )

    def _worded(self, entry: E, one: Sequence[E], other: Sequence[E]) -> E:
        """``entry`` with the variant's names, questions, synonyms and codes."""
        source = next((each for each in (other if WORDING in self._applied else one) if each.id == entry.id), entry)
        if source is entry:
            return entry
        words = ("name", "question", "kind", "synonyms", "codes")
        fields = type(entry).__dataclass_fields__
        return replace(entry, **{name: getattr(source, name) for name in words if name in fields})


def _merged(order: Sequence[str], others: Sequence[str]) -> list[str]:
    """``order`` with what only ``others`` has, each behind what it follows there."""
    known = set(order)
    behind: dict[str | None, list[str]] = {}
    last = None
    for name in others:
        if name in known:
            last = name
        else:
            behind.setdefault(last, []).append(name)
    result = list(behind.get(None, ()))
    for name in order:
        result += [name, *behind.get(name, ())]
    return result

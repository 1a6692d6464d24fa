"""Which changed parts make up one edit: alone where they can be applied alone, together where not.

A new condition comes with all its numbers, a finding's new states with every number over them, new age
bands with every prevalence; a removed finding takes the links to it along.  A question policy of another
kind comes with the settings of that kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from model.policy.config import PolicyConfig

from .parts import JOINTS, KIND, WORDING, Key, Parts

MISSING = object()
"""The value of a part that one of two candidates does not have."""
_ORDER = ("network", "condition", "finding", "risk_factor", "table", "policy", "wording")
_OF_THE_QUESTION = {"min_gain", *(setting.name for setting in fields(PolicyConfig))}
"""Settings of which each kind of question policy reads its own."""


def changed_keys(base: Parts, candidate: Parts) -> list[Key]:
    """The keys of the parts that differ: network, conditions, findings, risk factors, tables, policy."""
    keys = [
        key
        for key in dict.fromkeys([*base, *candidate])
        if base.get(key, MISSING) != candidate.get(key, MISSING) and not _only_follows(key, base, candidate)
    ]
    return sorted(keys, key=_place)


def bundles(base: Parts, candidate: Parts) -> list[tuple[Key, ...]]:
    """The changed keys, those of one edit together, the one that names the edit first."""
    keys = changed_keys(base, candidate)
    if KIND in keys:  # nothing of one kind fits the other
        whole = [key for key in keys if key[0] != "policy" and key != KIND]
        return [(KIND, *whole), *_joined([key for key in keys if key[0] == "policy"], frozenset())]
    both = frozenset(key for key in keys if key in base and key in candidate)
    alone = {key for key in both if key[0] == "table" and base[key][0] == candidate[key][0]}
    alone |= {key for key in both if JOINTS in base and key[0] in ("condition", "finding", "risk_factor")}
    return _joined(keys, frozenset(alone))


def _only_follows(key: Key, base: Parts, candidate: Parts) -> bool:
    """Whether an order or the wording differs only because entries came or went."""
    if key == WORDING:
        return all(candidate[key].get(entry, words) == words for entry, words in base[key].items())
    if key[:2] != ("network", "order"):
        return False
    one, other = base.get(key, ()), candidate.get(key, ())
    return [name for name in one if name in set(other)] == [name for name in other if name in set(one)]


def _place(key: Key) -> tuple[int, Key]:
    return (_ORDER.index(key[0]), key)


def _joined(keys: list[Key], alone: frozenset[Key]) -> list[tuple[Key, ...]]:
    """Each key with what it goes with; those in ``alone`` go with nothing."""
    changed = set(keys)
    leader = {key: key if key in alone else _leader(key, changed) for key in keys}
    groups: dict[Key, list[Key]] = {}
    for key in keys:
        top = leader[key]
        while leader.get(top, top) != top:
            top = leader[top]
        groups.setdefault(top, []).append(key)
    return [(top, *(key for key in group if key != top)) for top, group in groups.items()]


def _leader(key: Key, changed: set[Key]) -> Key:
    """The changed part that ``key`` cannot do without; itself where there is none."""
    for needed in _needs(key):
        if needed in changed and needed != key:
            return needed
    return key


def _needs(key: Key) -> Iterable[Key]:
    """The parts that ``key`` goes with wherever they change, the most far-reaching first."""
    bands, structure = ("network", "age_bands"), ("network", "structure")
    match key:
        case ("network", "population"):
            yield bands
        case ("network", "temperature"):
            yield structure
        case ("condition" | "risk_factor", _):
            yield bands
        case ("finding", _):
            yield structure
        case ("condition", name, "link", finding):
            yield from (("condition", name), ("finding", finding), ("finding", finding, "states"))
        case ("condition", name, "odds_ratio", factor):
            yield from (("condition", name), ("risk_factor", factor))
        case ("condition" | "risk_factor", name, "prevalence"):
            yield from ((key[0], name), bands)
        case ("finding", name, "states"):
            yield from (("finding", name), structure)
        case ("finding", name, "leak"):
            yield from (("finding", name), ("finding", name, "states"))
        case ("condition" | "finding" | "risk_factor", name, *_):
            yield from ((key[0], name), JOINTS)
        case ("table", _):
            yield JOINTS
        case ("policy", name) if name in _OF_THE_QUESTION:
            yield ("policy", "kind")

"""The edits that lead from one candidate to another: each can be applied alone, and reverted alone.

An edit is one figure or setting of a model author's, or the fewest that only make sense together
(:mod:`bundles`).  Names, question texts, synonyms and codes are one edit that no replay depends on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..planning import Candidate
from .bundles import bundles
from .parts import WORDING, Key, policy_from
from .variant import Between
from .words import Line, lines, place, title

SHOWN = 3
"""Figures of one edit that its words name."""
GROUP = "group"


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference of meaning between two candidates."""

    part: str
    """``network`` or ``policy``."""
    kind: str
    """``link``, ``prevalence``, ``odds_ratio``, ``leak``, ``condition`` …, or ``group``: many edits as one."""
    path: str
    """``appendicitis.nausea``, ``leak of nausea``, ``policy.max_questions``."""
    before: str
    after: str
    """What the figures were and are; empty: none."""
    words: str
    """All of it in one line: ``appendicitis.nausea .70→.35``."""
    file: str
    """From the model's directory: ``conditions/appendicitis.toml``; empty where it has no file of its own."""
    keys: tuple[Key, ...]
    """The parts of a candidate that it changes (:mod:`parts`), what names it first."""
    n_edits: int = 1
    """More than one in a group."""

    @property
    def changes_replay(self) -> bool:
        """Whether any interview can depend on it."""
        return self.keys != (WORDING,)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; inverse: :meth:`from_dict`."""
        return {**asdict(self), "keys": [list(key) for key in self.keys]}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Edit:
        return cls(**{**record, "keys": tuple(tuple(key) for key in record["keys"])})


def edits(base: Candidate, candidate: Candidate) -> tuple[Edit, ...]:
    """Every edit between two candidates: of the network, its conditions, findings, risk factors and
    tables, then of the policy.  Settings that the policy's kind never reads are none."""
    return edits_between(Between(base, candidate))


def edits_between(between: Between) -> tuple[Edit, ...]:
    """The same, for who goes on to make variants."""
    return tuple(_edit(keys, between) for keys in bundles(*between.parts) if _is_read(keys, between))


def with_edits(base: Candidate, candidate: Candidate, applied: Collection[Edit]) -> Candidate:
    """The base with those of its edits to the candidate; with all of them, the candidate."""
    return Between(base, candidate).variant(keys_of(applied))


def keys_of(applied: Iterable[Edit]) -> frozenset[Key]:
    """The parts that some edits change."""
    return frozenset(key for edit in applied for key in edit.keys)


def _is_read(keys: tuple[Key, ...], between: Between) -> bool:
    if keys[0][0] != "policy" or keys[0] == ("policy", "kind"):
        return True
    base, candidate = between.parts
    changed = policy_from({**base, **{key: candidate[key] for key in keys}})
    return changed.digest != between.base.policy.digest


def _edit(keys: tuple[Key, ...], between: Between) -> Edit:
    lead = keys[0]
    part = "policy" if lead[0] == "policy" else "network"
    kind = lead[0] if len(lead) < 3 else lead[2]
    if lead[0] == "network":
        kind = lead[1]
    name = title(lead)
    network = between.candidate.network
    figures = lines(lead, between)
    before, after = (_together(figures, side) for side in ("before", "after"))
    if len(lead) == 2 and lead[0] in ("condition", "finding", "risk_factor"):
        inside = f"with {len(keys) - 1} figures"
        before, after = (inside if side else "" for side in (before, after))
        words = f"{name} {'added' if after else 'removed'}"
    elif lead == WORDING:
        words = f"wording: {len(figures)} names, questions, synonyms or codes" if figures else "wording"
    elif kind in ("order", "variables", "kind"):
        words = f"{name} changed"
    else:
        words = f"{name} {_in_words(figures)}"
        if len(keys) > 1:
            words += f", with {len(keys) - 1} more"
    return Edit(part, kind, name, before, after, words, place(lead, network), keys)


def _together(figures: list[Line], side: str) -> str:
    texts = [f"{line.what} {getattr(line, side)}".strip() for line in figures if getattr(line, side)]
    return ", ".join(texts[:SHOWN]) + (f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else "")


def _in_words(figures: list[Line]) -> str:
    more = f" and {len(figures) - SHOWN} more" if len(figures) > SHOWN else ""
    return ", ".join(line.words for line in figures[:SHOWN]) + more


def as_group(members: list[Edit], name: str) -> Edit:
    """Many edits as one, in their order; a single one stays itself."""
    if len(members) == 1:
        return members[0]
    n = sum(edit.n_edits for edit in members)
    keys = tuple(key for edit in members for key in edit.keys)
    files = dict.fromkeys(edit.file for edit in members)
    return replace(
        members[0],
        kind=GROUP,
        path=name,
        before="",
        after="",
        words=f"{name} ({n} edits)",
        file=next(iter(files)) if len(files) == 1 else "",
        keys=keys,
        n_edits=n,
    )

"""What an attribution found, as values that can be written down and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from .edits import Edit


@dataclass(frozen=True, slots=True)
class Effect:
    """What one edit did to one case: movements of P(expected condition) at the end of the interview."""

    edit: int
    """Index into ``Attribution.edits``."""
    alone: float
    """The base with this edit alone, minus the base."""
    reverted: float
    """The candidate, minus the candidate without this edit."""
    shapley: float | None
    """Its share of the whole movement; None where too many edits matter, or time ran out."""
    causes: tuple[str, ...] = ()
    """Words (``broken``, ``red-flag-dropped``) of the case that this edit alone brings about in the base."""
    undoes: tuple[str, ...] = ()
    """Words of the case that do not happen in the candidate without this edit."""

    @property
    def movement(self) -> float:
        """The most telling figure there is: the share, else the larger of the two others."""
        if self.shapley is not None:
            return self.shapley
        return max(self.alone, self.reverted, key=abs)


@dataclass(frozen=True, slots=True)
class CaseAttribution:
    """Why one case changed."""

    case_id: str
    words: tuple[str, ...]
    """What happened: its change, then its events (``validation.comparison.words``)."""
    p_base: float
    p_candidate: float
    """P(expected condition) at the end with the whole base, and with the whole candidate."""
    effects: tuple[Effect, ...]
    """Of the edits that matter: first those without which it would not have happened, then by movement."""
    n_others: int = 0
    """Edits that can touch the case and move it too little to matter one by one."""
    others: float | None = None
    """Their share together, 0 where there are none; None where nothing was shared out."""

    @property
    def has_shares(self) -> bool:
        return self.others is not None


@dataclass(frozen=True, slots=True)
class EditSummary:
    """What one edit did over all cases; see :mod:`credit` for what an edit is charged with."""

    edit: int
    cases: Mapping[str, tuple[str, ...]]
    """Word (``broken``, ``fixed``, ``must-not-miss-lost`` …) to the ids of the cases."""
    never_events: tuple[str, ...]
    """Ids of the cases with a new never-event."""
    shared: tuple[str, ...]
    """Ids of the cases, of all of these, that it did together with other edits."""

    @property
    def broke(self) -> int:
        return len(self.cases.get("broken", ()))

    @property
    def fixed(self) -> int:
        return len(self.cases.get("fixed", ()))

    @property
    def other(self) -> int:
        """Cases that it changed in another way."""
        told = {*self.cases.get("broken", ()), *self.cases.get("fixed", ()), *self.never_events}
        return len({case_id for ids in self.cases.values() for case_id in ids} - told)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """All of its cases, those with a never-event and those that it broke first."""
        first = (*self.never_events, *self.cases.get("broken", ()))
        return tuple(dict.fromkeys([*first, *(case_id for ids in self.cases.values() for case_id in ids)]))


@dataclass(frozen=True)
class Attribution:
    """Which edits changed which cases; made by :func:`validation.attribution.attribute`."""

    edits: tuple[Edit, ...]
    """All of them; groups where there are too many to be looked at one by one."""
    cases: tuple[CaseAttribution, ...]
    """New never-events first, then by harm."""
    by_edit: tuple[EditSummary, ...]
    """The most harm first; edits that are charged with nothing are left out."""
    n_edits: int
    """Before they were put into groups."""
    not_done: tuple[str, ...] = ()
    """Ids of the cases that were not looked at, for want of time."""
    unmoved: tuple[str, ...] = ()
    """Ids of the cases that come out alike with both models when replayed by this code and these options:
    something else than the edits changed them."""
    stopped: str = ""
    """Why it stopped early; empty: it did not."""
    notes: tuple[str, ...] = field(default=())
    """What a reader has to know beside, in sentences."""

    @cached_property
    def by_case(self) -> Mapping[str, tuple[Effect, ...]]:
        """Case id to its effects."""
        return {case.case_id: case.effects for case in self.cases}

    @cached_property
    def case(self) -> Mapping[str, CaseAttribution]:
        """Case id to all of it."""
        return {case.case_id: case for case in self.cases}

    def to_dict(self) -> dict[str, Any]:
        """JSON values, equal for equal attributions; inverse: :meth:`from_dict`."""
        return {
            "edits": [edit.to_dict() for edit in self.edits],
            "cases": [_plain(asdict(case)) for case in self.cases],
            "by_edit": [_plain(asdict(summary)) for summary in self.by_edit],
            "n_edits": self.n_edits,
            "not_done": list(self.not_done),
            "unmoved": list(self.unmoved),
            "stopped": self.stopped,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Attribution:
        return cls(
            edits=tuple(Edit.from_dict(edit) for edit in record["edits"]),
            cases=tuple(_case(case) for case in record["cases"]),
            by_edit=tuple(_summary(summary) for summary in record["by_edit"]),
            n_edits=record["n_edits"],
            not_done=tuple(record["not_done"]),
            unmoved=tuple(record["unmoved"]),
            stopped=record["stopped"],
            notes=tuple(record["notes"]),
        )


def _case(record: Mapping[str, Any]) -> CaseAttribution:
    effects = tuple(
        Effect(**{**effect, "causes": tuple(effect["causes"]), "undoes": tuple(effect["undoes"])})
        for effect in record["effects"]
    )
    return CaseAttribution(**{**record, "words": tuple(record["words"]), "effects": effects})


def _summary(record: Mapping[str, Any]) -> EditSummary:
    return EditSummary(
        record["edit"],
        {word: tuple(ids) for word, ids in record["cases"].items()},
        tuple(record["never_events"]),
        tuple(record["shared"]),
    )


def _plain(value: Any) -> Any:
    """Tuples as the lists that JSON gives back."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value

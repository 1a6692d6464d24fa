"""What two runs were made of: which of network, policy, code, cases and options is another one, and
what that means for reading their difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..results import Run
from ..store.digests import canonical_json
from ..store.files import sha256
from .words import Change

if TYPE_CHECKING:
    from .diff import Diff

PARTS = ("network", "policy", "code", "cases", "options")


@dataclass(frozen=True)
class InputChange:
    """One part of what two runs were made of."""

    part: str
    """One of ``PARTS``."""
    base: str
    """Digest."""
    candidate: str
    details: tuple[str, ...] = ()
    """What of it is another, ``max_questions 30 → 10``, where the runs themselves say so: policy and
    options.  What became of a network is for :mod:`validation.attribution`, of cases for the pairs."""

    @property
    def is_changed(self) -> bool:
        return self.base != self.candidate


def input_changes(base: Run, candidate: Run) -> tuple[InputChange, ...]:
    """One entry a part, changed or not, in the order of ``PARTS``."""
    one, other = base.manifest.plan, candidate.manifest.plan
    details = {
        "policy": settings_changes(one.policy_settings, other.policy_settings),
        "options": settings_changes(one.options, other.options),
    }
    return tuple(
        InputChange(part, _digest(one.identity[part]), _digest(other.identity[part]), details.get(part, ()))
        for part in PARTS
    )


def _digest(value: Any) -> str:
    return value if isinstance(value, str) else sha256(canonical_json(value))


def settings_changes(base: Mapping[str, Any], candidate: Mapping[str, Any], where: str = "") -> tuple[str, ...]:
    """The settings that differ, in words, tables within tables by their dotted names."""
    words: list[str] = []
    for name in sorted({*base, *candidate}):
        one, other = base.get(name), candidate.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            words += settings_changes(one, other, f"{where}{name}.")
        elif one != other:
            words.append(f"{where}{name} {_value(one)} → {_value(other)}")
    return tuple(words)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "off" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def caveats(diff: Diff) -> Iterator[str]:
    """What has to be known to read the difference, a sentence each: none for two complete runs of two
    models by the same code on the same cases."""
    for side, run in (("base", diff.base), ("candidate", diff.candidate)):
        if not run.is_complete:
            finished, planned = run.manifest.n_finished, run.manifest.plan.n_cases
            yield f"The {side}'s run is incomplete ({finished} of {planned} cases): nothing can be said of the others."
    changed = {change.part: change for change in diff.inputs if change.is_changed}
    if "options" in changed:
        settings = ", ".join(changed["options"].details)
        yield (
            f"The two runs were played by different rules ({settings}): a difference between them need not come "
            "from the model. Replay one of them with the other's options."
        )
    if "code" in changed:
        yield "The code of the harness or the engine differs too: not every difference comes from the model's numbers."
    moved = [f"{diff.counts[change]} {change}" for change in (Change.EDITED, Change.NEW, Change.REMOVED)]
    moved = [words for words in moved if not words.startswith("0 ")]
    if moved:
        yield f"The case set changed ({', '.join(moved)}): these cases are counted apart, never as the model's doing."

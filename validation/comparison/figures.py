"""The main figures of both runs over the cases that both played, and which of them moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ..arrow import array_of, to_numpy
from ..metrics.estimate import Estimate, NotScored
from ..results import Run
from ..score import Metrics, score

if TYPE_CHECKING:
    from .diff import Diff

SHARES = {
    "top_1": "top 1",
    "top_3": "top 3",
    "must_not_miss_recall": "must-not-miss in top 3",
    "triage_safe": "safe triage",
    "over_triage": "over-triage",
    "red_flag_rate": "red flags asked in time",
    "evidence_recall": "present findings asked for",
}
"""Figures that are shares, by what people call them.  ``evidence_recall`` is a mean of shares."""
NUMBERS = {
    "questions_asked": "questions asked",
    "log_score": "log score, nats",
    "brier": "Brier score",
    "expected_calibration_error": "calibration error",
}
OF_COUNTS = ("top_1", "top_3", "must_not_miss_recall", "triage_safe", "over_triage", "red_flag_rate")
"""Shares of whole cases (or red flags), which can be written as a count as well."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure of both runs, over the cases that both played."""

    name: str
    label: str
    base: Estimate | NotScored | float
    candidate: Estimate | NotScored | float

    @property
    def is_changed(self) -> bool:
        return _value(self.base) != _value(self.candidate)

    @property
    def is_visible(self) -> bool:
        """Whether it also reads differently, at the digits that are shown."""
        return _words(self.name, self.base) != _words(self.name, self.candidate)

    @property
    def words(self) -> str:
        """``98.5 % (132 of 134) → 97.0 % (130 of 134)``; without intervals, which of two runs of the
        same cases say nothing of their difference."""
        return f"{_words(self.name, self.base)} → {_words(self.name, self.candidate)}"

    def to_dict(self) -> dict[str, Any]:
        base, candidate = (
            side.to_dict() if isinstance(side, Estimate | NotScored) else side for side in (self.base, self.candidate)
        )
        return {"name": self.name, "label": self.label, "base": base, "candidate": candidate}


def figures(diff: Diff) -> list[FigureChange]:
    """The main figures, moved or not, in a fixed order; empty where nothing is comparable."""
    if not diff.comparable:
        return []
    base = _metrics(diff.base, [pair.base_id or pair.case_id for pair in diff.comparable])
    candidate = _metrics(diff.candidate, [pair.case_id for pair in diff.comparable])
    return [FigureChange(name, label, base[name], candidate[name]) for name, label in (SHARES | NUMBERS).items()]


def _metrics(run: Run, case_ids: Iterable[str]) -> Metrics:
    """Every figure over some of a run's cases."""
    wanted = set(case_ids)
    ids = to_numpy(run.table["case_id"]).tolist()
    rows = np.array([row for row, case_id in enumerate(ids) if case_id in wanted], np.int64)
    return score(run.table.take(array_of(rows, pa.int64())).combine_chunks(), run.vocabulary)


def _value(figure: Estimate | NotScored | float) -> float | str:
    return figure.reason if isinstance(figure, NotScored) else figure.value if isinstance(figure, Estimate) else figure


def _words(name: str, figure: Estimate | NotScored | float) -> str:
    value = _value(figure)
    if isinstance(value, str):
        return f"not scored ({value})"
    if name not in SHARES:
        return f"{value:.1f}" if name == "questions_asked" else f"{value:.4f}"
    share = f"{100 * value:.1f} %"
    if name not in OF_COUNTS or not isinstance(figure, Estimate):
        return share
    return f"{share} ({round(value * figure.n)} of {figure.n})"

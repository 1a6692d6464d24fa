"""What the templates show that is not in ``ReportData`` as it stands: choices, sums, groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from ..data import ReportData
from ..data.figure_shapes import ConditionFigure, Figure, FindingAsked, LossShares, RedFlag
from ..data.shapes import Flow, ModelChange, NeverEvent

CHARTED_CONDITIONS, CHARTED_GROUPS, MOST_FLAGS = 20, 12, 12
MOST_ROWS = 1500
"""Of a table: a refit changes thousands of numbers, which nobody reads one by one."""
GROUPS = {
    "outcome": "Outcome", "triage": "Triage", "probability": "Probability", "questions": "Questions",
    "loss": "Where the loss is",
}  # fmt: skip
NOT_COMPARABLE = ("case-edited", "case-new", "case-removed", "not-played")


@dataclass(frozen=True)
class Sections:
    """A view of one report's data."""

    data: ReportData

    @cached_property
    def matrix(self) -> dict[str, int] | None:
        """Cases right with both, broken, fixed, wrong with both; None of a run."""
        if self.data.is_run:
            return None
        counts = self.data.counts
        broken, fixed = counts.get("broken", 0), counts.get("fixed", 0)
        right = sum(entry.base_right or 0 for entry in self.data.conditions)
        n = self.data.n_comparable
        return {"right": right - broken, "broken": broken, "fixed": fixed, "wrong": n - right - fixed}

    @cached_property
    def changes(self) -> list[tuple[str, int]]:
        """The counts of the headline: what became of the cases that are worth a look."""
        unshown = ("same", "right", *NOT_COMPARABLE)
        return [(word, n) for word, n in self.data.counts.items() if word not in unshown]

    @cached_property
    def events(self) -> list[tuple[str, int]]:
        """The events that occurred."""
        return [(word, n) for word, n in self.data.event_counts.items() if n]

    @cached_property
    def alarms(self) -> list[tuple[str, list[NeverEvent]]]:
        """The new never-events, case by case."""
        cases: dict[str, list[NeverEvent]] = {}
        for event in self.data.new_never_events:
            cases.setdefault(event.case_id, []).append(event)
        return list(cases.items())

    @cached_property
    def harmful_flows(self) -> list[Flow]:
        """Where cases went that the base had right and the candidate has not, or fewer of."""
        flows = (flow for flow in self.data.flows if flow.base != flow.candidate)
        harmful = (flow for flow in flows if flow.base_right > flow.candidate_right)
        return sorted(harmful, key=lambda flow: (flow.candidate_right - flow.base_right, flow.base, flow.candidate))

    @cached_property
    def other_flows(self) -> list[Flow]:
        """All other changes of the condition that leads."""
        harmful = set(self.harmful_flows)
        return [flow for flow in self.data.flows if flow not in harmful and flow.base != flow.candidate]

    @cached_property
    def figure_groups(self) -> list[tuple[str, list[Figure]]]:
        """The figures by group, each with its heading."""
        grouped = groupby(self.data.figures, key=lambda figure: figure.group)
        return [(GROUPS.get(group, group), list(figures)) for group, figures in grouped]

    @cached_property
    def charted_conditions(self) -> list[ConditionFigure]:
        """The most harmed of those where anything changed; of a run, the first that are not all right."""
        worth = [entry for entry in self.data.conditions if entry.n and self._moved(entry)]
        return worth[:CHARTED_CONDITIONS]

    def _moved(self, entry: ConditionFigure) -> bool:
        if self.data.is_run:
            return entry.right < entry.n
        return bool(entry.broken or entry.fixed or entry.never_events)

    @cached_property
    def charted_losses(self) -> list[LossShares]:
        """All cases, and of the specialties that lost any those with the worst change."""
        shown = [entry for entry in self.data.losses if entry.by == "all" and entry.n]
        lossy = [entry for entry in self.data.losses if entry.by == "specialty" and _loses(entry)]
        return [*shown, *lossy[:CHARTED_GROUPS]]

    @cached_property
    def groups_without_loss(self) -> int:
        """How many specialties have every case right, with both models."""
        return sum(entry.by == "specialty" and not _loses(entry) for entry in self.data.losses)

    @cached_property
    def losses_of(self) -> dict[str, list[LossShares]]:
        """By what they are grouped: ``all``, ``specialty``, ``condition``."""
        return {by: [entry for entry in self.data.losses if entry.by == by] for by in ("all", "specialty", "condition")}

    @cached_property
    def red_flags_first(self) -> list[RedFlag]:
        """The must-ask questions whose use changed; of a run, those that are missed."""
        flags = self.data.questions.red_flags
        return [flag for flag in flags if flag.candidate != self._asked_before(flag)][:MOST_FLAGS]

    @cached_property
    def red_flags_rest(self) -> list[RedFlag]:
        shown = {flag.finding for flag in self.red_flags_first}
        return [flag for flag in self.data.questions.red_flags if flag.finding not in shown]

    def _asked_before(self, flag: RedFlag) -> int | None:
        return flag.of if self.data.is_run else flag.base

    @cached_property
    def asked_otherwise(self) -> list[FindingAsked]:
        """The questions whose use changed; of a run, the most frequent."""
        asked = self.data.questions.findings
        return [entry for entry in asked if self.data.is_run or entry.base != entry.candidate][:40]

    @cached_property
    def model_groups(self) -> list[tuple[str, list[ModelChange]]]:
        """The first changed rows of the model, by the condition they belong to."""
        rows = self.data.model_changes[:MOST_ROWS]
        return [(group, list(changes)) for group, changes in groupby(rows, key=lambda row: row.group)]

    @cached_property
    def model_rows_left_out(self) -> int:
        return max(0, len(self.data.model_changes) - MOST_ROWS)

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """The sections there are: id and title, in order."""
        return list(self._links())

    def _links(self) -> Iterator[tuple[str, str]]:
        data = self.data
        if data.verdict:
            yield "gate", "Gate"
        yield "cases", "Cases to look at" if data.is_run else "Changed cases"
        if data.edits or data.attribution_notes:
            yield "edits", "What did it"
        if not data.is_run:
            yield "outcomes", "Right and wrong"
        yield "figures", "Figures"
        yield "conditions", "By condition"
        yield "losses", "Where the loss is"
        yield "calibration", "Calibration"
        yield "questions", "Questions"
        if data.model_changes:
            yield "model", "Model changes"
        if data.not_comparable or any(data.case_changes.values()):
            yield "not-comparable", "Changes of cases"
        if data.inherited_failures or (data.inherited_never_events and not data.is_run):
            yield "inherited", "Inherited"
        yield "provenance", "Provenance"


def _loses(entry: LossShares) -> bool:
    return any(shares.right < entry.n for shares in (entry.base, entry.candidate) if shares)

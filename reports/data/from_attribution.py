"""Which edit did what, and which rows of the model changed, as a report shows them."""

from __future__ import annotations

from validation.attribution import Attribution, changed_rows
from validation.attribution.edits import Edit
from validation.planning import Candidate

from .case_shapes import Effect
from .shapes import EditSummary, ModelChange


def effects_of(attribution: Attribution) -> dict[str, tuple[Effect, ...]]:
    """Case id to the edits that moved it, the most telling first."""
    return {
        case.case_id: tuple(
            Effect(
                edit=attribution.edits[effect.edit].words,
                alone=effect.alone,
                reverted=effect.reverted,
                share=effect.shapley,
                undoes=effect.undoes,
            )
            for effect in case.effects
        )
        for case in attribution.cases
    }


def edits_of(attribution: Attribution) -> tuple[EditSummary, ...]:
    """What each edit is charged with, the most harm first."""
    return tuple(
        EditSummary(
            words=_edit(attribution, summary.edit).words,
            file=_edit(attribution, summary.edit).file,
            broke=summary.broke,
            fixed=summary.fixed,
            never_events=len(summary.never_events),
            other=summary.other,
            shared=len(summary.shared),
            cases=summary.case_ids,
        )
        for summary in attribution.by_edit
    )


def _edit(attribution: Attribution, place: int) -> Edit:
    return attribution.edits[place]


def notes_of(attribution: Attribution) -> tuple[str, ...]:
    """What has to be known to read it."""
    stopped = (f"The attribution stopped early: {attribution.stopped}.",) if attribution.stopped else ()
    return (*stopped, *(note for note in attribution.notes if note not in stopped))


def model_changes(candidates: tuple[Candidate | None, Candidate | None]) -> tuple[ModelChange, ...]:
    """The rows that differ; none where a model is not at hand, or both are of another structure."""
    base, candidate = candidates
    if base is None or candidate is None:
        return ()
    return tuple(
        ModelChange(row.group, row.what, row.before, row.after, row.file) for row in changed_rows(base, candidate)
    )

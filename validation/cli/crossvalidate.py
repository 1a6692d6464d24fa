"""``clinval crossvalidate``: fit and replay by folds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cases.readers import load_cases
from model.policy.config import Policy

from ..crossvalidation import POLICY, CrossValidation, PooledScores, crossvalidate
from ..metrics.estimate import NotScored
from ..summary import number, percent
from .options import EncodingOption, Format, FormatOption, Unlisted, print_json
from .progress import shown_progress

app = typer.Typer(add_completion=False, rich_markup_mode=None)

BOTH = (Unlisted.ABSENT, Unlisted.UNKNOWN)


@app.command()
def crossvalidate_cases(
    cases: Annotated[Path, typer.Argument(help="A directory of cards, or a .jsonl, .csv or .parquet file.")],
    *,
    questions: Annotated[str, typer.Option(help="Figures after at most these numbers of questions.")] = "10,20",
    folds: Annotated[int, typer.Option(min=2, help="Each is replayed by a network fitted to the others.")] = 5,
    unlisted: Annotated[
        list[Unlisted] | None,
        typer.Option(help="What a patient means by not listing a finding; may be repeated; default: absent, unknown."),
    ] = None,
    fitted_as: Annotated[
        Unlisted | None,
        typer.Option(help="What unlisted findings count as in fitting; default: the same, for unknown not_mentioned."),
    ] = None,
    present_weight: Annotated[float, typer.Option(min=0, help="Bonus for probable positives.")] = 0.0,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Stop once the leading condition is this probable; default: off.")
    ] = None,
    min_gain: Annotated[float, typer.Option(min=0, help="Stop once no question promises so many nats.")] = 0.0,
    encoding: EncodingOption = None,
    output: FormatOption = Format.RICH,
) -> None:
    """Fit on all folds but one, replay that one, for each fold; pooled figures, semantics named."""
    try:
        counts = [int(part) for part in questions.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 0:
        raise typer.BadParameter(f"{questions!r}; write numbers of questions, say 10,20", param_hint="--questions")
    cards = load_cases(cases, encoding).cards
    policy = Policy(
        replace(POLICY.questions, present_weight=present_weight),
        replace(POLICY.stopping, posterior_threshold=threshold, min_gain=min_gain),
    )
    results = []
    for meaning in unlisted or BOTH:
        with shown_progress(f"unlisted = {meaning.value}") as progress:
            results.append(
                crossvalidate(
                    cards,
                    questions=counts,
                    unlisted=meaning.value,
                    fitted_as=fitted_as and fitted_as.value,
                    n_folds=folds,
                    policy=policy,
                    progress=progress,
                )
            )
    if output is Format.JSON:
        print_json([_record(result) for result in results])
        return
    for result in results:
        print(
            f"unlisted findings answered as {result.unlisted}, fitted as {result.fitted_as} · "
            f"{result.n_cases} cases · {result.n_folds} folds"
        )
        for scores in result.scores:
            print(f"  {_line(scores)}")


def _line(scores: PooledScores) -> str:
    error = scores.calibration_error
    parts = (
        f"at most {scores.questions} questions, mean {scores.mean_asked:.1f}",
        f"top 1 {percent(scores.top_1)}",
        f"top 3 {percent(scores.top_3)}",
        f"calibration error {error if isinstance(error, NotScored) else format(error, '.3f')}",
        f"log score {number(scores.log_score)}",
        f"findings asked for {percent(scores.evidence_recall)}",
    )
    return "  ".join(parts)


def _record(result: CrossValidation) -> dict[str, object]:
    return {
        "unlisted": result.unlisted,
        "fitted_as": result.fitted_as,
        "n_cases": result.n_cases,
        "n_folds": result.n_folds,
        "scores": [scores.to_dict() for scores in result.scores],
    }

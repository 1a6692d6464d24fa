"""The gate's verdict as a report shows it."""

from __future__ import annotations

from typing import get_args

from validation.gate.rules import Measure
from validation.gate.verdict import Verdict as Judged
from validation.gate.verdict import exit_code

from .shapes import GateFinding, Status, Verdict


def verdict_of(judged: Judged) -> Verdict:
    """Status and reasons; the figures behind them are in the words."""
    status: dict[str, Status] = {name.lower(): name for name in get_args(Status)}
    return Verdict(
        status=status[judged.status.value],
        heading=judged.heading,
        line=judged.line,
        passes=exit_code(judged) == 0,
        findings=tuple(
            GateFinding(
                finding.rule,
                finding.status.value,
                finding.status.symbol,
                finding.title,
                finding.words,
                finding.next_step,
                finding.cases,
                finding.details,
            )
            for finding in judged.findings
        ),
    )


def tested(judged: Judged) -> dict[str, float]:
    """Figure to the p value of the gate's own test for harm, where it made one (G5)."""
    names = {Measure.QUESTIONS.value: "questions_asked"}
    return {
        names.get(result.measure, result.measure): result.p_harm
        for result in judged.measures
        if result.p_harm is not None
    }

"""A run in a page: the same sections as text, HTML and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from shlex import quote
from typing import Any, NamedTuple

from model.network.vocabulary import Triage

from .executors.incidents import in_words
from .explanation import APPROXIMATE_WHY
from .metrics.estimate import Estimate, NotScored, Score
from .results import Row, Run

WORST_CONDITIONS = 5
MOST_CASES = 10


class Line(NamedTuple):
    """One line of the summary; a line without text heads a section."""

    label: str
    text: str = ""


def percent(score: Score) -> str:
    """``98.5 % [94.7, 99.6]``, or why not."""
    if isinstance(score, NotScored):
        return str(score)
    return f"{100 * score.value:5.1f} % [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def number(score: Score, digits: int = 3) -> str:
    """``0.157 [0.065, 0.249]``, or why not."""
    if isinstance(score, NotScored):
        return str(score)
    return f"{score.value:.{digits}f} [{score.low:.{digits}f}, {score.high:.{digits}f}]"


def lines(run: Run) -> Iterator[Line]:
    """The whole summary; intervals are 95 %."""
    figures = run.metrics()
    plan = run.manifest.plan
    yield Line("Run", _title(run))
    yield Line("unlisted findings mean", " / ".join(sorted(set(run.table["unlisted"].to_pylist()))))
    if run.manifest.exclusions:
        excluded = ", ".join(f"{n} {reason}" for reason, n in run.manifest.exclusions.items())
        yield Line("left out", f"{excluded} (of {plan.n_cases + sum(plan.not_replayed.values())} cases)")
    if mended := in_words(run.manifest.retries):
        yield Line("mended on the way", mended)
    if run.manifest.n_approximate:
        n, of = run.manifest.n_approximate, run.manifest.n_finished
        yield Line("approximate", f"{n} of {of} cases ({APPROXIMATE_WHY})")
    if run.manifest.cost is not None:
        yield Line("cost", run.manifest.cost.in_words)
    if run.manifest.not_in_network:
        words = list(run.manifest.not_in_network.items())
        shown = ", ".join(f"{word} ({n})" for word, n in words[:5])
        yield Line("words the network lacks", shown + (f" and {len(words) - 5} more" if len(words) > 5 else ""))
    yield Line("Outcome")
    yield Line("coverage", _with_n(figures["coverage"]))
    for k in (1, 3, 5):
        yield Line(f"top {k}", f"{percent(figures[f'top_{k}'])}   strict {percent(figures[f'strict_top_{k}']).strip()}")
    yield Line("must-not-miss in top 3", _with_n(figures["must_not_miss_recall"]))
    yield Line("Triage")
    for label, name in (
        ("acceptable level", "triage_exact"),
        ("safe", "triage_safe"),
        ("under-triage", "under_triage"),
        ("over-triage", "over_triage"),
        ("emergency, told self-care", "hazardous_under_triage"),
    ):
        yield Line(label, _with_n(figures[name]))
    yield Line("Probability")
    error = figures["expected_calibration_error"]
    yield Line("calibration error", str(error) if isinstance(error, NotScored) else f"{error:.3f}")
    yield Line("log score · Brier", f"{number(figures['log_score'])} nats · {number(figures['brier'])}")
    yield Line("Questions")
    yield Line("asked", _questions(figures["questions_asked"], figures["question_quantiles"]))
    for label, name in (
        ("present findings asked for", "evidence_recall"),
        ("pertinent negatives asked", "pertinent_negative_recall"),
        ("red flags asked in time", "red_flag_rate"),
    ):
        yield Line(label, _with_n(figures[name]))
    yield Line("Where the loss is")
    yield Line("right on what was volunteered", percent(figures["initial_top_1"]))
    yield Line("right on the full evidence", percent(figures["full_top_1"]))
    shares = " · ".join(f"{name} {_short(figures[name])}" for name in ("right", "knowledge", "policy", "stopping"))
    yield Line("after the interview", shares)
    worst = [entry for entry in run.by_condition() if entry.n_right < entry.n][:WORST_CONDITIONS]
    if worst:
        yield Line("Worst conditions")
        for entry in worst:
            interval = f"[{100 * entry.low:.0f}, {100 * entry.high:.0f}] %"
            yield Line(entry.condition, f"{entry.n_right} of {entry.n} right {interval}")


def _title(run: Run) -> str:
    plan = run.manifest.plan
    network = f"{plan.network.name} ({len(run.vocabulary.conditions)} conditions)"
    cases = f"{plan.cases.name or 'cases'} ({run.manifest.n_finished} of {plan.n_cases} cases)"
    return f"{network} × {cases}"


def _with_n(score: Score) -> str:
    return percent(score) + ("" if isinstance(score, NotScored) else f" n={score.n}")


def _short(score: Score) -> str:
    return f"{100 * score.value:.1f} %" if isinstance(score, Estimate) else str(score)


def _questions(asked: Score, quantiles: Mapping[str, float] | NotScored) -> str:
    if isinstance(asked, NotScored) or isinstance(quantiles, NotScored):
        return str(asked)
    return (
        f"mean {asked.value:.1f} [{asked.low:.1f}, {asked.high:.1f}]   median {quantiles['0.5']:g}   "
        f"90 % within {quantiles['0.9']:g}   most {quantiles['1']:g}"
    )


def case_line(row: Row, where: str = "", program: str = "clinval") -> tuple[str, str]:
    """A case worth looking at as (verdict word, one line), which ends in the command that shows it.

    ``program`` is what the reader has to type for this program; ``where`` completes the command.
    """
    differential = row["differential"]
    got = differential[0]["condition"] if differential else row["outcome"].replace("_", " ")
    wrong = row["rank_right"] != 1
    verdict = "UNSAFE" if row["never_events"] else "WRONG"
    parts = [f"expected {row['expected']}" + (f", got {got}" if wrong else " (and got it)")]
    if wrong:
        parts.append(f"p {short_p(row['p_expected'])}  rank {row['rank'] or 'none'}  loss: {row['loss']}")
    parts += list(row["never_events"])
    if row["error"]:
        parts.append(row["error"])
    return verdict, f"{row['case_id']}  {'  '.join(parts)}  {program} show {quote(row['case_id'])}{where}"


def short_p(probability: float) -> str:
    """``.61``; more digits only close to 0 and 1, and never 1 for what is less."""
    if 0.9995 <= probability < 1:
        return ">.999"
    text = f"{probability:.2f}" if 0.005 <= probability < 0.995 else f"{probability:.3g}"
    return text[1:] if text.startswith("0.") else text


def verdict(run: Run) -> str:
    """The last line: counts, and whether the run is whole."""
    rows = run.rows.values()
    n_right = sum(row["rank_right"] == 1 for row in rows)
    n_unsafe = sum(bool(row["never_events"]) for row in rows)
    counts = [f"{n_right} right", f"{len(rows) - n_right} wrong", f"{n_unsafe} unsafe"]
    counts += [
        f"{n} {outcome.replace('_', ' ')}" for outcome, n in run.manifest.outcomes.items() if outcome != "answered"
    ]
    total = f"{run.manifest.n_finished} of {run.manifest.plan.n_cases} cases"
    reason = run.manifest.reason or "no reason was recorded"
    state = "COMPLETE" if run.is_complete else f"INCOMPLETE ({reason}; the same command goes on)"
    return f"{' · '.join(counts)} · {total} → {state}"


def as_text(run: Run) -> str:
    """The summary without colour, for logs and reprs."""
    body = [f"  {line.label:<30} {line.text}" if line.text else line.label for line in lines(run)]
    return "\n".join([*body, verdict(run), f"stored in {run.directory.where}"])


def as_html(run: Run) -> str:
    """The summary as a table, for notebooks."""
    rows = "".join(
        f"<tr><td>{escape(line.label)}</td><td style='text-align:left'>{escape(line.text)}</td></tr>"
        if line.text
        else f"<tr><th colspan=2 style='text-align:left'>{escape(line.label)}</th></tr>"
        for line in lines(run)
    )
    return f"<table>{rows}</table><p>{escape(verdict(run))}<br>stored in <code>{escape(run.directory.where)}</code></p>"


def as_record(run: Run) -> dict[str, Any]:
    """The summary for programs: figures, and the cases worth looking at."""
    return {
        "run": run.directory.where,
        "status": run.manifest.status,
        "reason": run.manifest.reason,
        "n_cases": run.manifest.plan.n_cases,
        "n_finished": run.manifest.n_finished,
        "results_sha256": run.manifest.results_sha256,
        "outcomes": run.manifest.outcomes,
        "n_approximate": run.manifest.n_approximate,
        "exclusions": run.manifest.exclusions,
        "retries": run.manifest.retries,
        "metrics": run.metrics().to_dict(),
        "cases": [
            {
                **{name: row[name] for name in ("case_id", "expected", "rank", "p_expected", "loss", "never_events")},
                "got": row["differential"][0]["condition"] if row["differential"] else None,
                "advice": Triage(row["triage_advice"]).label if row["triage_advice"] >= 0 else None,
            }
            for row in run.wrong()
        ],
    }

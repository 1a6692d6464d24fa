"""One case in two runs on the screen: the two interviews beside each other, where they part, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from ..comparison.diff import Diff, compare
from ..comparison.divergence import Divergence, Step, divergence, trajectory
from ..comparison.pairing import CasePair
from ..comparison.played import options_of
from ..comparison.record import read_record
from ..comparison.summary import case_line, event_words
from ..comparison.weighing import View, Weighing, Weight, weigh
from ..comparison.words_of_pair import in_words
from ..deadline import Deadline, stopped_by_signals
from ..origins import sides
from ..origins.load import model_of_run
from ..planning import Candidate
from ..results import Row
from ..vocabulary import Vocabulary
from .options import Format, print_json
from .progress import shown_progress
from .show_case import print_vignette, table_under

if TYPE_CHECKING:
    from ..attribution import Attribution

BAR = 10
"""Characters that stand for probability 1 …"""
WIDE = 100
"""… where the screen has so many columns; else the numbers alone."""
MOST_EFFECTS = 8
BLAME_S = 60.0
"""Seconds that the edits are tried for, for one case."""


@dataclass(frozen=True)
class Seen:
    """One case as two runs have it, and what a person is told of it."""

    pair: CasePair
    base: Row
    candidate: Row
    labels: tuple[str, str]
    divergence: Divergence | None
    weighing: Weighing | None
    """None: the interviews do not part, or a model is not at hand."""
    attribution: Attribution | None
    """None: a model is not at hand."""
    excuse: str
    """Why the models were not asked; empty where they were."""


def show_sides(
    console: Console, case: str, base: str, candidate: str, *, model: Path | None, cases: Path | None, runs: Path,
    output: Format,
) -> None:  # fmt: skip
    """The case in two columns, from two origins as ``clinval diff`` takes them."""
    deadline = Deadline()
    with stopped_by_signals(deadline):
        both = sides(base, candidate, model=model, cases=cases, runs=runs, deadline=deadline, progress=shown_progress)
    diff = compare(both.base.run, both.candidate.run)
    models = (both.base.candidate, both.candidate.candidate)
    print_seen(console, diff, look(diff, case, (both.base.label, both.candidate.label), models), output)


def show_latest_diff(console: Console, case: str, runs: Path, output: Format) -> None:
    """The case in two columns, as the latest diff compared it."""
    record, diff = read_record(runs), Diff.open(runs)
    labels = (record.base.origin.label, record.candidate.origin.label)
    print_seen(console, diff, look(diff, case, labels, (model_of_run(diff.base), model_of_run(diff.candidate))), output)


def look(diff: Diff, case: str, labels: tuple[str, str], models: tuple[Candidate | None, Candidate | None]) -> Seen:
    """Everything that can be said of one case, with the models as far as they are at hand."""
    base, candidate = diff.rows(case)
    pair, parted = diff.pair[case], divergence(base, candidate)
    missing = [name for name, model in zip(("base", "candidate"), models, strict=True) if model is None]
    if missing:
        excuse = (
            f"The {' and the '.join(missing)}'s model is no longer at hand: name it with --base and --candidate to see "
            "what both models thought of both questions, and which edit did it."
        )
        return Seen(pair, base, candidate, labels, parted, None, None, excuse)
    one, other = models
    assert one is not None
    assert other is not None
    weighing = None
    if parted is not None and not parted.is_about_the_answer:
        weighing = weigh(
            parted, pair.card, base, candidate, (one, options_of(diff.base)), (other, options_of(diff.candidate))
        )
    from ..attribution import attribute

    attribution = attribute(one, other, [pair.card], options_of(diff.candidate), deadline=Deadline(BLAME_S))
    return Seen(pair, base, candidate, labels, parted, weighing, attribution, "")


def print_seen(console: Console, diff: Diff, seen: Seen, output: Format) -> None:
    """All of it."""
    if output is Format.JSON:
        print_json(as_json(seen))
        return
    vocabulary = diff.candidate.vocabulary
    names = _Names(diff.base.vocabulary, vocabulary)
    print_vignette(console, seen.pair.card, seen.candidate, vocabulary)
    for side, label in zip(("base", "candidate"), seen.labels, strict=True):
        console.print(f"[dim]{side:<9}[/] {escape(label)}")
    word, text = case_line(seen.pair, "")
    console.print(f"\n[bold]{escape(f'{word}  {text}'.rstrip())}[/]")
    for sentence in in_words(seen.pair, seen.base, seen.candidate, seen.divergence, names.condition, names.finding):
        console.print(escape(sentence))
    if seen.weighing is not None:
        _print_weighing(console, seen.weighing, names)
    _print_interviews(console, seen, names)
    _print_trajectories(console, seen, names)
    _print_brackets(console, seen, names)
    if seen.attribution is not None:
        _print_effects(console, seen.attribution)
    elif seen.excuse:
        console.print(escape(f"\n{seen.excuse}"), style="dim")


def as_json(seen: Seen) -> dict[str, Any]:
    """The same for programs."""
    return {
        "case": seen.pair.card.model_dump(mode="json"),
        "change": seen.pair.change.value,
        "events": event_words(seen.pair),
        "base": {"origin": seen.labels[0], "result": dict(seen.base)},
        "candidate": {"origin": seen.labels[1], "result": dict(seen.candidate)},
        "divergence": None if seen.divergence is None else seen.divergence.to_dict(),
        "weighing": None if seen.weighing is None else seen.weighing.to_dict(),
        "attribution": None if seen.attribution is None else seen.attribution.to_dict(),
    }


class _Names:
    """Ids to names in either network, the candidate's first."""

    def __init__(self, base: Vocabulary, candidate: Vocabulary) -> None:
        self._conditions = {**base.condition_names, **candidate.condition_names}
        self._findings = {
            name: finding.name for network in (base, candidate) for name, finding in network.finding_by_id.items()
        }

    def condition(self, name: str | None) -> str:
        return "nothing" if name is None else self._conditions.get(name, name)

    def finding(self, name: str) -> str:
        return self._findings.get(name, name)


def _print_weighing(console: Console, weighing: Weighing, names: _Names) -> None:
    table = table_under("What both models thought of it there", console)
    table.add_column("")
    for side in ("base's model", "candidate's model"):
        table.add_column(side)
    for place, finding in enumerate(weighing.findings):
        cells = (_weight(view.weights[place], view) for view in (weighing.base, weighing.candidate))
        table.add_row(escape(names.finding(finding)), *cells)
    leading = (
        f"{escape(names.condition(view.leading))} {view.p_leading:.3f}; expected {view.p_expected:.3f}"
        for view in (weighing.base, weighing.candidate)
    )
    table.add_row("[dim]led before it[/]", *leading)
    console.print(table)


def _weight(weight: Weight | None, view: View) -> str:
    if weight is None:
        return "cannot be asked"
    asked = "[bold]asked[/], " if weight.finding == view.asked else ""
    flag = ", [red]red flag due[/]" if weight.red_flag else ""
    about = "" if weight.exact else "about "
    place = f"{_ordinal(weight.place)} of {view.n_askable}"
    return f"{asked}{about}gain {weight.gain:.3f}, p(yes) {weight.p_present:.3f}, {place}{flag}"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def _print_interviews(console: Console, seen: Seen, names: _Names) -> None:
    n_base, n_candidate = len(seen.base["transcript"]), len(seen.candidate["transcript"])
    table = table_under(
        f"The interviews: {n_base} and {n_candidate} questions; p is of {seen.pair.card.expected.condition}", console
    )
    table.add_column("#", justify="right")
    for side in ("base", "candidate"):
        table.add_column(side, ratio=1)
        table.add_column("gain", justify="right", no_wrap=True)
        table.add_column("p", justify="right", no_wrap=True)
    parted = seen.divergence.number if seen.divergence else None
    for number in range(max(n_base, n_candidate) + 2 if parted else max(n_base, n_candidate) + 1):
        cells = [*_cells(seen.base, number, names), *_cells(seen.candidate, number, names)]
        if not any(cells):
            continue
        mark = "[bold yellow]▶[/]" if number == parted else ""
        table.add_row(f"{mark}{number}", *cells, style="bold" if number == parted else None)
    console.print(table)
    if parted:
        console.print(f"[bold yellow]▶[/] question {parted}: the first at which they part")


def _cells(row: Row, number: int, names: _Names) -> tuple[str, str, str]:
    """Question and answer, gain, probability of what is expected."""
    if not row["p_expected_after"]:
        return (escape(row["outcome"].replace("_", " ")) if number == 0 else "", "", "")
    if number > len(row["transcript"]):
        stopped = number == len(row["transcript"]) + 1
        return (f"[dim]stopped: {row['stop'].replace('_', ' ')}[/]" if stopped else "", "", "")
    p = f"{row['p_expected_after'][number]:.3f}"
    if number == 0:
        return "[dim]volunteered[/]", "", p
    question: Mapping[str, Any] = row["transcript"][number - 1]
    answer = (question["answer"] or "cannot say").replace("_", " ")
    flag = " [red]⚑[/]" if question["red_flag"] else ""
    return f"{escape(names.finding(question['finding']))}: {answer}{flag}", f"{question['gain']:.3f}", p


def _print_trajectories(console: Console, seen: Seen, names: _Names) -> None:
    expected = names.condition(seen.pair.card.expected.condition)
    table = table_under(f"After each question: p of {expected}, and what leads", console)
    table.add_column("#", justify="right")
    bar = BAR if console.width >= WIDE else 0
    for side in ("base", "candidate"):
        table.add_column("p", justify="right", min_width=5)
        if bar:
            table.add_column("", width=bar)
        table.add_column(f"{side}: what leads", ratio=1)
    base, candidate = trajectory(seen.base), trajectory(seen.candidate)
    for number in range(max(len(base), len(candidate))):
        table.add_row(str(number), *_standing(base, number, names, bar), *_standing(candidate, number, names, bar))
    console.print(table)


def _standing(steps: Sequence[Step], number: int, names: _Names, bar: int) -> list[str]:
    """Probability of what is expected, the same as a bar where there is room, and what leads."""
    if number >= len(steps):
        return [""] * (3 if bar else 2)
    step = steps[number]
    changed = number == 0 or steps[number - 1].leading != step.leading
    leading = f"{escape(names.condition(step.leading))} {step.p_leading:.2f}"
    bars = ["█" * round(bar * step.p_expected)] if bar else []
    return [f"{step.p_expected:.3f}", *bars, leading if changed else f"[dim]{leading}[/]"]


def _print_brackets(console: Console, seen: Seen, names: _Names) -> None:
    expected = names.condition(seen.pair.card.expected.condition)
    table = table_under(f"p and rank of {expected} on …", console)
    for heading in ("", "what was volunteered", "the interview", "everything it can answer", "lost to"):
        table.add_column(heading)
    for side, row in (("base", seen.base), ("candidate", seen.candidate)):
        cells = [
            f"{row[f'{bracket}p_expected']:.3f}, rank {row[f'{bracket}rank'] or 'none'}"
            for bracket in ("initial_", "", "full_")
        ]
        table.add_row(side, *cells, "nothing" if row["loss"] == "right" else row["loss"])
    console.print(table)


def _print_effects(console: Console, attribution: Attribution) -> None:
    from ..attribution.lines import case_lines

    if not attribution.edits and not attribution.notes:
        return
    console.print("\n[bold]Which edit did it[/]")
    for case in attribution.cases:
        for line in case_lines(attribution, case, MOST_EFFECTS):
            console.print(escape(line))
    for note in (attribution.stopped, *attribution.notes):
        if note:
            console.print(escape(note), style="dim")

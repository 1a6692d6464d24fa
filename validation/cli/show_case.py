"""One case of one run on the screen: its vignette, its interview, three rankings, and why it was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cases.card import Card
from model.network.vocabulary import Triage

from ..explanation import Contribution, Explanation
from ..results import Row
from ..vocabulary import Vocabulary

MOST_CONTRIBUTIONS = 8


def print_case(
    console: Console, row: Row, card: Card, vocabulary: Vocabulary, words: Sequence[str], explanation: Explanation | str
) -> None:
    """All of it; ``explanation`` may be the reason why there is none."""
    print_vignette(console, card, row, vocabulary)
    _print_advice(console, row)
    print_interview(console, row, vocabulary)
    print_rankings(console, row, vocabulary)
    console.print("\n[bold]Why[/]")
    for sentence in words:
        console.print(escape(sentence))
    if isinstance(explanation, str):
        console.print(escape(explanation), style="dim")
        return
    names = vocabulary.condition_names
    subject, rival = (names.get(name, name) for name in (explanation.subject, explanation.rival))
    pair = f"{subject} (+) or {rival} (−)"
    print_contributions(console, f"What was known, and what it says: {pair}", explanation.known)
    print_contributions(
        console, f"In the case but not asked, and what it would have said: {pair}", explanation.not_asked
    )


def print_vignette(console: Console, card: Card, row: Row, vocabulary: Vocabulary) -> None:
    years = card.patient.age_years
    age = "age not given" if years is None else f"{card.patient.age:g} {card.patient.age_unit}"
    console.print(f"[bold]{escape(card.id)}[/]  {age}, {card.patient.sex or 'sex not given'}  by {escape(card.author)}")
    if card.complaint:
        console.print(f"“{escape(card.complaint)}”", style="italic")
    names = {name: finding.name for name, finding in vocabulary.finding_by_id.items()}
    for state in ("present", "absent", "unsure"):
        listed = [
            names.get(name, name) + ("*" if finding.initial else "")
            for name, finding in card.findings.items()
            if finding.state == state
        ]
        if listed:
            console.print(f"{state:<8} {escape(', '.join(listed))}")
    risks = [f"{vocabulary.risk_factor_names.get(name, name)}: {state}" for name, state in card.risk_factors.items()]
    if risks:
        console.print(f"risk     {escape(', '.join(risks))}")
    console.print(f"[dim]* volunteered; whatever is not listed counts as {row['unlisted'].replace('_', ' ')}[/]")
    wanted = [_condition(vocabulary, row["expected"])]
    wanted += [f"or {_condition(vocabulary, name)}" for name in row["acceptable"]]
    console.print(f"expected {escape(' '.join(wanted))}")
    if row["must_not_miss"]:
        console.print(f"must not miss {escape(', '.join(_condition(vocabulary, n) for n in row['must_not_miss']))}")
    if row["triage_least"] >= 0:
        levels = sorted({Triage(row["triage_least"]).label, Triage(row["triage_most"]).label}, key=len)
        console.print(f"triage   acceptable {' to '.join(levels)}")


def _print_advice(console: Console, row: Row) -> None:
    advice = Triage(row["triage_advice"]).label if row["triage_advice"] >= 0 else "none"
    console.print(f"advised  {advice}")


def print_interview(console: Console, row: Row, vocabulary: Vocabulary) -> None:
    n_asked, stop = len(row["transcript"]), row["stop"].replace("_", " ")
    table = table_under(f"Interview: {n_asked} questions, stopped by {stop}", console)
    for heading in ("#", "question", "answer", "gain", "leading conditions after it", "expected"):
        table.add_column(heading, justify="right" if heading in ("#", "gain", "expected") else "left")
    table.add_row(
        "", "volunteered", "", "", _leading(row["initial_leading"], vocabulary), f"{row['initial_p_expected']:.3f}"
    )
    for number, question in enumerate(row["transcript"], start=1):
        finding = vocabulary.finding_by_id[question["finding"]]
        table.add_row(
            str(number),
            escape(finding.question or finding.name) + (" [red]⚑[/]" if question["red_flag"] else ""),
            (question["answer"] or "cannot say").replace("_", " "),
            f"{question['gain']:.3f}",
            _leading(question["leading"], vocabulary),
            f"{row['p_expected_after'][number]:.3f}",
        )
    console.print(table)


def print_rankings(console: Console, row: Row, vocabulary: Vocabulary) -> None:
    table = table_under("The same case on …", console)
    brackets = {
        "what was volunteered": ("initial_rank", row["initial_leading"]),
        "the interview": ("rank", row["differential"][:5]),
        "everything it can answer": ("full_rank", row["full_leading"]),
    }
    for heading, (rank, _) in brackets.items():
        table.add_column(f"{heading}\n(expected: rank {row[rank] or 'none'})")
    columns = [[_entry(entry, vocabulary) for entry in entries] for _, entries in brackets.values()]
    for place in range(max(map(len, columns))):
        table.add_row(*(column[place] if place < len(column) else "" for column in columns))
    console.print(table)


def print_contributions(console: Console, title: str, items: Sequence[Contribution]) -> None:
    if not items:
        return
    table = table_under(title, console)
    for heading in ("nats", "", "finding", "answer"):
        table.add_column(heading, justify="right" if heading == "nats" else "left")
    for item in items[:MOST_CONTRIBUTIONS]:
        bar = ("+" if item.log_odds > 0 else "−") * min(12, round(2 * abs(item.log_odds)))
        table.add_row(f"{item.log_odds:+.2f}", bar, escape(item.what), item.answer)
    if len(items) > MOST_CONTRIBUTIONS:
        table.add_row("", "", f"and {len(items) - MOST_CONTRIBUTIONS} weaker ones", "")
    console.print(table)


def table_under(title: str, console: Console) -> Table:
    """A table under its title, which is printed at once, in full width."""
    console.print(f"\n[bold]{escape(title)}[/]")
    return Table(box=None if console.no_color else box.SIMPLE_HEAD, show_edge=False, pad_edge=False)


def _leading(entries: Sequence[Mapping[str, Any]], vocabulary: Vocabulary) -> str:
    return " · ".join(_entry(entry, vocabulary) for entry in entries[:3])


def _entry(entry: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    return escape(f"{_condition(vocabulary, entry['condition'])} {entry['p']:.2f}")


def _condition(vocabulary: Vocabulary, name: str) -> str:
    return vocabulary.condition_names.get(name, name)

"""A verdict on a screen: the findings that matter first, one line for people in a hurry last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .verdict import GateFinding, Status, Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.INCONCLUSIVE: "bold yellow",
    Status.INCOMPLETE: "bold magenta",
    Status.FLAG: "yellow",
    Status.NOTE: "dim",
}
MOST_DETAILS = 10
INDENT = 5


def print_verdict(verdict: Verdict, console: Console, most_details: int | None = MOST_DETAILS) -> None:
    """Every finding in words, its cases under it, and the last line."""
    from rich.text import Text

    for finding in verdict.findings:
        console.print(
            Text.assemble(
                (f"{finding.rule} {finding.status.symbol} {finding.status.upper():<12} ", STYLES[finding.status]),
                (finding.title, "bold"),
            )
        )
        for line in body(finding, most_details):
            _print_indented(console, Text(line, "dim" if finding.status is Status.NOTE else ""))
    console.print(Text(verdict.line, STYLES[verdict.status]))


def _print_indented(console: Console, text: Text) -> None:
    """Wrapped between words on a screen; one line where a program may read it."""
    from rich.padding import Padding

    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, INDENT)), soft_wrap=False)
    else:
        text.pad_left(INDENT)
        console.print(text)


def body(finding: GateFinding, most_details: int | None = None) -> list[str]:
    """Words, details and next step, a line each."""
    details = list(finding.details)
    if most_details is not None and len(details) > most_details:
        details = [*details[:most_details], f"+{len(details) - most_details} more; --format plain lists them all"]
    return [
        finding.words,
        *(f"- {line}" for line in details),
        *([f"→ {finding.next_step}"] if finding.next_step else []),
    ]


def as_text(verdict: Verdict) -> str:
    """All of it, for a notebook or a log."""
    lines = []
    for finding in verdict.findings:
        lines += [f"{finding.rule} {finding.status.symbol} {finding.status.upper()}  {finding.title}"]
        lines += [f"     {line}" for line in body(finding)]
    return "\n".join([*lines, verdict.line])

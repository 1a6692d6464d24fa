"""``python -m validation.bench``: every benchmark once, as tables, with the ratios that matter."""

from __future__ import annotations

import os
import platform
import sys
import warnings

from rich.console import Console
from rich.table import Table

from . import noisy_or, tabular
from .replay import WORKERS, replay
from .timing import Pairs, duration

_REPLAYS = ((300, 1000, 1000, 20), (600, 4000, 1000, 20), (300, 1000, 10_000, 20))


def main() -> int:
    """Print everything; raises where an answer differs from a peer's by more than 1e-9."""
    warnings.simplefilter("ignore")  # the peers' deprecation notices
    out = Console(width=120 if not sys.stdout.isatty() else None)
    out.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors; Python {platform.python_version()}"
    )
    out.print("A ratio is theirs ÷ ours on the same input, measured in turn; read the ratios, not the seconds.\n")
    _noisy_or(out)
    _tabular(out)
    _hot_loop(out)
    _growth(out)
    _replays(out)
    return 0


def _noisy_or(out: Console) -> None:
    found = noisy_or.compare()
    table = _ratios("All posteriors of a noisy-OR interview: 300 conditions × 1,000 findings, 8 present, 15 absent")
    table.add_row("pgmpy VariableElimination, greedy *", *found.pgmpy.row())
    table.add_row("pyAgrum, the faster of Lazy and Shafer-Shenoy", *found.pyagrum.row())
    for name, pairs in (("pgmpy", found.pgmpy), ("pyAgrum", found.pyagrum)):
        mean = sum(pairs.theirs) / len(pairs.theirs)
        row = duration(found.mixed_s), duration(mean), f"{mean / found.mixed_s:,.0f} ×", ""
        table.add_row(f"{name}: means, ours over all interviews mixed", *row)
    out.print(table)
    out.print(
        f"  {len(found.n_active)} interviews, {min(found.n_active)} to {max(found.n_active)} conditions active; the"
        " peers get them pruned, negatives absorbed, noisy-OR decomposed.\n"
        "  Ours in a batch of 256 copies of the interview, except in the last two rows.\n"
        f"  Largest difference between any two answers {found.largest_difference:.1e}.  "
        "* two conditions measured, times their number.\n"
    )


def _tabular(out: Console) -> None:
    table = _ratios("All marginals of a published network, about six variables known; ours a case in a batch of 1,024")
    largest = 0.0
    for name in tabular.NETWORKS:
        found = tabular.compare(name)
        if found is None:
            table.add_row(f"{name}: not in this pgmpy's package", *[""] * 4)
            continue
        largest = max(largest, found.largest_difference)
        label = f"{name} ({found.states:,} clique states)"
        for peer, pairs in (("pgmpy", found.pgmpy), ("pyAgrum", found.pyagrum)):
            row: tuple[str, ...] = pairs.row() if isinstance(pairs, Pairs) else ("", "minutes a case", "", "")
            table.add_row(f"{label}  {peer}", *row)
            label = ""
    out.print(table)
    out.print(f"  Largest difference between any two answers {largest:.1e}.\n")


def _hot_loop(out: Console) -> None:
    loop, peak = noisy_or.hot_loop()
    out.print(
        f"The dynamic programme: {loop / 1e9:.1f} billion additions and multiplications a second, "
        f"{loop / peak:.0%} of\n"
        f"the {peak / 1e9:.1f} that this processor reached in registers with the same instructions "
        "(eight lanes, not fused).\n"
    )


def _growth(out: Console) -> None:
    table = Table(
        title="How the cost of a case grows (300 × 1,000, 8 present, where not said otherwise)", title_justify="left"
    )
    for heading in ("", "number of", "all posteriors", "a question chosen"):
        table.add_column(heading, justify="right" if heading else "left")
    for what, value, posterior_s, score_s in noisy_or.growth():
        table.add_row(what, value, duration(posterior_s), duration(score_s))
    out.print(table)
    out.print()


def _replays(out: Console) -> None:
    table = Table(title=f"Replay with {WORKERS} processes, 8 to 10 findings present a case", title_justify="left")
    for heading in (
        "network",
        "cases",
        "questions a case",
        "replay",
        "whole run",
        "cases a second",
        "peak memory of all processes",
    ):
        table.add_column(heading, justify="right" if heading != "network" else "left")
    for n_conditions, n_findings, n_cases, n_questions in _REPLAYS:
        done = replay(n_conditions, n_findings, n_cases, n_questions)
        table.add_row(
            f"{n_conditions} × {n_findings:,}",
            f"{n_cases:,}",
            f"{done.n_questions:.0f}",
            duration(done.replay_s),
            duration(done.whole_s),
            f"{done.cases_a_second:,.0f}",
            f"{done.peak_bytes / 2**20:,.0f} MiB",
        )
    out.print(table)


def _ratios(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("beside", "ours, a case", "theirs, a case", "median ratio", "range"):
        table.add_column(heading, justify="left" if heading == "beside" else "right")
    return table


if __name__ == "__main__":
    sys.exit(main())

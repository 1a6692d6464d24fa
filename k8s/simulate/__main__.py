"""``python -m k8s.simulate``: the table on stdout, the chart as fanout.svg beside this file."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from reports.charts.render import to_svg

from ..sizes import Machine, load_sizes
from .chart import chart
from .model import Outcome, load_constants, simulate

CHART = Path(__file__).with_name("fanout.svg")
WORKERS = (1, 4, 16, 64, 125, 250, 500, 1000)
CASES = (10_000, 100_000, 1_000_000, 10_000_000)
BUDGET_S = 1200.0
WORKER = Machine(cpu=8, memory_gib=16, scratch_gib=8)
HEAD = Machine(cpu=8, memory_gib=32, scratch_gib=64)


SCENARIOS = {
    "the engines' own policy": (1.0, 3.0),
    "a policy or remote checker 40 times slower": (40.0, 3.0),
    "the same with shards of a minute": (40.0, 60.0),
}
"""How many times slower than measured a case is, and seconds of work in a shard."""


def outcomes(times_slower: float, shard_s: float) -> list[Outcome]:
    """Every number of machines with every number of cases."""
    known, prices = load_constants(), load_sizes().prices
    changed = {"case_s": known.measured.case_s * times_slower, "shard_work_s": shard_s}
    constants = known.model_copy(update={"measured": known.measured.model_copy(update=changed)})
    return [simulate(n, workers, WORKER, HEAD, prices, BUDGET_S, constants) for n in CASES for workers in WORKERS]


def main() -> None:
    """Simulate, print, draw."""
    found = {}
    for words, (times_slower, shard_s) in SCENARIOS.items():
        title = f"{words}, {1000 * load_constants().measured.case_s * times_slower:.3g} ms a case"
        found[title] = outcomes(times_slower, shard_s)
        Console(width=110).print(_table(title, found[title]))
    CHART.write_text(to_svg(chart(found, BUDGET_S, load_sizes().prices.currency), width=720) + "\n", "utf-8")


def _table(title: str, found: list[Outcome]) -> Table:
    table = Table(title=f"{BUDGET_S / 60:.0f} minutes, machines of {WORKER.cpu} cores: {title}", title_justify="left")
    for heading in ("cases", "machines", "done", "first result", "end", "played twice", "driver busy", "cost"):
        table.add_column(heading, justify="right")
    currency = load_sizes().prices.currency
    for one in found:
        table.add_row(
            f"{one.n_cases:,}",
            f"{one.workers:,}",
            "all" if one.is_whole else f"{one.n_done / one.n_cases:.1%}",
            f"{one.first_result_s:.0f} s",
            f"{one.end_s:.0f} s",
            f"{one.redone_share:.2%}",
            f"{one.driver_busy:.0%}",
            f"{one.cost:.2f} {currency}",
        )
    return table


if __name__ == "__main__":
    main()

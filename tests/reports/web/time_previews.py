"""How long the previews of a corpus take: ``python -m tests.reports.web.time_previews [MODEL] [CASES]``.

No test: a machine that is busy with something else says nothing about the code.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from reports.web import LOCAL_PEOPLE
from reports.web.preview import preview
from reports.web.services import load_checker, load_library
from reports.web.settings import Settings


def main(model: str = "model/networks/primary_care", cases: str = "cases/corpora/primary_care") -> None:
    """Play every reference case once, as its page would."""
    settings = Settings(
        database="sqlite:///unused.db", model=Path(model), cases=Path(cases), runs=Path(), repository=Path(),
        public_url="http://localhost", secret="s" * 40, local_people=LOCAL_PEOPLE,
    )  # fmt: skip
    checker = load_checker(settings)
    cards = [card for card in load_library(settings, checker.network) if card.split == "reference"]
    seconds = []
    for card in cards:
        started = time.perf_counter()
        preview(checker, card)
        seconds.append(time.perf_counter() - started)
    worst = max(range(len(cards)), key=seconds.__getitem__)
    print(
        f"{len(cards)} previews: median {statistics.median(seconds):.3f} s, worst {seconds[worst]:.3f} s "
        f"({cards[worst].id}), {sum(one > 1 for one in seconds)} over a second"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

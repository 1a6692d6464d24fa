"""A budget, and how soon it is noticed that it is used up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cases.card import Card
from model.network.save import save_network
from model.policy.config import DEFAULT_POLICY
from tests.validation import synthetic
from tests.validation.shell import environment
from validation.deadline import Deadline, stopped_by_signals
from validation.executors import work as module
from validation.executors.local import LocalExecutor
from validation.executors.work import Work
from validation.replay import ReplayOptions, replay

NETWORK = synthetic.network()
CARDS = synthetic.cards(NETWORK, 40)
WORK = Work(NETWORK, DEFAULT_POLICY, ReplayOptions())


def batches(monkeypatch: pytest.MonkeyPatch, cost_s: float = 0.0) -> list[int]:
    """The sizes of the batches that will be played, each question of each case for ``cost_s``."""
    sizes: list[int] = []

    def costly(interview: Any, cards: Sequence[Card], options: ReplayOptions, should_stop: Callable[[], bool]) -> Any:
        sizes.append(len(cards))

        def asked() -> bool:
            time.sleep(cost_s * len(cards))
            return should_stop()

        return replay(interview, cards, options, asked)

    monkeypatch.setattr(module, "replay", costly)
    return sizes


def test_a_part_of_a_deadline_comes_with_it_and_not_after_it() -> None:
    whole = Deadline(1000)
    part = whole.part(60)
    assert (part.budget_s, part()) == (60, False)
    assert not Deadline().part(60)()
    used_up = whole.part(0)
    assert used_up()
    assert used_up.reason == "out of time"
    assert not whole()  # the part's end is its own
    whole.cancel("interrupted")
    assert part()
    assert part.reason == "interrupted"
    left = Deadline(10).part(60).budget_s
    assert left is not None
    assert left <= 10


@pytest.mark.parametrize("at_once", [1, 3, 39, 1000])
def test_the_file_is_the_same_to_the_byte_however_many_are_played_at_once(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = WORK.player()
    whole._at_once = len(CARDS)
    in_batches = WORK.player()
    monkeypatch.setattr(module._Watch, "longest_s", lambda _: at_once and module.LONGEST_S)  # keeps its size
    in_batches._at_once = at_once
    sizes = batches(monkeypatch)
    assert in_batches.play(CARDS) == whole.play(CARDS)
    assert sizes[0] == min(at_once, 40)


def test_cheap_cases_are_played_all_at_once_after_a_first_few(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = batches(monkeypatch)
    player = WORK.player()
    player.play(CARDS)
    player.play(CARDS)
    assert sizes == [4, 36, 40]


def test_a_deadline_is_noticed_within_seconds_however_slow_the_cases_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty cases that take 0.1 s a question each: in one batch nobody would look up for 4 s."""
    sizes = batches(monkeypatch, cost_s=0.1)
    monkeypatch.setattr(module, "LONGEST_S", 0.3)
    begin = time.monotonic()
    deadline = Deadline(1.0)
    assert list(LocalExecutor(1).run(WORK, [tuple(CARDS)], deadline)) == []
    assert deadline.reason == "out of time"
    assert time.monotonic() - begin < 2.5
    assert max(sizes) <= 4


def test_sigterm_before_the_replay_begins_is_incomplete_as_it_is_later(tmp_path: Path) -> None:
    save_network(NETWORK, tmp_path / "net")
    script = (
        "import os, signal, sys\n"
        "import validation.cli.run\n"
        "from validation.__main__ import main\n"
        "validation.cli.run.read_cases = lambda *_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.argv = ['clinval', 'run', '--model', 'net', '--cases', 'cases.jsonl']\n"
        "sys.exit(main())\n"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert told.returncode == 4
    assert told.stderr == "terminated; what was finished is kept, and the same command goes on\n"


@dataclass(frozen=True)
class Raised:
    number: int
    reason: str


@pytest.mark.parametrize("sent", [Raised(signal.SIGTERM, "terminated"), Raised(signal.SIGINT, "interrupted")])
def test_a_signal_is_a_reason_to_stop_and_handlers_are_put_back(sent: Raised) -> None:
    before = signal.getsignal(sent.number)
    deadline = Deadline()
    with stopped_by_signals(deadline):
        os.kill(os.getpid(), sent.number)
        assert deadline()
    assert deadline.reason == sent.reason
    assert signal.getsignal(sent.number) == before

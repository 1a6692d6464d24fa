"""What is to be played and what is settled: retries, halves, copies; every case is handed back once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cases.card import Card

from ..store.files import DeterminismAlarm
from .incidents import Incidents
from .protocol import Finished, Shard

ATTEMPTS = 3
"""Tries of a shard before it is halved."""

Record = Callable[[Sequence[Card]], bytes]
"""The Parquet file that says of cases that they cannot be played."""


@dataclass(frozen=True, slots=True)
class Task:
    """Cases to be played together."""

    cards: tuple[Card, ...]

    @property
    def case_ids(self) -> tuple[str, ...]:
        return tuple(card.id for card in self.cards)

    def halves(self) -> list[Task]:
        middle = len(self.cards) // 2
        return [Task(self.cards[:middle]), Task(self.cards[middle:])]


class Tasks:
    """The queue, and which tasks still need an answer.

    A task may be played twice, when its worker has fallen silent: the first answer counts, and a later
    one has to be equal to the byte.

    Parameters
    ----------
    tries_alone : deaths that a case must cause alone before it is given up.  One is enough where workers
        die of cases only; where machines go away by themselves an innocent case must not be blamed.
    incidents : where what goes wrong is counted
    """

    def __init__(self, shards: Sequence[Shard], tries_alone: int = 1, incidents: Incidents | None = None) -> None:
        self.incidents = incidents or Incidents()
        self.queue = deque(Task(shard) for shard in shards)
        self._tries_alone = tries_alone
        self._open = {task.case_ids for task in self.queue}
        self._deaths: Counter[tuple[str, ...]] = Counter()
        """How many workers died of a task, so far as is known."""
        self._copies: Counter[tuple[str, ...]] = Counter()
        self._answers: dict[tuple[str, ...], str] = {}

    @property
    def are_settled(self) -> bool:
        return not self._open

    def add(self, shard: Shard) -> None:
        """One more, to be played after what is there."""
        task = Task(shard)
        self._open.add(task.case_ids)
        self.queue.append(task)

    def next(self) -> Task | None:
        """A task that still needs an answer, None where none is waiting."""
        while self.queue:
            task = self.queue.popleft()
            if task.case_ids in self._open:
                return task
        return None

    def is_open(self, task: Task) -> bool:
        return task.case_ids in self._open

    def copies(self, task: Task) -> int:
        """How often it was given to one more worker."""
        return self._copies[task.case_ids]

    def copy(self, task: Task) -> None:
        """Have it played once more, by whoever is free."""
        self._copies[task.case_ids] += 1
        self.incidents.shards_late += 1
        self.incidents.redone_cases += len(task.cards)
        self.queue.append(task)

    def played(self, task: Task, data: bytes) -> Iterator[Finished]:
        """Its Parquet file has come."""
        name, digest = task.case_ids, sha256(data).hexdigest()
        if name in self._open:
            self._open.remove(name)
            self._answers[name] = digest
            yield Finished(name, data)
            return
        if not self._copies[name]:  # else it was counted when the copy was made
            self.incidents.redone_cases += len(task.cards)
        if self._answers.get(name, digest) != digest:
            raise DeterminismAlarm(
                f"E-DETERMINISM  {len(name)} cases from {name[0]} on: two workers played them, and the results "
                "differ; report it"
            )

    def again(self, task: Task) -> None:
        """It was not played, and that was not its fault: back to the head of the queue."""
        self.queue.appendleft(task)

    def forgive(self, task: Task) -> None:
        """Its worker turned out not to have died."""
        self._deaths[task.case_ids] -= 1

    def died(self, task: Task, record: Record) -> Iterator[Finished]:
        """Its worker died: once more, or what can be had of it."""
        self._deaths[task.case_ids] += 1
        self.incidents.retries += 1
        self.incidents.redone_cases += len(task.cards)
        if self._deaths[task.case_ids] < ATTEMPTS:
            self.again(task)
        else:
            yield from self.give_up(task, record)

    def give_up(self, task: Task, record: Record) -> Iterator[Finished]:
        """Halve a task that cannot be played, until the case at fault is alone: that one is recorded."""
        if not self.is_open(task):
            return
        self._open.remove(task.case_ids)
        if len(task.cards) > 1:
            halves = task.halves()
            self.incidents.shards_halved += 1
            self._open |= {half.case_ids for half in halves}
            for half in halves:  # one try each: whichever holds the case at fault will be halved again
                self._deaths[half.case_ids] = ATTEMPTS - (self._tries_alone if len(half.cards) == 1 else 1)
            self.queue.extendleft(reversed(halves))
        else:
            self.incidents.cases_given_up += 1
            yield Finished(task.case_ids, record(task.cards))

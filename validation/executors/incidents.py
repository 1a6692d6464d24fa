"""What went wrong on the way and was mended: it changes no result, and belongs in the record beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Incidents:
    """Counts over the life of an executor; all zero where nothing happened."""

    worker_deaths: int = 0
    """Workers that died and were started again."""
    workers_set_aside: int = 0
    """Times that a worker was no longer counted on: it could not be reached, or was silent for too long."""
    retries: int = 0
    """Shards that were being executed when their worker went away."""
    shards_late: int = 0
    """Shards that took so long that another worker was given a copy."""
    shards_halved: int = 0
    """Shards that could not be played, halved on the way to the case at fault."""
    cases_given_up: int = 0
    """Cases at fault: their workers died of them, or they raised."""
    redone_cases: int = 0
    """Cases that were played, or begun, more than once."""

    def to_dict(self) -> dict[str, int]:
        """By name, in this order."""
        return asdict(self)


WORDS = {
    "worker_deaths": ("worker died", "workers died"),
    "workers_set_aside": ("time a worker was set aside", "times a worker was set aside"),
    "retries": ("shard retried", "shards retried"),
    "shards_late": ("shard late", "shards late"),
    "shards_halved": ("shard halved", "shards halved"),
    "cases_given_up": ("case given up", "cases given up"),
    "redone_cases": ("case played again", "cases played again"),
    "quarantined_shards": ("damaged shard set aside", "damaged shards set aside"),
    "resumed_cases": ("case kept from before", "cases kept from before"),
}
"""How each count of a run's record is told, of one and of several."""


def in_words(counts: Mapping[str, int]) -> str:
    """``2 workers died, 1 shard retried``; empty where nothing happened."""
    told = [(n, WORDS.get(name, (name, name))) for name, n in counts.items() if n]
    return ", ".join(f"{n:,} {one if n == 1 else several}" for n, (one, several) in told)

"""The table of sizes, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

TABLE = Path(__file__).with_name("sizes.toml")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Entry):
    """What one pod asks for and gets: requests equal limits."""

    cpu: int = Field(ge=1)
    memory_gib: int = Field(ge=1)
    scratch_gib: int = Field(ge=1)
    """Of local disk: Ray's logs and spilled objects."""


class Size(_Entry):
    """A head and so many workers, each of whose cores plays cases."""

    workers: int = Field(ge=1)
    worker: Machine
    head: Machine
    pre_running_s: int = Field(ge=1)
    """Seconds within which the cluster must be up."""

    @property
    def cores(self) -> int:
        """That play cases; the head plays none."""
        return self.workers * self.worker.cpu


class Price(_Entry):
    """Of one core and of one GiB of memory for an hour."""

    cpu_hour: float = Field(ge=0)
    gib_hour: float = Field(ge=0)

    def of(self, machine: Machine) -> float:
        """One machine for an hour."""
        return machine.cpu * self.cpu_hour + machine.memory_gib * self.gib_hour


class Prices(_Entry):
    """List prices; ``currency`` as in ISO 4217."""

    currency: str
    on_demand: Price
    spot: Price


class Sizes(_Entry):
    """The whole table."""

    format: int
    ray_version: str
    sizes: dict[str, Size]
    prices: Prices


@cache
def load_sizes() -> Sizes:
    """``sizes.toml`` beside this file; it is ours, and a test reads it."""
    return Sizes.model_validate(tomllib.loads(TABLE.read_text("utf-8")))

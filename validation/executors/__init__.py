"""Where shards are played: an executor takes shards of cards and hands back their Parquet files."""

from .protocol import Executor, Finished, Shard
from .work import Work

__all__ = ["Executor", "Finished", "Shard", "Work"]

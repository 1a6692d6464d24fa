"""Shards committed beside the work that makes them: an object store answers late, and many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from .directory import RunDirectory, ShardFile

IN_HAND = 4
"""Times as many shards may wait as are being committed; whoever brings more waits for one of them."""


class Committer:
    """Commits in any order, which means nothing: shards are files of their own.

    Leaving the ``with`` block waits for what is being committed, so that nothing is written after it; what
    was waiting is dropped where the block is left by an exception.

        with Committer(directory) as committer:
            for data, case_ids in …:
                yield from committer.commit(data, case_ids)
            yield from committer.rest()
    """

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._pool = ThreadPoolExecutor(directory.at_once, "clinval-commit") if directory.at_once > 1 else None
        self._waiting: dict[Future[ShardFile], None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def commit(self, data: bytes, case_ids: Sequence[str]) -> Iterator[ShardFile]:
        """Have it committed; whatever has been committed meanwhile, this one or others.

        Raises
        ------
        StoreError
            One of them could not be; ``DeterminismAlarm`` where another content has its name.
        """
        if self._pool is None:
            yield self._directory.commit_shard(data, case_ids)
            return
        self._waiting[self._pool.submit(self._directory.commit_shard, data, tuple(case_ids))] = None
        yield from self._done(block=len(self._waiting) >= IN_HAND * self._directory.at_once)

    def rest(self) -> Iterator[ShardFile]:
        """All that is not committed yet, as it is."""
        while self._waiting:
            yield from self._done(block=True)

    def _done(self, block: bool) -> Iterator[ShardFile]:
        done, _ = wait(self._waiting, None if block else 0, FIRST_COMPLETED)
        for future in [future for future in self._waiting if future in done]:
            del self._waiting[future]
            yield future.result()

"""One writer at a time where there is no lock: a claim, kept alive by a heartbeat.

Claims are objects, and the server's clock, which stamps every object, is the only clock that counts.
A writer lays down a claim and looks who else has one that is alive; the earlier claim wins.  Clocks of
one-second steps make ties: of two claims in the same second the greater name gives way at once, and the
lesser waits, looks again, and gives way too if the other is still there (it may have looked before this
one came).  Never two writers, then; once in a long while none, and both say so.

A writer that was asleep for longer than a lease finds its claim gone and stops.  What it wrote meanwhile
does no harm: shards are named by their content, and the manifest is written only by who holds a claim.
"""

from __future__ import annotations

import threading
import time
from uuid import uuid4

from .files import StoreError
from .objects import Objects

LEASE_S = 60.0
"""A claim without a heartbeat for so long is nobody's."""
HEARTBEATS = 6
"""A lease."""
TIE_S = 1.5
"""More than the step of a server's clock."""


class Lease:
    """The right to write below ``objects``; ``lease_s`` has to be the same for all writers."""

    def __init__(self, objects: Objects, lease_s: float = LEASE_S) -> None:
        self._claims = objects.below("lock")
        self._address = objects.address
        self._lease_s = lease_s
        self._name = uuid4().hex
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self) -> None:
        """Become the writer.

        Raises
        ------
        StoreError
            Another process is.
        """
        self._claims.put(self._beat, b"")
        self._claims.put(self._claim, b"")
        try:
            if self._has_rival():
                raise StoreError(
                    f"E-RUN-LOCKED  {self._address}: another process is writing this very run; wait for it (one that "
                    f"died is forgotten after {self._lease_s:.0f} s), or choose another place with -o"
                )
        except BaseException:
            self.release()
            raise
        self._thread = threading.Thread(target=self._keep, name="clinval-lease", daemon=True)
        self._thread.start()

    def insist(self) -> None:
        """Raise :class:`StoreError` where the claim was lost."""
        held = {found.name for found in self._claims.list()}
        if self._claim not in held or self._has_rival():
            raise StoreError(
                f"E-RUN-LOST  {self._address}: this process was silent for so long that another took over; "
                "run the same command again"
            )

    def release(self) -> None:
        """Let another writer in."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._claims.delete(self._claim)
        self._claims.delete(self._beat)

    @property
    def _claim(self) -> str:
        return f"{self._name}.claim"

    @property
    def _beat(self) -> str:
        return f"{self._name}.beat"

    def _has_rival(self) -> bool:
        """Whether somebody else may hold the lease; claims of the dead are swept away."""
        others, mine = self._others()
        if any((written, name) < mine for name, written in others.items() if int(written) != int(mine[0])):
            return True
        tied = [name for name, written in others.items() if int(written) == int(mine[0])]
        if not tied:
            return False
        if min(tied) < mine[1]:
            return True
        time.sleep(TIE_S)
        return any(name in tied for name in self._others()[0])

    def _others(self) -> tuple[dict[str, float], tuple[float, str]]:
        """Name of every other living claim to when it was laid down; and the own one as (when, name)."""
        self._claims.put(self._beat, b"")
        found = {each.name: each.written for each in self._claims.list()}
        now = found[self._beat]  # by the server's clock
        mine = found.get(self._claim, now), self._name
        living = {}
        for name, written in found.items():
            other, _, kind = name.partition(".")
            if kind != "claim" or other == self._name:
                continue
            if now - found.get(f"{other}.beat", written) <= self._lease_s:
                living[other] = written
            else:
                self._claims.delete(name)
                self._claims.delete(f"{other}.beat")
        return living, mine

    def _keep(self) -> None:
        while not self._over.wait(self._lease_s / HEARTBEATS):
            try:
                self._claims.put(self._beat, b"")
            except StoreError:
                continue  # the next one may get through; if none does, ``insist`` says so

"""The one object that the pages and the command line hold."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Engine

from ..card import Card
from ..checks.report import IsPossible
from .administration import Administration
from .answers import Answers
from .checking import Checker
from .drafts import Drafts
from .errors import DatabaseError
from .migrations import known_revisions, newest_revision, stored_revision, upgrade
from .people import People
from .publish import Publishing
from .queue import Queue
from .reviews import Reviews
from .store import Clock, Store, utc_now
from .trail import Trail
from .upload_rows import UploadRows
from .uploads import Uploads

if TYPE_CHECKING:
    from model.network.network import Network


class Desk:
    """Uploads, drafts, reviews and publications in one database.

    Parameters
    ----------
    database
        ``sqlite:///PATH``, ``postgresql://USER:PASSWORD@HOST/NAME``, or an engine made by ``open_engine``.
    network
        Whose words and limits the cases are checked against; uploads cannot be checked without one.
    is_possible
        The check of evidence with probability zero; None compiles the network when it is first needed.
    library
        Published cases in the network's ids: duplicates of them are found.
    clock
        Gives this moment, with a zone; for tests.
    """

    def __init__(
        self,
        database: str | Engine,
        *,
        network: Network | None = None,
        is_possible: IsPossible | None = None,
        library: Sequence[Card] = (),
        clock: Clock = utc_now,
    ) -> None:
        self.store = Store(database, clock)
        check = Checker(network, is_possible, library)
        self.people = People(self.store)
        self.uploads = Uploads(self.store)
        self.rows = UploadRows(self.store, check)
        self.drafts = Drafts(self.store, check)
        self.answers = Answers(self.store, check)
        self.queue = Queue(self.store)
        self.reviews = Reviews(self.store, check)
        self.publishing = Publishing(self.store)
        self.trail = Trail(self.store)
        self.administration = Administration(self.store)

    def upgrade(self) -> tuple[str | None, str]:
        """Make the tables, or bring them to this program's form; the revision before and after."""
        self._refuse_newer()
        with self.store.connect() as connection:
            return upgrade(connection)

    def ready(self) -> None:
        """Raise :class:`DatabaseError` where the database does not answer or has tables of another form."""
        self._refuse_newer()
        with self.store.read() as session:
            stored = stored_revision(session.connection())
        if stored != newest_revision():
            found = "no tables of the desk" if stored is None else f"tables of revision {stored}"
            raise DatabaseError(
                f"E-DATABASE-OLD  the database: found {found}; expected revision {newest_revision()}; "
                "run `clinval cases database upgrade`"
            )

    def _refuse_newer(self) -> None:
        with self.store.read() as session:
            stored = stored_revision(session.connection())
        if stored is not None and stored not in known_revisions():
            raise DatabaseError(
                f"E-DATABASE-NEW  the database: found tables of revision {stored}, which this program does not know; "
                "expected at most " + newest_revision() + "; use the newer clinval that made them"
            )

    def close(self) -> None:
        """Give all connections back."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

"""The database: how it is opened, and its two kinds of transactions.

Writers take turns.  A writing transaction first locks the one row of ``audit_head`` (SQLite: it begins
IMMEDIATE), so that everything it reads is still true when it writes: no update is lost, whatever the
database's isolation level, and the entries of the trail have one order.  Writes are short: files are
checked and commits are made outside of them.  Readers wait for nobody and see one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from model.errors import InputError

from .actors import Actor
from .audit import append
from .errors import DatabaseError
from .tables import AuditHead, PersonRow

BUSY_MS = 60_000
"""How long a writer waits for its turn on SQLite, ms."""
_WRITES = "clinval_writes"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass
class Work:
    """One transaction of one person."""

    session: Session
    who: Actor
    now: datetime
    pending: list[dict[str, Any]] = field(default_factory=list)

    def record(self, what: str, subject: str, why: str, **details: Any) -> None:
        """Put an entry into the trail: never case texts, only ids, numbers, states and hashes; always with a reason."""
        if not why.strip():
            raise ValueError(f"an entry of the trail without a reason: {what} {subject}")
        entry = {"at": self.now, "who": self.who.id, "what": what, "subject": subject, "why": why, "details": details}
        self.pending.append(entry)


class Store:
    """A database, by engine or address (``sqlite:///desk.db``, ``postgresql://…/clinval``)."""

    def __init__(self, database: str | Engine, clock: Clock = utc_now) -> None:
        self.engine = database if isinstance(database, Engine) else open_engine(database)
        self.clock = clock
        self._writing = self.engine.execution_options(**{_WRITES: True})
        one_moment = self.engine.dialect.name == "postgresql"
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ") if one_moment else self.engine

    @contextmanager
    def write(self, who: Actor) -> Iterator[Work]:
        """A transaction that may change things: all of it happens, with its entries in the trail, or nothing."""
        with _told(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            head = session.execute(select(AuditHead).with_for_update()).scalar_one()
            remember(session, who)
            work = Work(session, who, self.clock())
            yield work
            append(session, head, work.pending)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing."""
        with _told(), Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A writing transaction below the tables, for migrations."""
        with _told(), self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_engine(address: str) -> Engine:
    """An engine for SQLite (a file) or PostgreSQL through psycopg 3.

    Raises
    ------
    InputError
        The address is of neither.
    """
    expected = "sqlite:///PATH or postgresql://USER@HOST/NAME"
    try:
        url = make_url(address)
    except ArgumentError:  # Not quoted: it may hold a password.
        raise InputError.single(
            "E-DATABASE", "the database", "an address of no known form", expected=expected
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and url.database in (None, "", ":memory:")):
        raise InputError.single("E-DATABASE", "the database", f"the kind {url.drivername}", expected=expected)
    # Parameters hold case texts: they must not reach a log through an error's message.
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=backend == "postgresql", pool_timeout=60)
    if backend == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
    return engine


def _sqlite_connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver (see _sqlite_begins).
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # What was acknowledged outlives a power cut.
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begins(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def remember(session: Session, who: Actor) -> PersonRow:
    """The person's row, made where there is none: all that happens points to it."""
    row = session.get(PersonRow, who.id)
    roles = sorted(who.roles)
    if row is None:
        row = PersonRow(id=who.id, signed_in_as=who.name, name=_free_name(session, who.name), roles=roles)
        session.add(row)
        session.flush()
    elif row.roles != roles:
        row.roles = roles
    return row


def _free_name(session: Session, name: str) -> str:
    """``name``, or ``name (2)`` where another person has it: on a card the two must not look like one."""
    name = name.strip() or "somebody"
    taken = {one.casefold() for one in session.scalars(select(PersonRow.name))}
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    return free


@contextmanager
def _told() -> Iterator[None]:
    """What the database refuses, in plain words."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        raise DatabaseError(_in_words(str(error.orig))) from error


def _in_words(message: str) -> str:
    lower = message.lower()
    if "no such table" in lower or "does not exist" in lower:
        return "E-DATABASE-OLD  the database: found no tables of the desk; run `clinval cases database upgrade`"
    if "locked" in lower or "busy" in lower:
        return "E-DATABASE-BUSY  the database: somebody else has been writing for a minute; try again"
    if "full" in lower:
        return "E-DATABASE-FULL  the database: the disk is full; nothing was changed; make room and try again"
    return f"E-DATABASE  the database: {message.strip().splitlines()[0] if message.strip() else 'no answer'}"

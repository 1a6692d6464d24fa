"""A copy of an SQLite desk while others work at it; PostgreSQL has tools of its own for that."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from model.errors import InputError

from .errors import DatabaseError


def back_up(engine: Engine, target: Path) -> int:
    """Write the database, as it is at one moment, to the new file ``target``; its size in bytes.

    A plain copy of the file would lack what SQLite still holds in the file beside it, or be half of each.

    Raises
    ------
    InputError
        It is no SQLite database, or ``target`` exists or cannot be written.
    DatabaseError
        The copy is not whole.
    """
    if engine.dialect.name != "sqlite":
        raise InputError.single(
            "E-BACKUP", "the database", f"the kind {engine.dialect.name}", expected="SQLite",
            next_step="use PostgreSQL's own `pg_dump --format=custom`, and `pg_restore`",
        )  # fmt: skip
    if target.exists():
        raise InputError.single(
            "E-EXISTS", str(target), "a file", expected="a new one", next_step="choose another name"
        )
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        _copy(engine, partial)
        os.link(partial, target)  # Fails where somebody was quicker.
        return target.stat().st_size
    except OSError as error:
        reason = error.strerror or "an error"
        raise InputError.single("E-BACKUP", str(target), reason, expected="a place that can be written to") from error
    finally:
        for name in (partial, *(Path(f"{partial}{end}") for end in ("-journal", "-wal", "-shm"))):
            name.unlink(missing_ok=True)


def _copy(engine: Engine, place: Path) -> None:
    place.touch(0o600)  # It holds case texts.
    with engine.connect() as connection, closing(sqlite3.connect(place)) as copy:
        raw: Any = connection.connection.driver_connection
        connection.rollback()  # The backup begins transactions of its own.
        raw.backup(copy)  # In one step: a writer does not wait for it, nor make it begin again.
        copy.execute("PRAGMA journal_mode = DELETE")  # One file, and nothing beside it.
        if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise DatabaseError(f"E-DATABASE  the copy is not whole: {found}")
    with place.open("rb+") as file:
        os.fsync(file.fileno())

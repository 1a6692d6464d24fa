"""How the desk's tables came to be: Alembic, run by :meth:`cases.desk.Desk.upgrade`; no alembic.ini is needed.

A change of ``tables.py`` needs a new file in ``versions/`` that follows the last; the tests compare what the
migrations make with what the tables say, on SQLite and PostgreSQL.  A migration never changes once it is released.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

HERE = Path(__file__).resolve().parent


def upgrade(connection: Connection, to: str = "head") -> tuple[str | None, str]:
    """Bring the tables to the newest form, inside the connection's transaction; revision before and after."""
    if connection.dialect.name == "postgresql":  # Two servers that start at once must not both make tables.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7265312950132411)")
    before = stored_revision(connection)
    command.upgrade(_config(connection), to)
    return before, newest_revision() if to == "head" else to


def stored_revision(connection: Connection) -> str | None:
    """The revision that the database is at; None: it has no tables of the desk."""
    revision: str | None = MigrationContext.configure(connection).get_current_revision()
    return revision


def newest_revision() -> str:
    """The revision that this program wants."""
    head: str | None = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def known_revisions() -> frozenset[str]:
    """Every revision that this program has heard of."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    return config

"""Alembic's entry: the caller has opened the connection and its transaction."""

from alembic import context

from cases.desk.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
context.run_migrations()

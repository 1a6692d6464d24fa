"""Every entry of the trail has a reason; a case remembers what is stated and explained until it is handed in.

Revision 0002.  Entries from before stay as they are: their hashes are chained.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WITH_WHY = ("audit", "case_version")


def upgrade() -> None:
    """Add the columns, an index for what is deleted by age, and the rule about reasons."""
    for column in ("statement", "changed_after", "change_reason"):
        op.add_column("case", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_idempotency_at", "idempotency", ["at"], unique=False)
    # What was stated of a file goes for the drafts that were made of its rows.
    op.execute(
        'UPDATE "case" SET statement = (SELECT max(upload.statement) FROM upload JOIN upload_row '
        'ON upload_row.upload_id = upload.id WHERE upload_row.case_id = "case".id) '
        "WHERE state = 'draft' AND id IN (SELECT case_id FROM upload_row WHERE case_id IS NOT NULL)"
    )
    if op.get_bind().dialect.name == "sqlite":
        _reasons_in_sqlite()
    else:
        _reasons_in_postgresql()


def _reasons_in_sqlite() -> None:
    for table in WITH_WHY:
        op.execute(
            f"CREATE TRIGGER {table}_says_why BEFORE INSERT ON {table} WHEN trim(NEW.why) = '' "
            f"BEGIN SELECT RAISE(ABORT, '{table} says why in every row'); END"
        )


def _reasons_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION clinval_says_why() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% says why in every row', TG_TABLE_NAME USING ERRCODE = 'check_violation'; END $$"
    )
    for table in WITH_WHY:  # No constraint: rows from before have none, and a dump of them must be readable.
        op.execute(
            f"CREATE TRIGGER {table}_says_why BEFORE INSERT ON {table} FOR EACH ROW "
            "WHEN (btrim(NEW.why) = '') EXECUTE FUNCTION clinval_says_why()"
        )

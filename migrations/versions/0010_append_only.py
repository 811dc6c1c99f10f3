"""Evidence and money are append-only: triggers refuse updates and deletes to everyone."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("agreement_versions", "signed_agreements", "membership_events", "ledger_entries", "receipts")


def upgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            name = f"{table}_no_{change.lower()}"
            action = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if is_postgres
                else f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed'); END"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} {action}")

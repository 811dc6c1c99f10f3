"""Payment attempts, the ledger, and receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt_counters",
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("next_number >= 1", name=op.f("ck_receipt_counters_next_number")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_receipt_counters_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_counters")),
        sa.UniqueConstraint("clinic_id", name=op.f("uq_receipt_counters_clinic_id")),
    )
    op.create_index(op.f("ix_receipt_counters_clinic_id"), "receipt_counters", ["clinic_id"], unique=False)
    op.create_table(
        "payment_attempts",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "ready",
                "sent",
                "needs_patient",
                "succeeded",
                "declined",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("on_session", "off_session", name="mode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("payment_method_id", sa.String(length=80), nullable=True),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period_starts_on", sa.String(length=10), nullable=True),
        sa.Column("intent_id", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("decline_code", sa.String(length=60), nullable=True),
        sa.Column("is_key_spent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_brand", sa.String(length=24), nullable=True),
        sa.Column("card_last4", sa.String(length=4), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payment_attempts_cents")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_payment_attempts_number")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invoice_id"],
            ["invoices.clinic_id", "invoices.id"],
            name=op.f("fk_payment_attempts_clinic_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_payment_attempts_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_payment_attempts_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("account", "intent_id", name=op.f("uq_payment_attempts_account_intent_id")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_payment_attempts_clinic_id_id")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_payment_attempts_invoice_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_attempts_key")),
    )
    op.create_index(op.f("ix_payment_attempts_clinic_id"), "payment_attempts", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_payment_attempts_membership_id"), "payment_attempts", ["membership_id"], unique=False)
    op.create_index(
        "ix_payment_attempts_open",
        "payment_attempts",
        ["account", "status", "claimed_until"],
        unique=False,
        sqlite_where=sa.text("status IN ('ready', 'sent', 'needs_patient')"),
        postgresql_where=sa.text("status IN ('ready', 'sent', 'needs_patient')"),
    )
    op.create_index(
        "uq_payment_attempts_one_open",
        "payment_attempts",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('ready', 'sent', 'needs_patient')"),
        postgresql_where=sa.text("status IN ('ready', 'sent', 'needs_patient')"),
    )
    op.create_table(
        "receipts",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("card_brand", sa.String(length=24), nullable=True),
        sa.Column("card_last4", sa.String(length=4), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number >= 1 AND cents >= 0", name=op.f("ck_receipts_number")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invoice_id"],
            ["invoices.clinic_id", "invoices.id"],
            name=op.f("fk_receipts_clinic_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_receipts_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_receipts_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_receipts_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "number", name=op.f("uq_receipts_clinic_id_number")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_receipts_invoice_id")),
    )
    op.create_index(op.f("ix_receipts_clinic_id"), "receipts", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_receipts_patient_id"), "receipts", ["patient_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("payment", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cents <> 0", name=op.f("ck_ledger_entries_cents")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "attempt_id"],
            ["payment_attempts.clinic_id", "payment_attempts.id"],
            name=op.f("fk_ledger_entries_clinic_id_attempt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invoice_id"],
            ["invoices.clinic_id", "invoices.id"],
            name=op.f("fk_ledger_entries_clinic_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_ledger_entries_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_ledger_entries_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_ledger_entries_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("clinic_id", "cause", name=op.f("uq_ledger_entries_clinic_id_cause")),
    )
    op.create_index(op.f("ix_ledger_entries_clinic_id"), "ledger_entries", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_ledger_entries_patient_id"), "ledger_entries", ["patient_id"], unique=False)

"""Invoices, their lines, and billing periods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoices",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("period", "cancellation_fee", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "paid",
                "waived",
                "void",
                "written_off",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_declined_on", sa.Date(), nullable=True),
        sa.Column("next_attempt_on", sa.Date(), nullable=True),
        sa.Column("gives_up_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_invoices_paid")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_invoices_cents")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_invoices_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_invoices_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_invoices_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_invoices_clinic_id_id")),
        sa.UniqueConstraint("membership_id", "cause", name=op.f("uq_invoices_membership_id_cause")),
    )
    op.create_index(op.f("ix_invoices_clinic_id"), "invoices", ["clinic_id"], unique=False)
    op.create_index(
        "ix_invoices_dunning",
        "invoices",
        ["clinic_id", "next_attempt_on"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND next_attempt_on IS NOT NULL"),
        postgresql_where=sa.text("status = 'open' AND next_attempt_on IS NOT NULL"),
    )
    op.create_index(
        "ix_invoices_giving_up",
        "invoices",
        ["clinic_id", "gives_up_on"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND gives_up_on IS NOT NULL"),
        postgresql_where=sa.text("status = 'open' AND gives_up_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_invoices_patient_id"), "invoices", ["patient_id"], unique=False)
    op.create_index(
        "uq_invoices_one_open",
        "invoices",
        ["membership_id", "kind"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "billing_periods",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "paid",
                "held",
                "waived",
                "skipped",
                "unpaid",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state = 'skipped' OR invoice_id IS NOT NULL", name=op.f("ck_billing_periods_invoice")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_billing_periods_days")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invoice_id"],
            ["invoices.clinic_id", "invoices.id"],
            name=op.f("fk_billing_periods_clinic_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_billing_periods_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_billing_periods_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_periods")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_billing_periods_invoice_id")),
    )
    op.create_index(op.f("ix_billing_periods_clinic_id"), "billing_periods", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_billing_periods_membership_id"), "billing_periods", ["membership_id"], unique=False)
    op.create_index(
        "uq_billing_periods_start",
        "billing_periods",
        ["membership_id", "starts_on"],
        unique=True,
        sqlite_where=sa.text("invoice_id IS NULL"),
        postgresql_where=sa.text("invoice_id IS NULL"),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "fee",
                "proration",
                "setup_fee",
                "coupon",
                "credit",
                "waived",
                "cancellation_fee",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invoice_id"],
            ["invoices.clinic_id", "invoices.id"],
            name=op.f("fk_invoice_lines_clinic_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_invoice_lines_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_lines_invoice_id_position")),
    )
    op.create_index(op.f("ix_invoice_lines_clinic_id"), "invoice_lines", ["clinic_id"], unique=False)

"""Memberships and their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "memberships",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "active",
                "on_hold",
                "past_due",
                "ended",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("plan_name", sa.String(length=80), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum("month", "year", name="frequency", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("setup_fee_cents", sa.Integer(), nullable=False),
        sa.Column("cancellation_fee_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("draw_day", sa.Integer(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("commitment_until", sa.Date(), nullable=True),
        sa.Column("paid_through", sa.Date(), nullable=True),
        sa.Column("next_draw_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "patient",
                "staff",
                "non_payment",
                "lapsed",
                name="end_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(status = 'ended') = (ended_on IS NOT NULL)", name=op.f("ck_memberships_ended")),
        sa.CheckConstraint("status <> 'ended' OR next_draw_on IS NULL", name=op.f("ck_memberships_ended_draws")),
        sa.CheckConstraint(
            "status IN ('pending', 'ended') OR started_on IS NOT NULL", name=op.f("ck_memberships_started")
        ),
        sa.CheckConstraint("draw_day BETWEEN 1 AND 31", name=op.f("ck_memberships_draw_day")),
        sa.CheckConstraint("ends_on IS NULL OR next_draw_on IS NULL", name=op.f("ck_memberships_ending_draws")),
        sa.CheckConstraint("fee_cents > 0", name=op.f("ck_memberships_fee")),
        sa.CheckConstraint("setup_fee_cents >= 0 AND cancellation_fee_cents >= 0", name=op.f("ck_memberships_fees")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "card_id"], ["cards.clinic_id", "cards.id"], name=op.f("fk_memberships_clinic_id_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_memberships_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_id"], ["plans.clinic_id", "plans.id"], name=op.f("fk_memberships_clinic_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_memberships_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_memberships_clinic_id_id")),
    )
    op.create_index(op.f("ix_memberships_clinic_id"), "memberships", ["clinic_id"], unique=False)
    op.create_index(
        "ix_memberships_due",
        "memberships",
        ["clinic_id", "next_draw_on", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'active' AND next_draw_on IS NOT NULL"),
        postgresql_where=sa.text("status = 'active' AND next_draw_on IS NOT NULL"),
    )
    op.create_index(
        "ix_memberships_ending",
        "memberships",
        ["clinic_id", "ends_on"],
        unique=False,
        sqlite_where=sa.text("status <> 'ended' AND ends_on IS NOT NULL"),
        postgresql_where=sa.text("status <> 'ended' AND ends_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_memberships_patient_id"), "memberships", ["patient_id"], unique=False)
    op.create_index(
        "uq_memberships_one_a_plan",
        "memberships",
        ["patient_id", "plan_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.create_table(
        "membership_events",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "from_status",
            sa.Enum(
                "pending",
                "active",
                "on_hold",
                "past_due",
                "ended",
                name="from_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "pending",
                "active",
                "on_hold",
                "past_due",
                "ended",
                name="to_status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=12), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "actor IN ('patient', 'staff', 'scheduler', 'stripe')", name=op.f("ck_membership_events_actor")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_membership_events_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_membership_events_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_events")),
    )
    op.create_index(op.f("ix_membership_events_clinic_id"), "membership_events", ["clinic_id"], unique=False)
    op.create_index("ix_membership_events_membership", "membership_events", ["membership_id", "id"], unique=False)

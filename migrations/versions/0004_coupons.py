"""Coupons and their redemptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coupons",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("code_key", sa.String(length=40), nullable=False),
        sa.Column(
            "amount_kind",
            sa.Enum("percent", "dollar", name="amount_kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column(
            "duration",
            sa.Enum(
                "once", "periods", "forever", name="duration", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("periods", sa.Integer(), nullable=True),
        sa.Column("on_setup_fee", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("switched_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(duration = 'periods') = (periods IS NOT NULL)", name=op.f("ck_coupons_periods")),
        sa.CheckConstraint("amount_kind <> 'percent' OR amount <= 100", name=op.f("ck_coupons_percent")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_coupons_amount")),
        sa.CheckConstraint("used >= 0 AND (max_uses IS NULL OR used <= max_uses)", name=op.f("ck_coupons_uses")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_coupons_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("clinic_id", "code_key", name=op.f("uq_coupons_clinic_id_code_key")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_coupons_clinic_id_id")),
    )
    op.create_index(op.f("ix_coupons_clinic_id"), "coupons", ["clinic_id"], unique=False)
    op.create_table(
        "coupon_plans",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "coupon_id"],
            ["coupons.clinic_id", "coupons.id"],
            name=op.f("fk_coupon_plans_clinic_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_id"], ["plans.clinic_id", "plans.id"], name=op.f("fk_coupon_plans_clinic_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_coupon_plans_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_plans")),
        sa.UniqueConstraint("coupon_id", "plan_id", name=op.f("uq_coupon_plans_coupon_id_plan_id")),
    )
    op.create_index(op.f("ix_coupon_plans_clinic_id"), "coupon_plans", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_coupon_plans_coupon_id"), "coupon_plans", ["coupon_id"], unique=False)
    op.create_table(
        "coupon_redemptions",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "amount_kind",
            sa.Enum("percent", "dollar", name="amount_kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column(
            "duration",
            sa.Enum(
                "once", "periods", "forever", name="duration", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("on_setup_fee", sa.Boolean(), nullable=False),
        sa.Column("periods_left", sa.Integer(), nullable=True),
        sa.Column("cents_left", sa.Integer(), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cents_left IS NULL OR cents_left >= 0", name=op.f("ck_coupon_redemptions_cents_left")),
        sa.CheckConstraint(
            "periods_left IS NULL OR periods_left >= 0", name=op.f("ck_coupon_redemptions_periods_left")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "coupon_id"],
            ["coupons.clinic_id", "coupons.id"],
            name=op.f("fk_coupon_redemptions_clinic_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_coupon_redemptions_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_coupon_redemptions_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_coupon_redemptions_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_redemptions")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_coupon_redemptions_clinic_id_id")),
    )
    op.create_index(op.f("ix_coupon_redemptions_clinic_id"), "coupon_redemptions", ["clinic_id"], unique=False)
    op.create_index(
        "uq_coupon_redemptions_once_a_patient",
        "coupon_redemptions",
        ["coupon_id", "patient_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        "uq_coupon_redemptions_one_a_membership",
        "coupon_redemptions",
        ["membership_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )

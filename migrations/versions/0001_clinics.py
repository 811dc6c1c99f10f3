"""Clinics, their programme, agreements and plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("booking_url", sa.String(length=300), nullable=True),
        sa.Column("draw_hour", sa.Integer(), nullable=False),
        sa.Column("stripe_account", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("draw_hour BETWEEN 0 AND 23", name=op.f("ck_clinics_draw_hour")),
        sa.CheckConstraint("length(colour) = 7", name=op.f("ck_clinics_colour")),
        sa.CheckConstraint("slug = lower(slug) AND length(slug) BETWEEN 2 AND 40", name=op.f("ck_clinics_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinics")),
        sa.UniqueConstraint("slug", name=op.f("uq_clinics_slug")),
    )
    op.create_table(
        "agreements",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_agreements_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_agreements_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "name", name=op.f("uq_agreements_clinic_id_name")),
    )
    op.create_index(op.f("ix_agreements_clinic_id"), "agreements", ["clinic_id"], unique=False)
    op.create_table(
        "programmes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("introduction", sa.String(length=600), nullable=False),
        sa.Column("thank_you", sa.String(length=600), nullable=False),
        sa.Column("receipt_footer", sa.String(length=600), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("patients_may_sign_up", sa.Boolean(), nullable=False),
        sa.Column("patients_may_enroll", sa.Boolean(), nullable=False),
        sa.Column("patients_may_cancel", sa.Boolean(), nullable=False),
        sa.Column("dunning_days", sa.String(length=40), nullable=False),
        sa.Column("dunning_ends_membership", sa.Boolean(), nullable=False),
        sa.Column("while_past_due", sa.String(length=10), nullable=False),
        sa.CheckConstraint("while_past_due IN ('blocked', 'usable')", name=op.f("ck_programmes_while_past_due")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_programmes_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("clinic_id", name=op.f("uq_programmes_clinic_id")),
    )
    op.create_table(
        "agreement_versions",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_agreement_versions_number")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "agreement_id"],
            ["agreements.clinic_id", "agreements.id"],
            name=op.f("fk_agreement_versions_clinic_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_agreement_versions_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_versions")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_agreement_versions_agreement_id_number")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_agreement_versions_clinic_id_id")),
    )
    op.create_index(op.f("ix_agreement_versions_clinic_id"), "agreement_versions", ["clinic_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=600), nullable=False),
        sa.Column("badge_colour", sa.String(length=7), nullable=False),
        sa.Column("setup_fee_cents", sa.Integer(), nullable=False),
        sa.Column("discount_percent", sa.Integer(), nullable=False),
        sa.Column("banks_fee", sa.Boolean(), nullable=False),
        sa.Column("commitment_months", sa.Integer(), nullable=False),
        sa.Column("cancellation_fee_cents", sa.Integer(), nullable=False),
        sa.Column("shown_in_portal", sa.Boolean(), nullable=False),
        sa.Column("is_recommended", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cancellation_fee_cents >= 0", name=op.f("ck_plans_cancellation_fee")),
        sa.CheckConstraint("commitment_months BETWEEN 0 AND 36", name=op.f("ck_plans_commitment")),
        sa.CheckConstraint("discount_percent BETWEEN 0 AND 100", name=op.f("ck_plans_discount")),
        sa.CheckConstraint("setup_fee_cents >= 0", name=op.f("ck_plans_setup_fee")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "agreement_id"],
            ["agreements.clinic_id", "agreements.id"],
            name=op.f("fk_plans_clinic_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_plans_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_plans_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "slug", name=op.f("uq_plans_clinic_id_slug")),
    )
    op.create_index(op.f("ix_plans_clinic_id"), "plans", ["clinic_id"], unique=False)
    op.create_table(
        "plan_benefits",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=160), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_id"], ["plans.clinic_id", "plans.id"], name=op.f("fk_plan_benefits_clinic_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_plan_benefits_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_benefits")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_plan_benefits_plan_id_position")),
    )
    op.create_index(op.f("ix_plan_benefits_clinic_id"), "plan_benefits", ["clinic_id"], unique=False)
    op.create_index(op.f("ix_plan_benefits_plan_id"), "plan_benefits", ["plan_id"], unique=False)
    op.create_table(
        "plan_prices",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum("month", "year", name="frequency", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("fee_cents > 0", name=op.f("ck_plan_prices_fee")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_id"], ["plans.clinic_id", "plans.id"], name=op.f("fk_plan_prices_clinic_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_plan_prices_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_prices")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_plan_prices_clinic_id_id")),
        sa.UniqueConstraint(
            "plan_id", "frequency", "starts_on", name=op.f("uq_plan_prices_plan_id_frequency_starts_on")
        ),
    )
    op.create_index(op.f("ix_plan_prices_clinic_id"), "plan_prices", ["clinic_id"], unique=False)

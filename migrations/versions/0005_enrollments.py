"""The steps that begin a membership, and the evidence of the signature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrollments",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "finished", "lapsed", name="status", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("plan_price_id", sa.Uuid(), nullable=True),
        sa.Column("draw_day", sa.Integer(), nullable=True),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("details_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("setup_key", sa.String(length=64), nullable=True),
        sa.Column("setup_intent_id", sa.String(length=80), nullable=True),
        sa.Column("wanted_coupon_code", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status <> 'finished' OR membership_id IS NOT NULL", name=op.f("ck_enrollments_finished")),
        sa.CheckConstraint("draw_day IS NULL OR draw_day BETWEEN 1 AND 31", name=op.f("ck_enrollments_draw_day")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "coupon_id"],
            ["coupons.clinic_id", "coupons.id"],
            name=op.f("fk_enrollments_clinic_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["memberships.clinic_id", "memberships.id"],
            name=op.f("fk_enrollments_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_enrollments_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_id"], ["plans.clinic_id", "plans.id"], name=op.f("fk_enrollments_clinic_id_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "plan_price_id"],
            ["plan_prices.clinic_id", "plan_prices.id"],
            name=op.f("fk_enrollments_clinic_id_plan_price_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_enrollments_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_enrollments_clinic_id_id")),
    )
    op.create_index(op.f("ix_enrollments_clinic_id"), "enrollments", ["clinic_id"], unique=False)
    op.create_index(
        "ix_enrollments_lapsing",
        "enrollments",
        ["lapses_at"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(op.f("ix_enrollments_patient_id"), "enrollments", ["patient_id"], unique=False)
    op.create_index(
        "uq_enrollments_one_open",
        "enrollments",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "signed_agreements",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_version_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("disclosure", sa.Text(), nullable=False),
        sa.Column("records_consent", sa.Text(), nullable=False),
        sa.Column("charge_consent", sa.Text(), nullable=False),
        sa.Column("signature_text", sa.String(length=200), nullable=False),
        sa.Column("signer_name", sa.String(length=200), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(signature_text) > 0", name=op.f("ck_signed_agreements_signature")),
        sa.CheckConstraint("length(text_sha256) = 64", name=op.f("ck_signed_agreements_text_sha256")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "agreement_version_id"],
            ["agreement_versions.clinic_id", "agreement_versions.id"],
            name=op.f("fk_signed_agreements_clinic_id_agreement_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "enrollment_id"],
            ["enrollments.clinic_id", "enrollments.id"],
            name=op.f("fk_signed_agreements_clinic_id_enrollment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patients.clinic_id", "patients.id"],
            name=op.f("fk_signed_agreements_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_signed_agreements_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_agreements")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_signed_agreements_clinic_id_id")),
    )
    op.create_index(op.f("ix_signed_agreements_clinic_id"), "signed_agreements", ["clinic_id"], unique=False)
    op.create_index(
        "ix_signed_agreements_enrollment", "signed_agreements", ["enrollment_id", "signed_at"], unique=False
    )
    op.create_index(op.f("ix_signed_agreements_patient_id"), "signed_agreements", ["patient_id"], unique=False)

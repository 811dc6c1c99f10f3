"""The draws to come: what each running membership is asked for next, with its coupon."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import CouponRedemption, Membership
from portal.rules.invoices import Charge, coming_charges


def charges(session: Session, memberships: Sequence[Membership], count: int) -> dict[UUID, tuple[Charge, ...]]:
    """The next `count` draws by membership, in one query; a membership without a next draw has no entry."""
    drawn = [membership for membership in memberships if membership.next_draw_on is not None]
    if not drawn:
        return {}
    redemptions = {
        redemption.membership_id: redemption
        for redemption in session.scalars(
            select(CouponRedemption).where(
                CouponRedemption.clinic_id == drawn[0].clinic_id,
                CouponRedemption.membership_id.in_([membership.id for membership in drawn]),
                CouponRedemption.released_at.is_(None),
            )
        )
    }
    return {membership.id: _charges(membership, redemptions.get(membership.id), count) for membership in drawn}


def _charges(membership: Membership, redemption: CouponRedemption | None, count: int) -> tuple[Charge, ...]:
    assert membership.next_draw_on is not None
    discount, code = (redemption.discount, redemption.code) if redemption else (None, None)
    return coming_charges(membership.terms, membership.next_draw_on, discount, code, count)

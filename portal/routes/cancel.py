"""Cancelling a membership and taking that back: online, in one step, with everything said first."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.cancel import CancelForm
from portal.models import Membership
from portal.routes import render
from portal.routes.access import current_clinic, db_session, patient_only
from portal.routes.filters import day
from portal.routes.memberships import mine_or_404
from portal.rules.states import MembershipStatus
from portal.services.billing import arrears
from portal.services.billing.on_session import StripeRefused, StripeUnanswered
from portal.services.membership import cancel

log = structlog.get_logger()
blueprint = Blueprint("cancel", __name__, url_prefix="/<clinic_slug>/memberships/<uuid:membership_id>/cancel")

STRIPE_AWAY = (
    "Our payment provider does not answer at this moment, so we could not stop the payment that is open. "
    "Nothing was changed. Please try again in a minute."
)


@blueprint.get("")
@patient_only
def page(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """What cancelling means: when it ends, what stays usable, what it costs."""
    membership = mine_or_404(membership_id)
    if membership.status == MembershipStatus.ENDED or membership.ends_on is not None:
        return redirect(_details(membership))
    return _cancel_page(membership, CancelForm())


@blueprint.post("")
@patient_only
def confirm(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Cancels; pressed twice, it is cancelled once."""
    membership, form = mine_or_404(membership_id), CancelForm()
    if not form.validate():
        return _cancel_page(membership, form, 422)
    db_session().commit()  # the verb opens its own transactions
    try:
        cancel.cancel(membership.id, membership.clinic_id, form.reason.data, clock.now())
    except cancel.NotCancellable:
        flash("This membership cannot be cancelled here. Please call us.", "warning")
        return render.done(_details(membership))
    except (StripeRefused, StripeUnanswered) as error:
        log.warning("Stripe away", route=request.endpoint, reason=str(error))
        return _cancel_page(membership, form, 503, STRIPE_AWAY)
    return render.done(_details(membership), _cancelled_words(membership))


@blueprint.post("/undo")
@patient_only
def undo(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Takes the cancellation back, until its last day."""
    membership = mine_or_404(membership_id)
    try:
        cancel.undo(db_session(), membership.id, membership.clinic_id, clock.now())
    except cancel.NotUndoable:
        flash("There is no cancellation to undo any more.", "warning")
        return render.done(_details(membership))
    next_draw = f" The next draw is on {day(membership.next_draw_on)}." if membership.next_draw_on else ""
    db_session().commit()
    return render.done(_details(membership), f"Your cancellation is undone: your membership goes on.{next_draw}")


def _cancel_page(
    membership: Membership, form: CancelForm, status: int = 200, problem: str | None = None
) -> ResponseReturnValue:
    today = clock.today(current_clinic().time_zone)
    return render.page(
        "cancel/page.html",
        status,
        membership=membership,
        form=form,
        problem=problem,
        meaning=cancel.preview(membership, today),
        owed=arrears.of_membership(db_session(), membership, today),
        today=today,
        benefits=membership.plan.benefits,
    )


def _cancelled_words(membership: Membership) -> str:
    db_session().refresh(membership)  # the verb changed it in a transaction of its own
    if membership.status == MembershipStatus.ENDED or membership.ends_on is None:
        return "Your membership is cancelled and has ended. Nothing more is charged."
    return f"Your membership is cancelled. It ends on {day(membership.ends_on)}, and nothing more is charged."


def _details(membership: Membership) -> str:
    return url_for("memberships.show", clinic_slug=current_clinic().slug, membership_id=membership.id)

"""A patient's memberships: where they land after signing in, and each one's details and history."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from portal import clock
from portal.models import Membership
from portal.routes import history_words
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.filters import cents, day
from portal.routes.render import page
from portal.rules.states import MembershipStatus
from portal.services.billing import arrears, coming, invoices, payment_list
from portal.services.billing.arrears import Arrears
from portal.services.letters.facts import card_name
from portal.services.membership import memberships

blueprint = Blueprint("memberships", __name__, url_prefix="/<clinic_slug>/memberships")

# Enough draws to show when a coupon has run out.
FORECAST = 4


@blueprint.get("")
@patient_only
def index(clinic_slug: str) -> ResponseReturnValue:
    """Every membership as a card, the ended ones as a list below; the first page after signing in."""
    clinic, today = current_clinic(), clock.today(current_clinic().time_zone)
    mine = memberships.of_patient(db_session(), current_patient())
    running = [membership for membership in mine if membership.status != MembershipStatus.ENDED]
    return page(
        "memberships/page.html",
        running=running,
        ended=[membership for membership in mine if membership.status == MembershipStatus.ENDED],
        draws=coming.charges(db_session(), running, 1),
        owed={each.id: arrears.of_membership(db_session(), each, today) for each in running},
        can_join=clinic.programme.is_open and clinic.programme.patients_may_enroll,
        card_name=card_name,
    )


@blueprint.get("/<uuid:membership_id>")
@patient_only
def show(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Membership details: status, plan, next draw, card, commitment, and everything that happened."""
    membership = mine_or_404(membership_id)
    today = clock.today(current_clinic().time_zone)
    owed = arrears.of_membership(db_session(), membership, today)
    events = memberships.history(db_session(), membership)
    payments = payment_list.of_membership(db_session(), membership)
    # While something is owed, no draw follows before it is paid.
    draws = () if owed else coming.charges(db_session(), [membership], FORECAST).get(membership.id, ())
    return page(
        "memberships/details.html",
        membership=membership,
        owed=owed,
        next_step=next_step(owed, membership),
        draw=draws[0] if draws else None,
        later=next((draw for draw in draws if draw.total_cents != draws[0].total_cents), None),
        line_text=invoices.line_text,
        history=history_words.history(membership, events, payments, next_step(owed, membership)),
        card=card_name(membership.card.brand, membership.card.last4) if membership.card else None,
        is_committed=membership.commitment_until is not None and membership.commitment_until >= today,
        can_undo=can_undo(membership, today),
    )


def mine_or_404(membership_id: UUID) -> Membership:
    """The signed-in patient's own membership; anybody else's, or another clinic's, is a 404."""
    membership = memberships.mine_or_none(db_session(), current_patient(), membership_id)
    if membership is None:
        abort(404)
    return membership


def can_undo(membership: Membership, today: date) -> bool:
    """True from a cancellation to its last day, that day included."""
    is_running = membership.status == MembershipStatus.ACTIVE
    return is_running and membership.ends_on is not None and membership.ends_on >= today


def next_step(owed: Arrears | None, membership: Membership) -> str | None:
    """What follows from a declined draw, if the patient does nothing; None where nothing is owed."""
    if owed is None:
        return None
    sentences = []
    if owed.next_attempt_on:
        sentences.append(f"We ask your bank again on {day(owed.next_attempt_on)}.")
    if owed.gives_up_on and current_clinic().programme.dunning_ends_membership:
        sentences.append(f"If it is still unpaid after {day(owed.gives_up_on)}, your membership ends.")
    return " ".join(sentences) or f"Your membership waits for your payment of {cents(owed.cents, membership.currency)}."

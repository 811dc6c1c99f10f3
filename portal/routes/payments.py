"""A patient's payments, each with its lines and tries; and paying what a past-due membership owes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from flask import Blueprint, abort, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.forms.cards import PayForm
from portal.models import Membership
from portal.routes import history_words, render
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.cards import came_back, details_url, problem_answer, question_answer, running_or_404
from portal.rules.decline_words import decline_words
from portal.services.billing import arrears, cards, payment_list, receipt_paper
from portal.services.billing.on_session import (
    Authenticate,
    Confirm,
    Declined,
    Outcome,
    Paid,
    StripeMisused,
    StripeRefused,
    StripeUnanswered,
    Waiting,
)
from portal.services.letters.facts import card_name

log = structlog.get_logger()
blueprint = Blueprint("payments", __name__, url_prefix="/<clinic_slug>")

A_PAGE = 24
LAST_PAGE = 10_000  # a number that is too large for the database is no page
STRIPE_AWAY = (
    "Our payment provider does not answer at this moment. Please try again in a minute: you are never charged twice."
)
STILL_WAITING = "Your bank has not answered yet. Please look again in a minute: you are never charged twice."
NOT_CONFIRMED = "The payment was not confirmed, so nothing was taken. Please try again or use another card."
CHANGED = "What you owe has changed meanwhile, so nothing was taken. Please read the amount below and pay again."


@blueprint.get("/payments")
@patient_only
def index(clinic_slug: str) -> ResponseReturnValue:
    """Every payment, newest first, the declined ones too."""
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    found = payment_list.of_patient(db_session(), current_patient(), A_PAGE + 1, (number - 1) * A_PAGE)
    return render.page(
        "payments/page.html",
        payments=found[:A_PAGE],
        number=number,
        has_older=len(found) > A_PAGE,
        states=history_words.STATES,
        card_name=card_name,
    )


@blueprint.get("/payments/<uuid:invoice_id>")
@patient_only
def show(clinic_slug: str, invoice_id: UUID) -> ResponseReturnValue:
    """One payment: its lines, its receipt, and each try with what the bank said."""
    payment = payment_list.mine_or_none(db_session(), current_patient(), invoice_id) or abort(404)
    return render.page(
        "payments/details.html",
        payment=payment,
        states=history_words.STATES,
        try_words=history_words.try_words,
        card_name=card_name,
    )


@blueprint.get("/payments/<uuid:invoice_id>/receipt.pdf")
@patient_only
def receipt(clinic_slug: str, invoice_id: UUID) -> ResponseReturnValue:
    """The receipt of one payment as PDF; what was not paid, and not waived, has none."""
    payment = payment_list.mine_or_none(db_session(), current_patient(), invoice_id)
    if payment is None or payment.receipt is None:
        abort(404)
    answer = make_response(receipt_paper.pdf(db_session(), current_clinic(), payment.receipt))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{payment.receipt.number}.pdf"'
    return answer


@blueprint.get("/memberships/<uuid:membership_id>/pay")
@patient_only
def pay_page(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """ "Pay now" stands on the page of the card."""
    membership = running_or_404(membership_id)
    return redirect(url_for("cards.change", clinic_slug=clinic_slug, membership_id=membership.id))


@blueprint.post("/memberships/<uuid:membership_id>/pay")
@patient_only
def pay(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Pays what is owed with a card on file, or prepares the payment for the browser. Pressing twice is one payment."""
    membership, form = running_or_404(membership_id), PayForm()
    if not form.validate():
        return problem_answer(membership, "Choose a card and try again.", 422, pays_now=True)
    if form.card_id and cards.mine_or_none(db_session(), current_patient(), form.card_id) is None:
        abort(404)
    db_session().commit()  # the verb opens its own transactions
    lease = timedelta(seconds=current_app.config["PORTAL"].claim_lease)
    try:
        outcome = arrears.prepare(membership.id, membership.clinic_id, form.card_id, form.shown_cents.data, lease)
    except arrears.AmountChanged:
        log.info("refused", route=request.endpoint, reason="amount differs")
        return problem_answer(membership, CHANGED, 409, pays_now=True)
    except (StripeMisused, StripeRefused, StripeUnanswered) as error:
        log.warning("Stripe away", route=request.endpoint, reason=str(error))
        return problem_answer(membership, STRIPE_AWAY, 503, pays_now=True)
    if isinstance(outcome, Confirm | Authenticate):
        return question_answer(membership, outcome, pays_now=True)
    return _answer(membership, outcome)


@blueprint.route("/memberships/<uuid:membership_id>/pay/finish", methods=["GET", "POST"])
@patient_only
def finish(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """After the card field is done: asks Stripe what became of the payment. A bank's page may come back here by GET."""
    membership = running_or_404(membership_id)
    if request.method != "POST":
        return came_back(membership, url_for(".finish", clinic_slug=clinic_slug, membership_id=membership.id))
    db_session().commit()  # the verb opens its own transactions
    try:
        outcome = arrears.finish(membership.id, membership.clinic_id)
    except (StripeMisused, StripeRefused, StripeUnanswered) as error:
        log.warning("Stripe away", route=request.endpoint, reason=str(error))
        return problem_answer(membership, STRIPE_AWAY, 503, pays_now=True)
    return _answer(membership, outcome)


def _answer(membership: Membership, outcome: Outcome) -> ResponseReturnValue:
    match outcome:
        case Paid():
            return render.done(details_url(membership), "Thank you: it is paid, and your membership is active.")
        case Declined(code, decline_code):
            words = decline_words(code, decline_code)
            return problem_answer(membership, f"{words.reason} Nothing was charged. {words.advice}", 422, pays_now=True)
        case Waiting():
            return problem_answer(membership, STILL_WAITING, 200, pays_now=True)
    return problem_answer(membership, NOT_CONFIRMED, 422, pays_now=True)

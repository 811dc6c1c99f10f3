"""Cards on file, and the card that a membership is drawn from: a new one, one on file; past due, paid with at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from flask import Blueprint, Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.config import Config
from portal.forms.cards import CardForm, SetupDoneForm
from portal.models import Card, Membership
from portal.routes import render
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.headers import allow_card_field
from portal.routes.memberships import mine_or_404, next_step
from portal.rules.decline_words import decline_words
from portal.rules.states import MembershipStatus
from portal.services.billing import arrears, card_change, cards
from portal.services.billing.on_session import (
    Authenticate,
    Confirm,
    Declined,
    StripeMisused,
    StripeRefused,
    StripeUnanswered,
    Waiting,
)
from portal.services.letters.facts import card_name
from portal.services.membership import memberships

log = structlog.get_logger()
blueprint = Blueprint("cards", __name__, url_prefix="/<clinic_slug>")

STRIPE_AWAY = (
    "Our payment provider does not answer at this moment. Your card was not changed. Please try again in a minute."
)
NEEDS_SCRIPT = "A new card needs JavaScript. Please switch it on and reload this page, or choose a card on file."
NOT_CONFIRMED = "Your bank has not confirmed the card, so nothing was changed. Please try again or use another card."
STILL_WAITING = "Your bank has not answered yet. Nothing was changed so far. Please try again in a minute."


@blueprint.get("/cards")
@patient_only
def index(clinic_slug: str) -> ResponseReturnValue:
    """The cards on file, and which membership is drawn from which."""
    today = clock.today(current_clinic().time_zone)
    running = _running(memberships.of_patient(db_session(), current_patient()))
    return render.page(
        "cards/page.html",
        cards=cards.of_patient(db_session(), current_patient()),
        running=running,
        card_name=card_name,
        this_month=(today.year, today.month),
    )


@blueprint.get("/memberships/<uuid:membership_id>/card")
@patient_only
def change(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Update card; while past due the page offers to pay at once (`?pay=later` changes the card only)."""
    membership = mine_or_404(membership_id)
    if membership.status == MembershipStatus.ENDED:
        return redirect(details_url(membership))
    return card_page(membership, pays_now=request.args.get("pay") != "later")


@blueprint.post("/memberships/<uuid:membership_id>/card")
@patient_only
def save(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """Takes a card on file, or prepares a new one for the browser to confirm."""
    membership, form = running_or_404(membership_id), CardForm()
    if not form.validate():
        return problem_answer(membership, " ".join(form.card.errors) or "Choose a card.", 422, pays_now=False)
    if form.card_id is not None:
        card = cards.mine_or_none(db_session(), current_patient(), form.card_id) or abort(404)
        card_change.use_saved(db_session(), membership, card, clock.now())
        db_session().commit()
        return render.done(details_url(membership), _changed_words(card))
    db_session().commit()  # Stripe is asked without an open transaction
    try:
        asked = card_change.prepare(membership.id, membership.clinic_id)
    except (StripeMisused, StripeRefused, StripeUnanswered) as error:
        log.warning("Stripe away", route=request.endpoint, reason=str(error))
        return problem_answer(membership, STRIPE_AWAY, 503, pays_now=False)
    return question_answer(membership, asked, pays_now=False)


@blueprint.route("/memberships/<uuid:membership_id>/card/finish", methods=["GET", "POST"])
@patient_only
def finish(clinic_slug: str, membership_id: UUID) -> ResponseReturnValue:
    """After the card field is done: asks Stripe what became of it. A bank's page may come back here by GET."""
    membership, form = running_or_404(membership_id), SetupDoneForm()
    if request.method != "POST":
        return came_back(membership, url_for(".finish", clinic_slug=clinic_slug, membership_id=membership.id))
    if not form.validate():
        return problem_answer(membership, NOT_CONFIRMED, 422, pays_now=False)
    db_session().commit()  # the verb opens its own transactions
    try:
        outcome = card_change.finish(membership.id, membership.clinic_id, form.intent.data)
    except (card_change.NotYours, StripeMisused):
        log.warning("refused", route=request.endpoint, reason="setup intent of somebody else")
        abort(404)
    except (StripeRefused, StripeUnanswered) as error:
        log.warning("Stripe away", route=request.endpoint, reason=str(error))
        return problem_answer(membership, STRIPE_AWAY, 503, pays_now=False)
    match outcome:
        case card_change.CardChanged(card_id):
            card = cards.mine_or_none(db_session(), current_patient(), card_id) or abort(404)
            return render.done(details_url(membership), _changed_words(card))
        case Declined(code, decline_code):
            words = decline_words(code, decline_code)
            return problem_answer(
                membership, f"{words.reason} Nothing was changed. {words.advice}", 422, pays_now=False
            )
        case Waiting():
            return problem_answer(membership, STILL_WAITING, 200, pays_now=False)
    return problem_answer(membership, NOT_CONFIRMED, 422, pays_now=False)


def card_page(membership: Membership, status: int = 200, problem: str | None = None, pays_now: bool = True) -> Response:
    """Update card, or "pay now" while something is owed; `problem` stands above the form and takes the focus."""
    allow_card_field()
    clinic, config = current_clinic(), _config()
    owed = arrears.of_membership(db_session(), membership, clock.today(clinic.time_zone))
    is_paying = pays_now and owed is not None
    # To change to the card that is used already would change nothing; to pay with it again may well work.
    on_file = cards.of_patient(db_session(), current_patient())
    offered = [card for card in on_file if is_paying or card.id != membership.card_id]
    # A card that the bank will not approve any more is not asked again by itself: then a new one stands first.
    may_work = owed is not None and owed.next_attempt_on is not None and membership.card_id is not None
    return render.page(
        "cards/change.html",
        status,
        membership=membership,
        owed=owed,
        is_paying=is_paying,
        next_step=next_step(owed, membership),
        problem=problem,
        saved=[(card.id, card_name(card.brand, card.last4), _expiry(card)) for card in offered],
        chosen=membership.card_id if is_paying and may_work else "new",
        publishable_key=config.stripe_publishable_key,
        stripe_js_url=config.stripe_js_url,
    )


def problem_answer(membership: Membership, problem: str, status: int, pays_now: bool) -> Response:
    """What is wrong: a part for the card field's script, the whole page for everyone else."""
    if render.wants_part():
        return render.page("cards/_answer.html", status, problem=problem, question=None)
    db_session().refresh(membership)  # a verb may have changed it in a transaction of its own
    return card_page(membership, status, problem, pays_now)


def question_answer(membership: Membership, question: Confirm | Authenticate, pays_now: bool) -> Response:
    """What the browser has to confirm at Stripe; only a script can."""
    if render.wants_part():
        is_next_action = isinstance(question, Authenticate)
        return render.page("cards/_answer.html", problem=None, question=question, is_next_action=is_next_action)
    return card_page(membership, 422, NEEDS_SCRIPT, pays_now)


def came_back(membership: Membership, action: str) -> Response:
    """A page with one button, as a GET changes nothing: what Stripe says is looked at by the POST behind it."""
    intent = request.args.get("setup_intent", "") or request.args.get("payment_intent", "")
    return render.page("cards/came_back.html", membership=membership, action=action, intent=intent)


def running_or_404(membership_id: UUID) -> Membership:
    """The patient's own membership that has not ended; for what only a running one can do."""
    membership = mine_or_404(membership_id)
    if membership.status == MembershipStatus.ENDED:
        flash("This membership has ended, so nothing was changed.", "warning")
        abort(redirect(details_url(membership), 303))
    return membership


def details_url(membership: Membership) -> str:
    """The page of a membership."""
    return url_for("memberships.show", clinic_slug=current_clinic().slug, membership_id=membership.id)


def _running(mine: Sequence[Membership]) -> list[Membership]:
    return [membership for membership in mine if membership.status != MembershipStatus.ENDED]


def _expiry(card: Card) -> str:
    return f"Expires {card.exp_month:02}/{card.exp_year}"


def _changed_words(card: Card) -> str:
    return f"Your card is updated. The next draws use {card_name(card.brand, card.last4)}."


def _config() -> Config:
    config: Config = current_app.config["PORTAL"]
    return config

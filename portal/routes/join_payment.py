"""The wizard's last steps: the payment, what became of it, and what happens next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.config import Config
from portal.forms.join import PaymentForm
from portal.models import Membership
from portal.models.membership.enrollment import EnrollmentStatus
from portal.routes import join_steps, join_view, render
from portal.routes.access import current_patient, db_session, patient_only
from portal.routes.headers import allow_card_field
from portal.routes.join_answer import UNKNOWN_YET, Answer, answer_to
from portal.routes.join_steps import Way, at_step
from portal.routes.join_words import disclosure
from portal.rules.states import MembershipStatus
from portal.services.billing import cards
from portal.services.membership import enrollment_payment
from portal.services.membership.enrollment_payment import Wanted

blueprint = Blueprint("join_payment", __name__, url_prefix="/<clinic_slug>/join/<uuid:enrollment_id>")
NEEDS_SCRIPT = Answer("A new card needs JavaScript: its field comes from our payment provider. Nothing was charged.")


@blueprint.get("/payment")
@patient_only
@at_step("payment")
def page(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Everything that is charged and when, the cards on file, a field for a new one."""
    return _payment_page(way)


@blueprint.post("/payment")
@patient_only
@at_step("payment")
def prepare(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Begins the payment, or says what became of the one that is open; pressing twice charges once."""
    form = PaymentForm()
    card_id = _card_id(form.card.data)
    if card_id is None and not render.wants_part():
        return _payment_page(way, NEEDS_SCRIPT)
    wanted = Wanted(way.enrollment.id, form.shown.data or "", card_id)
    db_session().commit()  # the verb opens its own transactions
    lease = timedelta(seconds=_config().claim_lease)
    return _answered(way.enrollment.id, answer_to(lambda: enrollment_payment.prepare(wanted, lease)))


@blueprint.get("/payment/finish")
@patient_only
def returned(clinic_slug: str, enrollment_id: UUID) -> ResponseReturnValue:
    """Where a bank's own page leads back to: one press, as opening a page changes nothing."""
    enrollment = join_steps.mine_or_404(enrollment_id)
    if enrollment.status == EnrollmentStatus.FINISHED:
        return redirect(join_steps.address("done", enrollment.id))
    return render.page("join/returned.html", enrollment=enrollment)


@blueprint.post("/payment/finish")
@patient_only
def finish(clinic_slug: str, enrollment_id: UUID) -> ResponseReturnValue:
    """Looks at the payment provider's own word and settles it; twice is once."""
    join_steps.mine_or_404(enrollment_id)
    db_session().commit()  # the verb opens its own transactions
    return _answered(enrollment_id, answer_to(lambda: enrollment_payment.finish(enrollment_id), UNKNOWN_YET))


@blueprint.get("/done")
@patient_only
def done(clinic_slug: str, enrollment_id: UUID) -> ResponseReturnValue:
    """What was begun and what happens next; before that, the first unfinished step."""
    enrollment = join_steps.mine_or_404(enrollment_id)
    if enrollment.status != EnrollmentStatus.FINISHED:
        return redirect(join_steps.address("payment", enrollment.id))
    membership = db_session().get_one(Membership, enrollment.membership_id)
    if membership.status == MembershipStatus.ENDED:
        return redirect(url_for("memberships.show", clinic_slug=clinic_slug, membership_id=membership.id))
    return render.page("join/done.html", beginning=join_view.beginning(membership))


def _answered(enrollment_id: UUID, answer: Answer) -> ResponseReturnValue:
    """The answer as a part for the script of the card field, or as the page around it."""
    if answer.step:
        return render.done(join_steps.address(answer.step, enrollment_id), answer.flash)
    if render.wants_part():
        return render.page("join/_answer.html", answer.status, answer=answer)
    enrollment = join_steps.as_it_is_now(enrollment_id)
    leads_to = join_steps.elsewhere(enrollment)
    if leads_to is not None:
        return leads_to
    way = join_steps.way(enrollment)
    if not way.has("payment"):
        return redirect(join_steps.address(way.reached, enrollment_id), 303)
    return _payment_page(way, answer)


def _payment_page(way: Way, answer: Answer | None = None) -> Response:
    allow_card_field()
    config = _config()
    given = {
        "way": way,
        "quote": way.priced,
        "summary": join_view.summary(way.priced),
        "terms": disclosure(way.priced),
        "saved": [join_view.card_words(card) for card in cards.of_patient(db_session(), current_patient())],
        "is_begun": join_view.has_open_attempt(way.enrollment) and answer is None,
        "publishable_key": config.stripe_publishable_key,
        "stripe_js_url": config.stripe_js_url,
    }
    status = 200 if answer is None else 422 if answer.client_secret else answer.status
    return render.page("join/payment.html", status, answer=answer, **given)


def _card_id(chosen: str | None) -> UUID | None:
    """The id of a saved card; None for a new one. What is no id at all names no card of anybody."""
    if not chosen or chosen == "new":
        return None
    try:
        return UUID(chosen)
    except ValueError:
        return UUID(int=0)


def _config() -> Config:
    config: Config = current_app.config["PORTAL"]
    return config

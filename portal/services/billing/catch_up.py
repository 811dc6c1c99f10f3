"""Learning from Stripe before charging: what its list knows and our books do not, above all after a restored backup."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import Intent
from portal.models import Invoice, Membership, PaymentAttempt, StripeAccount
from portal.models.billing.invoice import InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.rules.calendar import local_date, period_from
from portal.rules.invoices import first_charge, period_charge
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import attempts, decline, invoices, settlement
from portal.services.membership import memberships

log = structlog.get_logger()
OVERLAP = timedelta(minutes=15)
FAR_BACK = datetime(2020, 1, 1, tzinfo=UTC)


def catch_up(account: str) -> int:
    """Settles every payment that Stripe has listed since the account's mark and we do not know; counts what was new.

    The mark is Stripe's own time (the newest `created` seen), so a restored database has an old mark, learns first and
    charges after. Intents without our metadata are ignored. Raises StripeRefused, StripeUnanswered, or OperationalError
    when the database is away: then do not charge.
    """
    with db.begin() as session:
        mark = _mark(session, account)
    newest, learned, is_whole = mark, 0, True
    for intent in reversed(list(stripe_gateway.payments(account, since=mark - OVERLAP))):
        try:
            with db.begin() as session:
                learned += learn(session, account, intent, clock.now())
        except OperationalError:
            # The database was away or locked: unlearned, this payment could be charged again. The mark stays.
            raise
        except Exception:
            # One broken payment stops no other, but the mark stays before it, so that it is looked at again.
            log.exception("catch-up broke", intent=intent.id)
            is_whole = False
        newest = max(newest, intent.created_at) if is_whole else newest
    with db.begin() as session:
        session.execute(
            update(StripeAccount)
            .where(StripeAccount.account == account, StripeAccount.caught_up_to < newest)
            .values(caught_up_to=newest)
        )
    return learned


def connect(session: Session, account: str) -> None:
    """Notes the moment from which an account is listed: now, in real time, as Stripe counts it. Twice is once."""
    known = session.scalar(select(StripeAccount.id).where(StripeAccount.account == account))
    if known is None:
        session.add(StripeAccount(account=account, caught_up_to=clock.wall_now() - OVERLAP))
        session.flush()


def learn(session: Session, account: str, intent: Intent, now: datetime) -> int:
    """Settles a listed payment of ours, of a known attempt or of one that our books have lost; 1 if that was news."""
    ours = _ids(intent)
    if ours is None:
        return 0
    attempt = session.get(PaymentAttempt, ours["attempt"])
    if attempt is not None:
        if attempt.account != account:
            # Whoever holds another account can write our ids onto a payment of theirs.
            log.error("payment on another account", intent=intent.id, attempt=str(attempt.id))
            return 0
        return _learn_known(session, attempt, intent, now)
    membership = session.get(Membership, ours["membership"])
    has_spoken = intent.status == "succeeded" or (intent.code is not None and intent.status != "canceled")
    if membership is None:
        if has_spoken:
            log.error("payment of an unknown membership", intent=intent.id, membership=str(ours["membership"]))
        return 0
    clinic = memberships.clinic_of(session, membership)
    starts_on = intent.metadata.get("period")
    is_its_own = clinic.slug == intent.metadata.get("clinic") and clinic.stripe_account == account
    if not has_spoken or not is_its_own:
        return 0
    begins_on = date.fromisoformat(starts_on) if starts_on else None
    attempt = _lost_attempt(session, account, membership, ours["attempt"], begins_on, intent, now)
    if attempt is None:
        return 0
    settlement.settle(session, attempt.id, intent, now, "stripe")
    return 1


def _learn_known(session: Session, attempt: PaymentAttempt, intent: Intent, now: datetime) -> int:
    is_open = attempt.status in attempts.OPEN
    is_late_success = intent.status == "succeeded" and attempt.status == AttemptStatus.DECLINED
    if not is_open and not is_late_success:
        return 0
    before = attempt.status
    settlement.settle(session, attempt.id, intent, now, "stripe")
    return int(attempt.status != before)


def _lost_attempt(
    session: Session,
    account: str,
    membership: Membership,
    attempt_id: UUID,
    starts_on: date | None,
    intent: Intent,
    now: datetime,
) -> PaymentAttempt | None:
    """Writes again the invoice and attempt of a payment that Stripe has and a restored database does not."""
    membership = memberships.locked(session, membership.clinic_id, membership.id)
    if membership.status == MembershipStatus.ENDED and starts_on is not None:
        log.error("payment of an ended membership", intent=intent.id, membership=str(membership.id))
        return None
    invoice = _invoice_of(session, membership, starts_on, now)
    if intent.cents != invoice.cents:
        log.error("amount differs", invoice=str(invoice.id), asked=invoice.cents, taken=intent.cents)
    is_free = attempts.of_invoice_open(session, invoice) is None
    count = session.scalar(select(func.count()).where(PaymentAttempt.invoice_id == invoice.id)) or 0
    attempt = PaymentAttempt(
        id=attempt_id,
        clinic_id=membership.clinic_id,
        invoice_id=invoice.id,
        membership_id=membership.id,
        number=count + 1,
        status=AttemptStatus.SENT if is_free else AttemptStatus.DECLINED,
        mode=AttemptMode.ON_SESSION if membership.status == MembershipStatus.PENDING else AttemptMode.OFF_SESSION,
        key=secrets.token_urlsafe(32),
        account=account,
        customer_id=intent.customer_id or "",
        cents=intent.cents,
        currency=invoice.currency,
        period_starts_on=starts_on.isoformat() if starts_on else None,
        created_at=now,
        sent_at=now,
        # At once for the sweep to look at, should the answer turn out to be none yet.
        claimed_until=clock.wall_now(),
    )
    session.add(attempt)
    session.flush()
    return attempt


def _invoice_of(session: Session, membership: Membership, starts_on: date | None, now: datetime) -> Invoice:
    if starts_on is None:
        # The only payment without a period is the fee of a cancellation.
        today = local_date(now, memberships.clinic_of(session, membership).time_zone)
        return invoices.open_cancellation_fee(session, membership, today, now)
    known = invoices.of_cause(session, membership, f"period:{starts_on.isoformat()}")
    if known is not None:
        return known
    _close_earlier(session, membership, now)
    discount, code = invoices.running_discount(session, membership)
    if membership.status == MembershipStatus.PENDING:
        charge = first_charge(membership.terms, starts_on, discount, code)
    else:
        charge = period_charge(membership.terms, period_from(membership.schedule, starts_on), discount, code)
    if membership.next_draw_on is not None:
        membership.next_draw_on = max(membership.next_draw_on, charge.period.ends_on + timedelta(days=1))
    return invoices.open_period_invoice(session, membership, charge, starts_on, now)


def _close_earlier(session: Session, membership: Membership, now: datetime) -> None:
    """Another period was asked for since: what the books still ask for was written off meanwhile, and is again."""
    earlier = invoices.open_invoice(session, membership)
    if earlier is None or membership.status == MembershipStatus.PENDING:
        return
    attempt = attempts.of_invoice_open(session, earlier)
    if attempt is not None and attempts.locked(session, attempt.id).status == AttemptStatus.READY:
        decline.accept(session, attempt, None, now, "stripe", code=decline.NEVER_ARRIVED)
    invoices.close_unpaid(session, membership, earlier, InvoiceStatus.WRITTEN_OFF)
    session.flush()


def _ids(intent: Intent) -> dict[str, UUID] | None:
    try:
        return {name: UUID(intent.metadata[name]) for name in ("membership", "invoice", "attempt")}
    except (KeyError, ValueError):
        return None


def _mark(session: Session, account: str) -> datetime:
    known = session.scalar(select(StripeAccount).where(StripeAccount.account == account))
    if known is None:
        known = StripeAccount(account=account, caught_up_to=FAR_BACK)
        session.add(known)
        session.flush()
    return known.caught_up_to

"""JOBS: the whole schedule on one screen. Each asks "what is due?" and may run twice, late, or beside itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import structlog

from portal import clock, db
from portal.config import Config
from portal.services.billing import catch_up, collecting, dunning, payments, renewals, stripe_events
from portal.services.billing.on_session import StripeRefused, StripeUnanswered
from portal.services.clinic import clinics
from portal.services.letters import outbox
from portal.services.membership import cancel, enrollment

log = structlog.get_logger()
_config: Config | None = None


def configure(config: Config) -> None:
    """Gives the jobs their pool size, pace and lease."""
    global _config
    _config = config


def end_memberships() -> int:
    """Cancelled memberships whose last paid day is over."""
    return sum(cancel.end_due(clinic_id, clock.now()) for clinic_id in _clinic_ids())


def renew() -> int:
    """Where a draw or a dunning day has come: learns from Stripe first, then opens what is due, then asks.

    An account that cannot be learned from is left alone until the next run.
    """
    opened, ready = 0, []
    for account, clinic_ids in _learned(_accounts_with_work()):
        ready.append(account)
        for clinic_id in clinic_ids:
            opened += renewals.open_due(clinic_id, clock.now()) + dunning.open_due(clinic_id, clock.now())
    collecting.collect_ready(_settings().renew_workers, _settings().draw_rate_per_account, _lease(), ready)
    return opened


def give_up() -> int:
    """Dunning whose last day has passed unpaid, as far as Stripe knows too."""
    return sum(
        dunning.give_up(clinic_id, clock.now())
        for _, clinic_ids in _learned(_accounts_to_give_up())
        for clinic_id in clinic_ids
    )


def sweep_unanswered() -> int:
    """Attempts whose answer never came."""
    return payments.sweep_unanswered(_lease())


def apply_stripe_events() -> int:
    """The webhook inbox."""
    return stripe_events.apply_waiting()


def lapse_enrollments() -> int:
    """Enrollments that nobody finished within seven days."""
    return enrollment.lapse_due(clock.now())


def send_letters() -> int:
    """The outbox."""
    return outbox.send_pending()["sent"]


# In the order in which they depend on each other; every one is asked each minute.
JOBS: dict[str, Callable[[], int]] = {
    "apply_stripe_events": apply_stripe_events,
    "sweep_unanswered": sweep_unanswered,
    "end_memberships": end_memberships,
    "renew": renew,
    "give_up": give_up,
    "lapse_enrollments": lapse_enrollments,
    "send_letters": send_letters,
}
EVERY_SECONDS = {"send_letters": 5, "apply_stripe_events": 5}
DEFAULT_SECONDS = 60


def run(name: str) -> int:
    """Runs one job to its end; how much it changed. Raises KeyError for an unknown name."""
    return JOBS[name]()


def run_all() -> dict[str, int]:
    """Runs every job once, in order."""
    return {name: run(name) for name in JOBS}


def _learned(accounts: dict[str, list[UUID]]) -> Iterator[tuple[str, list[UUID]]]:
    """The accounts that Stripe has just been asked about; one that cannot be learned from is left for the next run."""
    for account, clinic_ids in accounts.items():
        try:
            catch_up.catch_up(account)
        except (StripeRefused, StripeUnanswered) as error:
            log.warning("account stopped", account=account, reason=str(error))
        except Exception:
            log.exception("account broke", account=account)
        else:
            yield account, clinic_ids


def _accounts_to_give_up() -> dict[str, list[UUID]]:
    now = clock.now()
    found: dict[str, list[UUID]] = {}
    with db.reading() as session:
        for clinic in clinics.all(session):
            if dunning.has_given_up(session, clinic, now):
                found.setdefault(clinic.stripe_account, []).append(clinic.id)
    return found


def _accounts_with_work() -> dict[str, list[UUID]]:
    """The accounts that something is due on or waits on, with the clinics that charge through them."""
    now = clock.now()
    found: dict[str, list[UUID]] = {}
    with db.reading() as session:
        waiting = collecting.waiting_accounts(session)
        for clinic in clinics.all(session):
            has_work = renewals.has_due(session, clinic, now) or dunning.has_due(session, clinic, now)
            if has_work or clinic.stripe_account in waiting:
                found.setdefault(clinic.stripe_account, []).append(clinic.id)
    return found


def _settings() -> Config:
    if _config is None:
        raise RuntimeError("configure() has not been called")
    return _config


def _lease() -> timedelta:
    return timedelta(seconds=_settings().claim_lease)


def _clinic_ids() -> list[UUID]:
    with db.reading() as session:
        return [clinic.id for clinic in clinics.all(session)]

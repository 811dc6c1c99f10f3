"""When a membership ends that is cancelled today, and what its commitment then costs."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Cancellation:
    """`ends_on` is the membership's last day, itself included; the fee is in cents, 0 where none is due."""

    ends_on: date
    fee_cents: int


def commitment_until(started_on: date, months: int) -> date | None:
    """The last day of a commitment of so many months; None without one."""
    if months < 0:
        raise ValueError(f"a commitment is not negative: {months} months")
    return started_on + relativedelta(months=months) - timedelta(days=1) if months else None


def cancellation(
    paid_through: date | None,
    today: date,
    commitment_until: date | None,
    cancellation_fee_cents: int,
    commitment_waived: bool = False,
) -> Cancellation:
    """What cancelling today means: the end of what is paid, or today when nothing is paid ahead.

    The fee is due only when the membership would end before the commitment's last day: who has paid
    to that day owes nothing more.
    """
    ends_on = max(today, paid_through or today)
    is_short = commitment_until is not None and ends_on < commitment_until
    return Cancellation(ends_on, cancellation_fee_cents if is_short and not commitment_waived else 0)

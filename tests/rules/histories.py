"""A membership's life told by the rules alone, with its own book of days kept beside them to compare."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from portal.rules.calendar import ONE_DAY, Period, due_period, full_period, period_from
from portal.rules.days import DayState, hold_credit
from portal.rules.invoices import Charge, Terms, first_charge, period_charge

Event = tuple[str, int]
"""What happens next, and for how many days (or periods, for a patient's own hold)."""

events: st.SearchStrategy[list[Event]] = st.lists(
    st.one_of(
        st.tuples(st.just("renewal"), st.just(0)),
        st.tuples(st.just("downtime"), st.sampled_from([1, 3, 40, 400])),
        st.tuples(st.just("late payment"), st.integers(1, 90)),
        st.tuples(st.just("own hold"), st.integers(1, 3)),
        st.tuples(st.just("staff hold"), st.integers(1, 70)),
    ),
    max_size=10,
)


@dataclass
class History:
    """What the services would keep: periods, holds, the next draw; and `book`, written day by day."""

    terms: Terms
    started_on: date
    periods: list[tuple[Period, DayState]] = field(default_factory=list)
    holds: list[Period] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    book: dict[date, DayState] = field(default_factory=dict)
    credit_cents: int = 0
    credited_cents: int = 0

    def __post_init__(self) -> None:
        self.pay(first_charge(self.terms, self.started_on))

    @property
    def next_draw_on(self) -> date:
        """Everything before it is written."""
        return max(self.book) + ONE_DAY

    def live(self, event: Event) -> None:
        """Let one event happen, from the next draw on (a staff hold: from the middle of the paid period)."""
        match event:
            case ("renewal", _):
                self.renew(self.next_draw_on)
            case ("downtime", days):
                self.renew(self.next_draw_on + timedelta(days=days))
            case ("late payment", days):
                self.pay_late(self.next_draw_on + timedelta(days=days))
            case ("own hold", periods):
                for _ in range(periods):
                    self.hold(period_from(self.terms.schedule, self.next_draw_on))
            case ("staff hold", days):
                self.hold_at_once(days)

    def renew(self, today: date) -> None:
        due = due_period(self.terms.schedule, self.next_draw_on, today)
        for period in due.skipped:
            self.periods.append((period, DayState.SKIPPED))
            self.write(period, DayState.SKIPPED)
        self.draw(due.current)

    def pay_late(self, today: date) -> None:
        """Declined on the draw date, paid today: in full while the period lasts, else a new prorated one."""
        declined = period_from(self.terms.schedule, self.next_draw_on)
        if declined.contains(today):
            self.draw(declined)
            return
        self.periods.append((declined, DayState.UNPAID))
        self.write(Period(declined.starts_on, today - ONE_DAY), DayState.UNPAID)
        self.draw(period_from(self.terms.schedule, today))

    def hold(self, period: Period) -> None:
        self.holds.append(period)
        self.write(period, DayState.HELD)

    def hold_at_once(self, days: int) -> None:
        """Staff hold from the middle of the last charged period; resumed, its paid days become a credit."""
        last, paid = self.charges[-1].period, self.charges[-1]
        starts_on = last.starts_on + timedelta(days=last.days // 2)
        if last.ends_on != max(self.book) or self.book[starts_on] is DayState.HELD:
            return  # these days are not paid ahead any more
        hold = Period(starts_on, starts_on + timedelta(days=days - 1))
        held_days = (min(hold.ends_on, last.ends_on) - starts_on).days + 1
        self.credited_cents += (credit := hold_credit(paid.net_fee_cents, held_days, last.days, banked_cents=0))
        self.credit_cents += credit
        self.holds.append(hold)
        for offset in range(hold.days):
            self.book[starts_on + timedelta(days=offset)] = DayState.HELD
        resumed_on = hold.ends_on + ONE_DAY
        if resumed_on > last.ends_on and resumed_on != full_period(self.terms.schedule, resumed_on).starts_on:
            self.draw(period_from(self.terms.schedule, resumed_on))

    def draw(self, period: Period) -> None:
        self.pay(period_charge(self.terms, period, credit_cents=self.credit_cents))

    def pay(self, charge: Charge) -> None:
        state = DayState.WAIVED if charge.is_waived else DayState.PAID
        self.credit_cents -= charge.credit_used_cents
        self.charges.append(charge)
        self.periods.append((charge.period, state))
        self.write(charge.period, state)

    def write(self, period: Period, state: DayState) -> None:
        """One state for each day, and never over another."""
        for offset in range(period.days):
            day = period.starts_on + timedelta(days=offset)
            assert day not in self.book, f"{day} is {self.book[day]} and was to become {state}"
            self.book[day] = state

"""Each invariant of the books and letters is broken once, by raw SQL on a table without constraints, and is found."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from portal import cli, db
from portal.db import Base
from portal.services import self_check
from tests.world import World

OTHER_ID = "ffffffffffff7fff8fffffffffffffff"


def broken() -> list[str]:
    """The sentences of what is broken, without the rows."""
    with db.reading() as session:
        return sorted({violation.partition(": ")[0] for violation in self_check.violations(session)})


def run(*statements: str) -> None:
    """Raw SQL in one transaction."""
    with db.begin() as session:
        for statement in statements:
            session.execute(text(statement))


def loosen(table: str) -> None:
    """Puts a copy without keys, checks and triggers in the table's place."""
    run(f"ALTER TABLE {table} RENAME TO kept_{table}", f"CREATE TABLE {table} AS SELECT * FROM kept_{table}")


def double(table: str, **changed: str) -> None:
    """Adds a copy of the table's only row, some of its columns changed to an SQL expression."""
    loosen(table)
    names = [column.name for column in Base.metadata.tables[table].columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    chosen = ", ".join(changed.get(name, f'"{name}"') for name in names)
    run(f"INSERT INTO {table} ({quoted}) SELECT {chosen} FROM {table}")


def change(table: str, *sets: str, where: str = "1 = 1") -> None:
    """Changes rows against all rules."""
    loosen(table)
    run(f"UPDATE {table} SET {', '.join(sets)} WHERE {where}")


@pytest.fixture
def dan(world: World) -> None:
    """Dan has joined with a coupon; one of everything is in the books."""
    world.arrive("dan")
    world.join("dan", "radiance", coupon="FOREVER10", draw_day=31)
    assert broken() == []


@pytest.mark.usefixtures("dan")
class TestWhatIsFound:
    """One row at a time."""

    def test_an_invoice_paid_twice_by_its_ledger(self) -> None:
        double("ledger_entries")
        assert "invoice paid twice" in broken()
        assert "payment attempt succeeded without exactly one ledger entry" in broken()

    def test_an_invoice_paid_twice_by_its_attempts(self) -> None:
        double("payment_attempts", id=f"'{OTHER_ID}'")
        assert "invoice paid twice" in broken()

    def test_a_payment_that_never_reached_the_ledger(self) -> None:
        loosen("ledger_entries")
        run("DELETE FROM ledger_entries")
        assert broken() == [
            "invoice whose status and money disagree",
            "payment attempt succeeded without exactly one ledger entry",
            "receipt of other cents than its ledger entries",
        ]

    def test_money_in_the_ledger_of_a_declined_attempt(self) -> None:
        change("payment_attempts", "status = 'declined'")
        assert broken() == ["ledger entry of a payment attempt that did not succeed"]

    def test_a_ledger_entry_one_cent_off(self) -> None:
        change("ledger_entries", "cents = cents + 1")
        assert broken() == [
            "ledger entry of other cents than its payment attempt",
            "receipt of other cents than its ledger entries",
        ]

    def test_a_receipt_one_cent_off(self) -> None:
        change("receipts", "cents = cents - 1")
        assert broken() == ["receipt of other cents than its ledger entries"]

    def test_a_paid_invoice_without_its_receipt(self) -> None:
        loosen("receipts")
        run("DELETE FROM receipts")
        assert broken() == ["invoice without exactly the receipt it should have"]

    def test_a_second_receipt_of_an_invoice(self) -> None:
        double("receipts", number="number + 1")
        assert broken() == ["invoice without exactly the receipt it should have"]

    def test_an_invoice_called_written_off_although_it_was_paid(self) -> None:
        change("invoices", "status = 'written_off'", "paid_at = NULL")
        assert broken() == [
            "invoice whose status and money disagree",
            "invoice without exactly the receipt it should have",
        ]

    def test_an_open_attempt_on_a_paid_invoice(self) -> None:
        double("payment_attempts", id=f"'{OTHER_ID}'", status="'ready'", number="2")
        assert broken() == ["open payment attempt on a closed invoice"]

    def test_a_draw_sent_after_the_end(self) -> None:
        change("memberships", "status = 'ended'", "ended_on = '2027-01-30'", "next_draw_on = NULL")
        run("ALTER TABLE membership_events RENAME TO kept_membership_events")
        run("CREATE TABLE membership_events AS SELECT * FROM kept_membership_events")
        run("UPDATE membership_events SET to_status = 'ended'")
        change("payment_attempts", "mode = 'off_session'")
        assert broken() == ["draw after the membership's end"]

    def test_two_paid_periods_that_share_a_day(self) -> None:
        double("billing_periods", id=f"'{OTHER_ID}'", starts_on="ends_on", invoice_id="NULL")
        assert broken() == ["paid billing period that overlaps another"]

    def test_a_status_changed_behind_its_history(self) -> None:
        change("memberships", "status = 'past_due'")
        assert broken() == ["membership whose status is not its history's last"]

    def test_money_taken_for_a_membership_that_never_began(self) -> None:
        change("memberships", "started_on = NULL")
        assert broken() == ["ledger entry of a membership that never began"]

    def test_a_coupon_that_counts_a_use_nobody_has(self) -> None:
        run("UPDATE coupons SET used = used + 1 WHERE code = 'SPRING20'")
        assert broken() == ["coupon whose count is not its redemptions"]

    def test_a_letter_queued_twice(self) -> None:
        double("outbox_emails", id=f"'{OTHER_ID}'")
        assert broken() == ["letter queued twice"]


def self_check_command(app: Flask) -> Result:
    """`flask self-check`."""
    if "self-check" not in app.cli.commands:
        cli.init_app(app)
    return app.test_cli_runner().invoke(args=["self-check"])


@pytest.mark.usefixtures("dan")
def test_the_command_says_that_all_is_well_and_exits_0(app: Flask) -> None:
    answer = self_check_command(app)
    assert (answer.exit_code, answer.output) == (0, "The books and letters agree.\n")


@pytest.mark.usefixtures("dan")
def test_the_command_prints_each_violation_and_exits_1(app: Flask) -> None:
    change("receipts", "cents = cents - 1")
    answer = self_check_command(app)
    assert answer.exit_code == 1
    assert answer.output.startswith("receipt of other cents than its ledger entries: ")

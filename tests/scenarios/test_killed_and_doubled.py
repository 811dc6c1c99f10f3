"""Schedulers that are killed at the worst moment, or run beside one another: every draw is still taken once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from portal.rules.states import AttemptStatus, MembershipStatus
from scheduler import jobs
from tests.scenarios.books import amounts, attempts, drawn_for
from tests.world import World

CHARGE = ("POST", "/v1/payment_intents")
NAMES = ("ada", "bea", "cleo", "dora")


def scheduler(world: World, *names: str) -> subprocess.Popen[bytes]:
    """A scheduler process of its own over the world's database, clock and Stripe."""
    config = world.config
    settings = {
        "PORTAL_ENV": "test",
        "PORTAL_SANDBOX": "1",
        "PORTAL_VAR": str(config.var),
        "DATABASE_URL": config.database_url,
        "STRIPE_SECRET_KEY": config.stripe_secret_key,
        "STRIPE_API_BASE": config.stripe_api_base,
        "STRIPE_TIMEOUT": "5",
        "MAIL_PORT": str(config.mail_port),
        "DRAW_RATE_PER_ACCOUNT": "1000",
        "RENEW_WORKERS": "4",
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "scheduler", "--once", *names]
    return subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Looks every 10 ms, for 30 seconds at most."""
    patience = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.01)


def members(world: World, *names: str) -> list[UUID]:
    """Members of glow on the day of their second draw; no job has run yet."""
    for name in names:
        world.arrive(name)
    found = [world.join(name, "glow", draw_day=31) for name in names]
    world.go_to("2027-02-28")
    return found


def assert_all_drawn_once(world: World, found: list[UUID]) -> None:
    assert sorted(drawn_for(world)) == ["2027-01-31"] * len(found) + ["2027-02-28"] * len(found)
    assert {world.membership(one).status for one in found} == {MembershipStatus.ACTIVE}
    assert len(world.letters("renewed")) == len(found)


@pytest.mark.parametrize("fault", ["latency_before", "latency"], ids=["before the charge", "after the charge"])
def test_a_scheduler_killed_while_it_waits_for_stripe_charges_once(world: World, fault: str) -> None:
    found = members(world, "dan")
    world.stripe.add_fault(fault, *CHARGE, 1, seconds=0.5)
    process = scheduler(world, "renew")
    wait_until(lambda: bool(world.stripe.faults()[0]["struck"]))
    process.kill()
    process.wait()
    assert attempts(found[0])[-1].status == AttemptStatus.SENT
    world.sweep_until_quiet()
    wait_until(lambda: len(amounts(world)) >= 2)
    world.sweep_until_quiet()
    assert_all_drawn_once(world, found)


def test_two_scheduler_processes_at_once_draw_each_member_once(world: World) -> None:
    found = members(world, *NAMES)
    world.stripe.add_fault("latency", *CHARGE, None, seconds=0.05)
    processes = [scheduler(world, "renew") for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    world.sweep_until_quiet()
    assert_all_drawn_once(world, found)


def test_four_threads_that_renew_at_once_draw_each_member_once(world: World) -> None:
    found = members(world, *NAMES)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(jobs.run, ["renew"] * 4))
    world.sweep_until_quiet()
    assert_all_drawn_once(world, found)


def test_all_jobs_twice_in_a_row_do_nothing_more(world: World) -> None:
    found = members(world, "dan")
    for _ in range(3):
        world.run_jobs()
    assert_all_drawn_once(world, found)


def test_two_sweeps_at_once_resend_a_lost_draw_once(world: World) -> None:
    found = members(world, "dan")
    world.stripe.add_fault("drop_before", *CHARGE, None)
    world.run_jobs()
    world.stripe.clear_faults()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.sweep_until_quiet(), range(2)))
    world.sweep_until_quiet()
    assert_all_drawn_once(world, found)


def test_one_broken_row_stops_nobody_else(world: World) -> None:
    found = members(world, *NAMES)
    broken = world.membership(found[1]).card
    assert broken is not None
    world.stripe.add_fault("cut_body", *CHARGE, None, body=broken.payment_method_id)
    world.run_jobs()
    assert len(amounts(world)) >= 7
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    assert_all_drawn_once(world, found)

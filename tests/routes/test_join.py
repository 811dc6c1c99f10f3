"""The wizard's pages from the first to the last, without scripts; the card field's script is played."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock, db
from portal.models import Plan, Programme
from tests.pages import PageClient, words
from tests.routes.join_walk import Walk
from tests.world import World

Visit = Callable[[], PageClient]
STEPS = ("plan", "details", "agreement", "payment")


@pytest.fixture
def dan(world: World, visit: Visit) -> Walk:
    world.arrive("dan")
    return Walk(visit().sign_in("dan"))


def test_dan_becomes_a_member(world: World, dan: Walk) -> None:
    dan.to_payment(draw_day=31, coupon="SPRING20")
    assert "Pay $79.20 and become a member" in dan.page("payment").words
    answer = dan.pay(world.stripe.url)
    assert answer.status_code == 303
    done = words(dan.browser.get(answer.location))
    assert "You are a member" in done
    assert "Your next charge is $79.20 on February 28, 2027" in done
    assert [charge["amount"] for charge in world.charges()] == [7920]
    assert len(world.letters("welcome")) == 1


def test_who_is_not_signed_in_signs_in_and_comes_back(world: World, visit: Visit) -> None:
    answer = visit().get("/lumina/join?plan=glow&coupon=SPRING20")
    assert answer.status_code == 302
    assert "next=/lumina/join?plan%3Dglow%26coupon%3DSPRING20" in answer.location


def test_opening_the_first_page_begins_nothing(world: World, dan: Walk) -> None:
    page = words(dan.browser.get("/lumina/join?plan=radiance&coupon=SPRING20"))
    assert "Coupon SPRING20 is taken into account" in page
    assert "Today $209.20" in page
    assert dan.browser.get("/lumina/join").status_code == 200


@pytest.mark.parametrize("fields", [{"plan": ""}, {"plan": "gold"}, {"plan": "vip2", "frequency": "week"}])
def test_a_plan_that_is_not_offered_is_refused(dan: Walk, fields: dict[str, str]) -> None:
    answer = dan.begin(**fields)
    assert answer.status_code == 422
    assert dan.browser.get("/lumina/join").status_code == 200, "nothing was begun"


def test_another_device_goes_on_where_the_first_was_left(world: World, dan: Walk, visit: Visit) -> None:
    dan.to_payment()
    phone = visit().sign_in("dan")
    assert phone.get("/lumina/join").location == f"{dan.base}/payment"
    wanted = phone.get("/lumina/join?plan=vip").location
    assert wanted == f"{dan.base}/plan?plan=vip"
    assert "Today $399.00" in words(phone.get(wanted))


def test_beginning_twice_is_one_enrollment(dan: Walk) -> None:
    dan.begin("glow")
    first = dan.base
    token = dan.browser.token("/lumina/account")
    answer = dan.browser.post("/lumina/join", data={"csrf_token": token, "plan": "vip"})
    assert answer.location == f"{first}/details"


@pytest.mark.parametrize("step", ["agreement", "payment"])
def test_no_step_can_be_skipped_by_address_or_post(dan: Walk, step: str) -> None:
    dan.begin("glow")
    assert dan.browser.get(f"{dan.base}/{step}").location == f"{dan.base}/details"
    token = dan.browser.token(f"{dan.base}/details")
    answer = dan.browser.post(f"{dan.base}/{step}", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, f"{dan.base}/details")


@pytest.mark.parametrize("step", [*STEPS, "done", "payment/finish", "agreement/text"])
def test_another_patients_enrollment_does_not_exist(world: World, dan: Walk, visit: Visit, step: str) -> None:
    dan.to_payment()
    world.arrive("eve")
    world.arrive("nora", "harbor")
    eve, nora = visit().sign_in("eve"), visit().sign_in("nora", "harbor")
    assert eve.get(f"{dan.base}/{step}").status_code == 404
    assert nora.get(f"{dan.base.replace('lumina', 'harbor')}/{step}").status_code == 404
    assert visit().get(f"{dan.base}/{step}").status_code == 302
    if step in {"done", "agreement/text"}:
        return
    data = {"csrf_token": eve.token("/lumina/account")}
    assert eve.post(f"{dan.base}/{step}", data=data).status_code == 404


def test_a_finished_enrollment_leads_to_its_last_page(world: World, dan: Walk) -> None:
    dan.to_payment().pay(world.stripe.url)
    for step in STEPS:
        assert dan.browser.get(f"{dan.base}/{step}").location == f"{dan.base}/done"
    assert dan.finish().location == f"{dan.base}/done"
    assert len(world.charges()) == 1


def test_a_plan_is_joined_only_once_at_a_time(world: World, dan: Walk) -> None:
    dan.to_payment().pay(world.stripe.url)
    answer = dan.begin("glow")
    assert answer.status_code == 422
    assert "You are already a member of Glow" in words(answer)


def test_what_was_left_for_eight_days_has_lapsed_kindly(world: World, dan: Walk) -> None:
    dan.to_payment()
    world.go_to(clock.now().date() + timedelta(days=8))
    answer = dan.browser.get(f"{dan.base}/payment")
    assert answer.status_code == 410
    assert "Nothing was charged" in words(answer)
    assert dan.browser.get("/lumina/join").status_code == 200


def test_a_plan_closed_meanwhile_leads_back_to_the_plans(world: World, dan: Walk) -> None:
    dan.to_payment()
    with db.begin() as session:
        session.execute(update(Plan).where(Plan.slug == "glow").values(closed_at=clock.now()))
    assert dan.browser.get(f"{dan.base}/payment").location == f"{dan.base}/plan"
    page = dan.page("plan").words
    assert "no longer offered" in page
    assert "Glow" not in page


def test_a_closed_programme_takes_nobody(world: World, dan: Walk) -> None:
    dan.begin("glow")
    with db.begin() as session:
        session.execute(update(Programme).values(is_open=False))
    for path in ("/lumina/join", f"{dan.base}/details"):
        assert "We are not taking new members online just now" in words(dan.browser.get(path))


def test_an_annual_plan_asks_for_no_draw_day(world: World, dan: Walk) -> None:
    assert dan.begin("radiance", frequency="year").status_code == 303
    page = dan.page("details").words
    assert "Draw day" not in page
    assert "Today $2,040.00" in page
    assert "Then $1,990.00 every year, next on January 31, 2028." in page
    assert dan.details().status_code == 303


def test_a_plan_sold_monthly_only_is_drawn_monthly(dan: Walk) -> None:
    assert dan.begin("glow", frequency="year").status_code == 303
    assert "Draw day" in dan.page("details").words

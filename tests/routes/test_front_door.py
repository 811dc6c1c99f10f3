"""What holds for every address: HEAD only looks, answers lead nowhere else, cookies are for clinics."""

from __future__ import annotations

from dataclasses import replace

from flask import request

from portal.app import create_app
from tests.routes.members import Visit, alice_joins, decline_next_draw
from tests.world import World

NEWCOMER = {"first_name": "Eve", "last_name": "New", "email": "eve@example.com", "password": "walrus cathedral 41"}


def test_head_looks_and_asks_the_bank_nothing(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    for what in ("pay", "card"):
        path = f"/lumina/memberships/{membership_id}/{what}/finish"
        assert alice.head(path).status_code == alice.get(path).status_code == 200


def test_head_mails_no_code(world: World, visit: Visit) -> None:
    eve = visit()
    assert eve.send("/lumina/sign-up", NEWCOMER).status_code == 303
    letters = len(world.letters())
    assert eve.head("/lumina/sign-up/confirm").status_code == 200
    assert len(world.letters()) == letters == 1


def test_a_form_of_another_site_is_refused_even_with_a_good_token(world: World, visit: Visit) -> None:
    world.arrive("dan")
    own = [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
    foreign = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
    foreign += [{"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost.evil.example"}]
    for headers, status in [*((each, 303) for each in own), *((each, 400) for each in foreign)]:
        answer = visit().sign_in("dan").send("/lumina/sign-out", token_from="/lumina/account", headers=headers)
        assert answer.status_code == status, headers


def test_a_made_up_host_stands_in_no_answer(world: World, visit: Visit) -> None:
    for path in ("/lumina", "/lumina/", "/lumina/account", "/lumina/sign-in/code", "/%5Cevil.example"):
        answer = visit().get(path, headers={"Host": "evil.test"})
        assert "evil.test" not in str(answer.headers)


def test_a_page_of_no_clinic_leaves_no_cookie(world: World, visit: Visit) -> None:
    for path in ("/nobody/", "/nobody/account", "/static/nothing.css", "/healthz"):
        assert "Set-Cookie" not in visit().get(path).headers, path
    assert "portal-lumina" in visit().get("/lumina/sign-in").headers["Set-Cookie"]


def test_a_wrong_method_is_told_the_right_ones(world: World, visit: Visit) -> None:
    answer = visit().get("/lumina/sign-out")
    assert answer.status_code == 405
    assert set(answer.allow) == {"OPTIONS", "POST"}


def test_a_made_up_forwarded_address_is_not_believed(world: World) -> None:
    assert seen(world, 0, "198.51.100.1") == "127.0.0.1 http"


def test_behind_one_proxy_the_address_that_it_wrote_counts(world: World) -> None:
    assert seen(world, 1, "6.6.6.6, 198.51.100.1") == "198.51.100.1 https"


def seen(world: World, proxies: int, forwarded_for: str) -> str:
    """The address and scheme that the application sees of a visitor behind so many trusted proxies."""
    app = create_app(replace(world.config, trusted_proxies=proxies))
    app.add_url_rule("/seen", view_func=lambda: f"{request.remote_addr} {request.scheme}")
    headers = {"X-Forwarded-For": forwarded_for, "X-Forwarded-Proto": "https"}
    return app.test_client().get("/seen", headers=headers).get_data(as_text=True)

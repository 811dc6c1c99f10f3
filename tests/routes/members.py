"""What the tests of members' pages share: Alice with a membership, everybody who may not see it, and the past due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from tests.pages import PageClient
from tests.world import World

Visit = Callable[[], PageClient]
NOWHERE = "00000000-0000-7000-8000-000000000000"
AS_SCRIPT = {"HX-Request": "true"}


def alice_joins(world: World, **choices: str | int) -> UUID:
    """Alice becomes a member of Glow on 31 January 2027; Dan has nothing, Nora is of another clinic."""
    for name, slug in (("alice", "lumina"), ("dan", "lumina"), ("nora", "harbor")):
        world.arrive(name, slug)
    return world.join("alice", **({"draw_day": 31} | choices))


def decline_next_draw(world: World, membership_id: UUID, reason: str = "insufficient_funds") -> None:
    """Alice's card is declined on 28 February 2027: past due from then on."""
    card = world.membership(membership_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, [reason])
    world.advance_to("2027-02-28")
    assert world.membership(membership_id).status == "past_due"


def assert_only_alice_may_open(
    visit: Visit, path: str, method: str = "GET", token_from: str = "/lumina/account"
) -> None:
    """Another patient and a page that is not there: 404. Nobody: sign in first. The other clinic's patient: so too."""

    def ask(browser: PageClient, address: str, slug: str = "lumina") -> TestResponse:
        if method == "GET":
            return browser.get(address)
        return browser.send(address, {}, token_from=token_from.replace("lumina", slug))

    assert ask(visit().sign_in("dan"), path).status_code == 404
    nora = visit().sign_in("nora", "harbor")
    assert ask(nora, path.replace("/lumina/", "/harbor/"), "harbor").status_code == 404
    stranger = ask(visit(), path) if method == "GET" else visit().send(path, {}, token_from="/lumina/sign-in")
    assert stranger.status_code in {302, 303}
    assert "/lumina/sign-in" in stranger.headers["Location"]


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Collects the statements that run inside the block, without those that begin and configure."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)

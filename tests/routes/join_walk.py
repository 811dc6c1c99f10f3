"""Walks the wizard's pages as a patient without scripts does, up to the payment."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.browser import confirm_payment, confirm_setup
from tests.pages import Page, PageClient

FETCH = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Walk:
    """One patient in one browser, at one step after the other."""

    def __init__(self, browser: PageClient, slug: str = "lumina") -> None:
        self.browser, self.slug = browser, slug
        self.base = ""

    def begin(self, plan: str = "glow", **fields: Any) -> TestResponse:
        """Chooses a plan on the first page."""
        answer = self.browser.send(f"/{self.slug}/join", {"plan": plan} | fields)
        if answer.status_code == 303:
            self.base = answer.location.rsplit("/", 1)[0]
        return answer

    def page(self, step: str) -> Page:
        """A step's page, which must be open."""
        answer = self.browser.get(f"{self.base}/{step}")
        assert answer.status_code == 200, (answer.status_code, answer.location)
        return Page(answer.get_data(as_text=True))

    def fields(self, step: str, number: int = 0) -> dict[str, Any]:
        """What a step's form would send untouched."""
        forms = [form for form in self.page(step).forms if "/join/" in (form["action"] or "")]
        return dict(forms[number]["fields"])

    def details(self, **changed: Any) -> TestResponse:
        """Sends the details as they were filled in, with changes."""
        filled_in = self.fields("details") | {"country": "US"}
        return self.browser.post(f"{self.base}/details", data=filled_in | changed)

    def sign(self, **changed: Any) -> TestResponse:
        """Ticks both boxes and types a name."""
        signed = {"records_consent": "y", "charge_consent": "y", "signature": "Dan Example"}
        return self.browser.post(f"{self.base}/agreement", data=self.fields("agreement") | signed | changed)

    def to_payment(self, plan: str = "glow", draw_day: int | None = None, coupon: str = "") -> Walk:
        """All steps before the payment."""
        assert self.begin(plan, coupon=coupon).status_code == 303
        wanted = {"draw_day": str(draw_day)} if draw_day else {}
        assert self.details(**wanted).status_code == 303
        assert self.sign().status_code == 303
        return self

    def press_pay(self, card: str = "new", **changed: Any) -> TestResponse:
        """Presses the button as the card field's script does."""
        fields = self.fields("payment", -1) | {"card": card} | changed
        return self.browser.post(f"{self.base}/payment", data=fields, headers=FETCH)

    def finish(self) -> TestResponse:
        """What the script sends when the payment provider is done."""
        token = self.browser.token(f"/{self.slug}/account")
        return self.browser.post(f"{self.base}/payment/finish", data={"csrf_token": token})

    def pay(self, stripe_url: str, card: str = "pm_card_visa") -> TestResponse:
        """Pays with a new card."""
        pressed = self.press_pay()
        assert pressed.status_code == 200, pressed.get_data(as_text=True)
        secret = secret_in(pressed)
        confirm = confirm_setup if secret.startswith("seti_") else confirm_payment
        confirm(stripe_url, secret, card)
        return self.finish()


def secret_in(answer: TestResponse) -> str:
    """The client secret of a part."""
    return answer.get_data(as_text=True).split('data-client-secret="')[1].split('"')[0]

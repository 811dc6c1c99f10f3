"""Every address of the API the sandbox plays: its params class in the SDK and its endpoint."""

import re
from collections.abc import Callable
from typing import NamedTuple

from sandbox.stripe import (
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    three_d_secure,
)
from sandbox.stripe.wire import Object

Endpoint = Callable[..., Object]


class Route(NamedTuple):
    """One address. No `params_class`: the endpoint checks its own. `browser`: a publishable key may call."""

    method: str
    pattern: re.Pattern[str]
    params_class: str | None
    endpoint: Endpoint
    browser: bool = False


def _route(method: str, path: str, params_class: str | None, endpoint: Endpoint, *, browser: bool = False) -> Route:
    return Route(method, re.compile(path.replace("<id>", r"([^/]+)")), params_class, endpoint, browser)


_PI, _SI, _PM = payment_intents, setup_intents, payment_methods
ROUTES = [
    _route("POST", "/v1/payment_intents", "PaymentIntentCreateParams", _PI.create),
    _route("GET", "/v1/payment_intents", "PaymentIntentListParams", _PI.list_all),
    _route("GET", "/v1/payment_intents/<id>", "PaymentIntentRetrieveParams", _PI.retrieve, browser=True),
    _route("POST", "/v1/payment_intents/<id>", "PaymentIntentUpdateParams", _PI.update),
    _route("POST", "/v1/payment_intents/<id>/confirm", "PaymentIntentConfirmParams", _PI.confirm, browser=True),
    _route("POST", "/v1/payment_intents/<id>/cancel", "PaymentIntentCancelParams", _PI.cancel),
    _route("POST", "/v1/setup_intents", "SetupIntentCreateParams", _SI.create),
    _route("GET", "/v1/setup_intents", "SetupIntentListParams", _SI.list_all),
    _route("GET", "/v1/setup_intents/<id>", "SetupIntentRetrieveParams", _SI.retrieve, browser=True),
    _route("POST", "/v1/setup_intents/<id>/confirm", "SetupIntentConfirmParams", _SI.confirm, browser=True),
    _route("POST", "/v1/setup_intents/<id>/cancel", "SetupIntentCancelParams", _SI.cancel),
    _route("POST", "/v1/payment_methods", "PaymentMethodCreateParams", _PM.create, browser=True),
    _route("GET", "/v1/payment_methods", "PaymentMethodListParams", _PM.list_all),
    _route("GET", "/v1/payment_methods/<id>", "PaymentMethodRetrieveParams", _PM.retrieve),
    _route("POST", "/v1/payment_methods/<id>", "PaymentMethodUpdateParams", _PM.update),
    _route("POST", "/v1/payment_methods/<id>/attach", "PaymentMethodAttachParams", _PM.attach),
    _route("POST", "/v1/payment_methods/<id>/detach", "PaymentMethodDetachParams", _PM.detach),
    _route("POST", "/v1/customers", "CustomerCreateParams", customers.create),
    _route("GET", "/v1/customers", "CustomerListParams", customers.list_all),
    _route("GET", "/v1/customers/<id>", "CustomerRetrieveParams", customers.retrieve),
    _route("POST", "/v1/customers/<id>", "CustomerUpdateParams", customers.update),
    _route("DELETE", "/v1/customers/<id>", "CustomerDeleteParams", customers.delete),
    _route(
        "GET",
        "/v1/customers/<id>/payment_methods",
        "CustomerPaymentMethodListParams",
        _PM.list_of_customer,
    ),
    _route(
        "GET",
        "/v1/customers/<id>/payment_methods/<id>",
        "CustomerPaymentMethodRetrieveParams",
        _PM.retrieve_of_customer,
    ),
    _route("GET", "/v1/charges", "ChargeListParams", charges.list_all),
    _route("GET", "/v1/charges/<id>", "ChargeRetrieveParams", charges.retrieve),
    _route("POST", "/v1/refunds", "RefundCreateParams", refunds.create),
    _route("GET", "/v1/refunds", "RefundListParams", refunds.list_all),
    _route("GET", "/v1/refunds/<id>", "RefundRetrieveParams", refunds.retrieve),
    _route("GET", "/v1/disputes", "DisputeListParams", disputes.list_all),
    _route("GET", "/v1/disputes/<id>", "DisputeRetrieveParams", disputes.retrieve),
    _route("GET", "/v1/events", "EventListParams", events.list_all),
    _route("GET", "/v1/events/<id>", "EventRetrieveParams", events.retrieve),
    _route("GET", "/v1/account", "AccountRetrieveCurrentParams", events.retrieve_account),
    _route("GET", "/v1/accounts/<id>", "AccountRetrieveParams", events.retrieve_account),
    _route("POST", "/v1/sandbox/3ds/<id>", None, three_d_secure.finish, browser=True),
]


def matched(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a request and the ids in its path."""
    for route in ROUTES:
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groups()
    return None

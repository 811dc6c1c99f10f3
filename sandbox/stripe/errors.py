"""Errors in the shape Stripe's API gives them."""

from sandbox.stripe.wire import Object


class ApiError(Exception):
    """An answer other than 200; `fields` is the `error` object of the body."""

    def __init__(self, status: int, fields: Object) -> None:
        super().__init__(fields.get("message"))
        self.status = status
        self.fields = fields

    def body(self) -> Object:
        """The body of the answer."""
        return {"error": self.fields}


def invalid_request(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> ApiError:
    """An `invalid_request_error`."""
    fields: Object = {"message": message, "type": "invalid_request_error"}
    if code:
        fields |= {"code": code, "doc_url": doc_url(code)}
    if param:
        fields["param"] = param
    return ApiError(status, fields)


def missing(kind: str, id_: str, param: str = "id", status: int = 404) -> ApiError:
    """No such object on this account."""
    return invalid_request(f"No such {kind}: '{id_}'", param=param, code="resource_missing", status=status)


def unexpected_state(kind: str, message: str, obj: Object) -> ApiError:
    """The intent's status does not allow this; Stripe sends the intent along."""
    error = invalid_request(message, code=f"{kind}_unexpected_state")
    error.fields[kind] = obj
    return error


def unauthorized(message: str) -> ApiError:
    """401: no key, a wrong key or a revoked one."""
    return invalid_request(message, status=401)


def forbidden(message: str, code: str) -> ApiError:
    """403: a good key that may not do this."""
    return invalid_request(message, code=code, status=403)


def server_error() -> ApiError:
    """500, as Stripe words it."""
    return ApiError(500, {"message": "An unknown error occurred.", "type": "api_error"})


def unavailable() -> ApiError:
    """503: an outage."""
    return ApiError(503, {"message": "Stripe is temporarily unavailable.", "type": "api_error"})


def rate_limited() -> ApiError:
    """429: refused before the idempotency layer."""
    return ApiError(
        429,
        {
            "message": "Request rate limit exceeded.",
            "type": "invalid_request_error",
            "code": "rate_limit",
            "doc_url": doc_url("rate_limit"),
        },
    )


def doc_url(code: str) -> str:
    """Where Stripe documents the code."""
    return f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"

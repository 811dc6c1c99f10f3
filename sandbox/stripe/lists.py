"""Lists as Stripe gives them: newest first, `limit`, cursors, `created[gte]`."""

from collections.abc import Callable, Iterable
from itertools import islice

from sandbox.stripe.call import Call
from sandbox.stripe.errors import invalid_request
from sandbox.stripe.form import Nested
from sandbox.stripe.wire import Object

_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}


def listed(call: Call, kind: str, url: str, params: Nested, **wanted: str | None) -> Object:
    """A page of the account's objects whose fields equal `wanted` (None: any)."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid_request("This value must be between 1 and 100.", param="limit")
    table = call.state.table(call.account, kind)
    after, before = params.get("starting_after"), params.get("ending_before")
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None:
            call.find(kind, cursor, name)
    rows: Iterable[Object] = table.oldest_first(before) if before else table.newest_first(after)
    fields = {name: value for name, value in wanted.items() if value is not None}
    chosen = (
        row
        for row in rows
        if not row.get("deleted")
        and all(row.get(name) == value for name, value in fields.items())
        and _is_created_within(row, params.get("created"))
    )
    page = list(islice(chosen, limit + 1))
    has_more = len(page) > limit
    page = page[:limit]
    if before:
        page.reverse()
    result = {"object": "list", "url": url, "has_more": has_more, "data": [call.view(row) for row in page]}
    return call.view(result, params.get("expand"))


def _is_created_within(row: Object, created: int | dict[str, int] | None) -> bool:
    if created is None:
        return True
    if isinstance(created, int):
        return bool(row["created"] == created)
    return all(_BOUNDS[name](row["created"], bound) for name, bound in created.items())

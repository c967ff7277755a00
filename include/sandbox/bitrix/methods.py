"""The methods of the portal: lists, one order read or updated, and what the portal says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sandbox.bitrix import orders
from sandbox.bitrix.calls import Call, Reply
from sandbox.bitrix.columns import to_json
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.listings import LISTINGS, PAY_SYSTEMS, Listing
from sandbox.bitrix.php import as_text
from sandbox.bitrix.query import chosen, matching, page_of
from sandbox.bitrix.values import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Method:
    """What a caller may call, if he was granted its scope."""

    scope: str
    run: Callable[[Call], Reply]


def show_page(listing: Listing, call: Call) -> Reply:
    """One page of a table under its wrapper."""
    page = page_of(listing, call.shop, call.params)
    columns = chosen(listing.columns, call.params.get("select"))
    rows = [to_json(row, columns) for row in page.rows]
    return Reply({listing.wrapper: rows}, page.total, page.next, ids_of(page.rows))


def show_pay_systems(call: Call) -> Reply:
    """All pay systems at once, bare and in upper case, as the older modules do."""
    params = {name.casefold(): value for name, value in call.params.items() if name.isupper()}
    columns = chosen(PAY_SYSTEMS.columns, params.get("select"))
    found = list(matching(PAY_SYSTEMS, call.shop, params))
    return Reply([to_json(row, columns) for row in found], row_ids=ids_of(found))


def ids_of(rows: Sequence[object]) -> tuple[object, ...]:
    """What tells rows of one list apart: their ids; a setting without an id is its own."""
    return tuple(getattr(row, "id", row) for row in rows)


def tell_time(call: Call) -> Reply:
    """The server's clock."""
    return Reply(moment(call.now))


def tell_scopes(call: Call) -> Reply:
    """What the caller was granted."""
    return Reply(sorted(call.scopes))


def tell_methods(call: Call) -> Reply:
    """The methods that the caller was granted."""
    return Reply([name for name, method in METHODS.items() if method.scope in call.scopes])


def tell_of_method(call: Call) -> Reply:
    """Whether a method exists, and whether the caller was granted it."""
    if "name" not in call.params:
        raise RestError(400, 100, "Could not find value for parameter {name}")
    method = METHODS.get(as_text(call.params["name"]).casefold())
    return Reply(
        {"isExisting": method is not None, "isAvailable": method is not None and method.scope in call.scopes}
    )


def refuse_nesting(_: Call) -> Reply:
    """A batch inside a batch."""
    raise RestError(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "A batch cannot hold this method")


METHODS = {
    **{name: Method("sale", partial(show_page, listing)) for name, listing in LISTINGS.items()},
    "sale.order.get": Method("sale", orders.get_order),
    "sale.order.update": Method("sale", orders.update_order),
    "sale.paysystem.list": Method("pay_system", show_pay_systems),
    "batch": Method("basic", refuse_nesting),
    "server.time": Method("basic", tell_time),
    "scope": Method("basic", tell_scopes),
    "methods": Method("basic", tell_methods),
    "method.get": Method("basic", tell_of_method),
}

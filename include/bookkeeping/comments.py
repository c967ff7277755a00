"""Orders' comments in the shop: shared text that may say anything of a buyer, and is shown to nobody."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, SyncError
from bookkeeping.wire import to_count, to_id, to_moment

REFERENCE = re.compile(r"\$(result|error|total|next|time)\[", re.IGNORECASE)
"""What Bitrix replaces inside a batch, whoever wrote it (contract, section 7)."""


@dataclass(frozen=True)
class Comments:
    """The comments of an order.

    :ivar version: how often the order had been saved when they stood so.
    :ivar changed_at: when it was saved last, if that was asked.
    """

    text: str = field(repr=False)
    version: int
    changed_at: datetime | None = None


Saved: TypeAlias = Iterator[tuple[str, Comments | SyncError]]
"""Orders' ids, each with the comments as the shop keeps them now, or with the error that this means."""


def read_comments(client: BitrixClient, order_ids: Collection[str]) -> dict[str, Comments]:
    """Return the comments of at most 50 orders, by id, in one request; an order that is gone has none.

    :raises MisconfiguredError: the portal did not answer what it was asked.
    """
    wanted = {"@id": sorted(map(int, order_ids))}
    query = ListQuery("orders", "sale.order.list", "orders", ("comments", "version"), wanted)
    rows = client.read_lists([query])["orders"]
    if not all(isinstance(row["comments"], str | None) for row in rows):
        raise MisconfiguredError("sale.order.list sent comments that are no text. Nothing was written.")
    return {to_id(row["id"]): Comments(row["comments"] or "", to_count(row["version"])) for row in rows}


def save_comments(client: BitrixClient, texts: Mapping[str, str]) -> Saved:
    """Replace the comments of at most 50 orders in one request, sent once; tell how each of them ended.

    A text that means something inside a batch travels alone.
    """
    together = {id_: _update(id_, text) for id_, text in texts.items() if not REFERENCE.search(text)}
    for order_id, outcome in (client.write_batch(together) if together else {}).items():
        yield order_id, _read_back(order_id, outcome)
    for order_id in texts.keys() - together.keys():
        yield order_id, _read_back(order_id, _save_alone(client, order_id, texts[order_id]))


def _save_alone(client: BitrixClient, order_id: str, text: str) -> Json | SyncError:
    try:
        return client.call(*_update(order_id, text))
    except SyncError as error:
        return error


def _update(order_id: str, text: str) -> tuple[str, dict[str, Json]]:
    return "sale.order.update", {"id": int(order_id), "fields": {"comments": text}}


def _read_back(order_id: str, outcome: Json | SyncError) -> Comments | SyncError:
    """Return what the shop says it keeps; a field that it may not write it drops without a word."""
    if isinstance(outcome, RejectedError):
        return _refusal(order_id, outcome)
    if isinstance(outcome, SyncError):
        return outcome
    order = outcome.get("order") if isinstance(outcome, dict) else None
    if not isinstance(order, dict) or "comments" not in order:
        return OutcomeUnknownError(f"Order {order_id} was updated, and the answer does not show it.")
    text, version = order["comments"] or "", to_count(order.get("version"))
    return Comments(text, version, to_moment(order.get("dateUpdate")))


def _refusal(order_id: str, error: RejectedError) -> RejectedError:
    """Leave the shop's own words out: they may repeat the comments."""
    codes = ", ".join(error.codes) if isinstance(error, ApiRefusal) else ""
    text = f"магазин не принял комментарий к заказу {order_id}: {codes or 'без кода'}"
    return RejectedError(text, reason=HoldReason.MANUAL_REQUIRED)

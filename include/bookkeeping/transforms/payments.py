"""Which money of the shop belongs on which document (DESIGN R11): spread by date, exact to the kopeck."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from bookkeeping.domain import DocumentKey, DocumentKind, MoneyKey, MoneyKind, MoneyRecord
from bookkeeping.transforms.columns import ShopFrames

ZERO = Decimal(0)

MONEY_BACK, TO_INNER_ACCOUNT = "P", "Y"
"""`isReturn`: the money went back to the buyer, or to the buyer's account in the shop, which keeps it."""


@dataclass(frozen=True)
class Payment:
    """One payment of the shop; what did not bring new money is left out.

    :ivar returned_on: the day the money went back, None if it did not.
    :ivar to_inner_account: whether the buyer has it as credit in the shop, which no books need to know.
    :ivar is_card: whether an acquirer brings it with the day's other cards; the books call it a transfer.
    """

    payment_id: str
    order_id: str
    paid_on: date
    amount: Decimal
    is_cash: bool
    returned_on: date | None = None
    to_inner_account: bool = False
    is_card: bool = False


@dataclass(frozen=True)
class Posted:
    """A document in the books that money can be put on.

    :ivar taken: roubles by payment that already stand on it, or may.
    :ivar unanswered: the payments among them of which only the books know whether they stand.
    :ivar is_later: dated after the run's day: what it holds counts, and it takes nothing new.
    :ivar part_of: the order whose part of a summary it is; empty for an order's own document.
    """

    key: DocumentKey
    issued_on: date
    total: Decimal
    order_number: str
    taken: Mapping[str, Decimal]
    unanswered: AbstractSet[str] = frozenset()
    is_later: bool = False
    part_of: str = ""

    @property
    def order_id(self) -> str:
        """The order that was sold with it."""
        return self.part_of or self.key.order_id

    @property
    def order(self) -> tuple[date, bool, int]:
        """By date, a sale before an act, then by shipment."""
        return self.issued_on, self.key.kind is DocumentKind.ACT, self._shipment

    @property
    def _shipment(self) -> int:
        return 0 if self.part_of else int(self.key.shipment_id or 0)


def payments_of(shop: ShopFrames, zone: ZoneInfo, before: datetime) -> list[Payment]:
    """Return the payments that brought money before a moment, oldest first, also those since returned.

    A return without a date counts for the day of the order's last change: the day a daily run first sees it.
    """
    return _payments(shop, zone, before, ~shop.payments["is_inner"])


def inner_payments_of(shop: ShopFrames, zone: ZoneInfo, before: datetime) -> list[Payment]:
    """Return what buyers paid before a moment with credit in the shop: no new money, and in no books."""
    return _payments(shop, zone, before, shop.payments["is_inner"])


def _payments(shop: ShopFrames, zone: ZoneInfo, before: datetime, of_a_kind: pd.Series) -> list[Payment]:
    last = before.astimezone(zone).date()
    changes = shop.orders[["order_id", "changed_at"]]
    frame = shop.payments[of_a_kind].merge(changes, on="order_id", validate="many_to_one")
    was_paid = frame["paid"] | frame["returned"].isin([MONEY_BACK, TO_INNER_ACCOUNT])
    rows = frame[was_paid & frame["paid_at"].notna()]
    found = (_payment(row, zone, last) for row in rows.to_dict("records"))
    return sorted(
        (p for p in found if p.paid_on < last and p.amount > 0), key=lambda p: (p.paid_on, int(p.payment_id))
    )


def _payment(row: Mapping[str, Any], zone: ZoneInfo, last: date) -> Payment:
    returned_on = _returned_on(row, zone) if row["returned"] == MONEY_BACK else None
    return Payment(
        payment_id=row["payment_id"],
        order_id=row["order_id"],
        paid_on=row["paid_at"].astimezone(zone).date(),
        amount=row["amount"],
        is_cash=row["is_cash"],
        returned_on=returned_on if returned_on and returned_on < last else None,
        to_inner_account=row["returned"] == TO_INNER_ACCOUNT,
        is_card=row["is_card"],
    )


def _returned_on(row: Mapping[str, Any], zone: ZoneInfo) -> date:
    """A date-only field of Bitrix is midnight in UTC, whatever the zone (contract, section 8)."""
    returned_at = row["returned_at"]
    if pd.isna(returned_at):
        changed_on: date = row["changed_at"].astimezone(zone).date()
        return changed_on
    moment: datetime = returned_at.to_pydatetime().astimezone(UTC)
    return moment.date() if moment.time() == time() else moment.astimezone(zone).date()


def spread(payments: Sequence[Payment], documents: Iterable[Posted]) -> list[MoneyRecord]:
    """Put each payment on its order's documents, oldest first; what is over stays an advance.

    Money returned before a document was made is never put on it; what went back later makes room for other
    money. Parts that stand already are not repeated, and a later document takes what is left. A part whose
    writing went unanswered is returned as it was sent, to be looked for.
    """
    shelf = sorted(documents, key=lambda document: document.order)
    returned = {payment.payment_id for payment in payments if payment.returned_on}
    parts = {(document.key, document.order_id): dict(document.taken) for document in shelf}
    return [
        record
        for payment in payments
        for record in _parts(payment, [d for d in shelf if d.order_id == payment.order_id], parts, returned)
    ]


Parts = dict[tuple[DocumentKey, str], dict[str, Decimal]]
"""Roubles on each document of an order, by payment."""


def _parts(
    payment: Payment, documents: Sequence[Posted], parts: Parts, returned: AbstractSet[str]
) -> Iterator[MoneyRecord]:
    left = payment.amount - sum((d.taken.get(payment.payment_id, ZERO) for d in documents), ZERO)
    for document in documents:
        if payment.payment_id in document.unanswered and not document.is_later:
            yield _record(
                MoneyKind.PAYMENT, payment, document, payment.paid_on, document.taken[payment.payment_id]
            )
        returned_earlier = payment.returned_on and payment.returned_on < document.issued_on
        taken = parts[document.key, document.order_id]
        part = min(left, document.total - _standing(taken, frozenset() if payment.returned_on else returned))
        if part <= 0 or returned_earlier or document.is_later or payment.payment_id in taken:
            continue
        left -= part
        taken[payment.payment_id] = part
        yield _record(MoneyKind.PAYMENT, payment, document, payment.paid_on, part)


def _standing(taken: Mapping[str, Decimal], returned: AbstractSet[str]) -> Decimal:
    return sum((roubles for payment_id, roubles in taken.items() if payment_id not in returned), ZERO)


def refunds(payments: Sequence[Payment], documents: Iterable[Posted]) -> list[MoneyRecord]:
    """Return what went back to buyers, on the documents that hold the money, the latest first."""
    shelf = sorted(documents, key=lambda document: document.order, reverse=True)
    return [
        _record(MoneyKind.REFUND, payment, document, payment.returned_on, document.taken[payment.payment_id])
        for payment in payments
        for document in shelf
        if payment.returned_on and not document.is_later and document.taken.get(payment.payment_id)
    ]


def _record(kind: MoneyKind, payment: Payment, document: Posted, day: date, amount: Decimal) -> MoneyRecord:
    key = MoneyKey(kind, payment.payment_id, document.key)
    return MoneyRecord(
        key, day, amount, payment.is_cash, document.order_number, payment.amount, document.part_of
    )

"""Every order ends in exactly one outcome, with a difference in roubles that can be checked (DESIGN R12)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.builders import at, line, order, payment, service, shipment

from bookkeeping.domain import HoldReason
from bookkeeping.errors import OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.outcomes import Outcome, Seen

REFUSED = RejectedError("учёт отказал", reason=HoldReason.REJECTED_BY_BOOKS)
LOST = OutcomeUnknownError("нет ответа")
BUSY = TransientError("подождите")


@dataclass
class Tale:
    """An order of 100 roubles that left in one shipment, or what it was instead, and how it must end.

    :ivar later: what it became, and was synced again; ``unseen`` what it became after that.
    :ivar refusals: what a write raises, by the beginning of its mark.
    :ivar shown: what an accountant changes in the books; None for deleting the document.
    """

    outcome: Outcome
    difference: str
    words: str
    made: dict[str, Any]
    later: dict[str, Any] = field(default_factory=dict)
    unseen: dict[str, Any] = field(default_factory=dict)
    refusals: dict[str, Exception] = field(default_factory=dict)
    shown: dict[str, Any] | None = field(default_factory=dict)

    def order(self, order_id, **changes):
        facts = {"lines": [line()], **self.made, **changes}
        return order(*facts.pop("lines"), order_id=order_id, **facts)


def tale(outcome, difference, words, *, then=None, **made):
    """Tell of an order; ``then`` is what happens to it afterwards."""
    return Tale(Outcome(outcome), difference, words, made, **(then or {}))


def came(*amounts, **columns):
    return [payment(amount, **columns) for amount in amounts]


def back(amount, on="2026-10-02T15:00", returned="2026-10-03T18:00"):
    """Make a payment that went back to the buyer."""
    return payment(amount, on, returned="P", returned_at=at(returned) if returned else None)


def roubles(**sums):
    return {name: Decimal(amount) for name, amount in sums.items()}


PAID = came("100.00")
WAITING = [shipment(shipped=None)]
HALF_SENT = [shipment({0: "1"}), shipment({0: "1"}, shipped=None)]
BACK_EARLY = back("100.00", "2026-10-01T12:00", "2026-10-02T12:00")

KONTUR = {
    "shipped and paid": tale("matched", "0", "согласны", payments=PAID),
    "shipped and not paid yet": tale("matched", "0", "согласны"),
    "paid in parts": tale("matched", "0", "согласны", payments=came("10.00", "20.00", "70.00")),
    "half of it shipped, all of it paid": tale(
        "matched", "0", "согласны", lines=[line("50.00", "2")], shipments=HALF_SENT, payments=PAID
    ),
    "goods, services and delivery": tale(
        "matched",
        "0",
        "согласны",
        lines=[line(), service("50.00")],
        shipments=[shipment(delivery="7.00")],
        payments=came("157.00"),
    ),
    "paid from the inner account": tale("matched", "0", "согласны", payments=came("100.00", is_inner=True)),
    "paid back": tale("matched", "0", "согласны", payments=[back("100.00")]),
    "paid back to the inner account": tale("matched", "0", "согласны", payments=came("100.00", returned="Y")),
    "paid back before it was shipped": tale("matched", "0", "согласны", payments=[BACK_EARLY]),
    "paid back before it was shipped, and paid again": tale(
        "matched", "0", "согласны", payments=[BACK_EARLY, *PAID]
    ),
    "paid, paid back and paid again": tale(
        "matched", "0", "согласны", payments=[back("100.00"), *came("100.00", on="2026-10-03T19:00")]
    ),
    "waits for shipping": tale("not_due", "0", "пока не требуется", shipments=WAITING, payments=PAID),
    "costs nothing": tale("not_due", "0", "пока не требуется", lines=[line("0.00")]),
    "skipped by a setting": tale("not_due", "0", "исключён настройками", status="DR"),
    "cancelled": tale("not_due", "0", "отменён до", cancelled=True, shipments=WAITING),
    "cancelled though shipped": tale("not_due", "0", "отменён, хотя отгружен", cancelled=True),
    "cancelled after posting": tale(
        "cancelled_after_posting",
        "100.00",
        "отменён, а в учёте стоит реализация № ",
        payments=PAID,
        then={"later": {"cancelled": True}},
    ),
    "cancelled after posting, and deleted in the books": tale(
        "not_due", "0", "в учёте больше нет", then={"later": {"cancelled": True}, "shown": None}
    ),
    "dearer after posting": tale(
        "changed_after_posting",
        "20.00",
        "изменён после проведения: реализация № ",
        then={"later": {"lines": [line("120.00")]}},
    ),
    "unshipped after posting": tale(
        "changed_after_posting", "-100.00", "изменён", then={"later": {"shipments": WAITING}}
    ),
    "a wrong INN": tale("held", "100.00", "ИНН «123» не проходит проверку", inn="123"),
    "refused by the books": tale(
        "held", "100.00", "учёт отказал", payments=PAID, then={"refusals": {"sale": REFUSED}}
    ),
    "the answer was lost": tale(
        "unknown", "100.00", "потерян: реализация № ", payments=PAID, then={"refusals": {"sale": LOST}}
    ),
    "the answer to a payment was lost": tale(
        "unknown", "100.00", "потерян: оплата", payments=PAID, then={"refusals": {"payment": LOST}}
    ),
    "not sent yet": tale(
        "document_missing", "100.00", "нет в учёте: реализация № ", then={"refusals": {"sale": BUSY}}
    ),
    "never expected": tale(
        "document_missing",
        "100.00",
        "нет в учёте: реализация № ",
        shipments=WAITING,
        then={"unseen": {"shipments": [shipment()]}},
    ),
    "deleted in the books": tale(
        "document_missing", "100.00", "нет в учёте: реализация № ", payments=PAID, then={"shown": None}
    ),
    "cancelled in the books": tale(
        "document_missing", "100.00", "нет в учёте", then={"shown": {"status": "cancelled"}}
    ),
    "another sum in the books": tale(
        "document_differs", "-0.01", "(сумма)", payments=PAID, then={"shown": roubles(total="99.99")}
    ),
    "another VAT in the books": tale(
        "document_differs", "-1.36", "(НДС)", then={"shown": roubles(vat="16.67")}
    ),
    "another day in the books": tale(
        "document_differs", "0", "(дата)", then={"shown": {"issued_on": date(2026, 11, 3)}}
    ),
    "another buyer in the books": tale(
        "document_differs", "0", "(покупатель)", then={"shown": {"counterparty_id": "somebody"}}
    ),
    "the payment was refused": tale(
        "payment_missing",
        "100.00",
        "не записана в учёт; учёт отказал",
        payments=PAID,
        then={"refusals": {"payment": REFUSED}},
    ),
    "one of two payments was refused": tale(
        "payment_missing",
        "60.00",
        "не записана",
        payments=came("40.00", "60.00"),
        then={"refusals": {"payment:{id}04": REFUSED}},
    ),
    "one payment was refused, the other went back": tale(
        "payment_missing",
        "60.00",
        "не записана",
        payments=[back("40.00"), *came("60.00")],
        then={"refusals": {"payment:{id}04": REFUSED}},
    ),
    "paid in the closed period": tale(
        "payment_missing", "100.00", "закрыт по 30.09.2026", payments=came("100.00", on="2026-09-30T12:00")
    ),
    "paid in the books only": tale(
        "paid_in_books_only", "30.00", "в магазине оплаты нет", then={"shown": roubles(paid="30.00")}
    ),
    "not paid any more in the shop": tale(
        "paid_in_books_only",
        "100.00",
        "в магазине оплаты нет",
        payments=PAID,
        then={"later": {"payments": came("100.00", paid=False)}},
    ),
    "the payment was deleted in the books": tale(
        "payment_missing", "100.00", "больше нет", payments=PAID, then={"shown": roubles(paid="0.00")}
    ),
    "a second payment in the books": tale(
        "amount_differs", "100.00", "разные", payments=PAID, then={"shown": roubles(paid="200.00")}
    ),
    "another sum of the payment in the books": tale(
        "amount_differs", "-10.00", "разные", payments=PAID, then={"shown": roubles(paid="90.00")}
    ),
    "a refund in the books alone": tale(
        "amount_differs",
        "-40.00",
        "возврат, которого нет в магазине",
        payments=PAID,
        then={"shown": roubles(paid="100.00", refunded="40.00")},
    ),
    "overpaid": tale("overpaid", "0.10", "больше суммы заказа", payments=came("100.10")),
    "the refund was refused": tale(
        "refund_open",
        "100.00",
        "возврата нет; учёт отказал",
        payments=[back("100.00")],
        then={"refusals": {"refund": REFUSED}},
    ),
    "one of two payments went back, and its refund was refused": tale(
        "refund_open",
        "40.00",
        "возврата нет",
        payments=[back("40.00"), *came("60.00")],
        then={"refusals": {"refund": REFUSED}},
    ),
    "paid back without a date, and the refund was refused": tale(
        "refund_open",
        "100.00",
        "возврата нет",
        payments=[back("100.00", returned=None)],
        then={"refusals": {"refund": REFUSED}},
    ),
}

WITH_BILLS = {
    "paid before it was shipped": tale("matched", "0", "согласны", shipments=WAITING, payments=PAID),
    "shipped and paid": tale("matched", "0", "согласны", payments=PAID),
}

ELBA_OAUTH = {
    "paid here and there": tale(
        "matched", "0", "согласны", payments=PAID, then={"shown": roubles(paid="100.00")}
    ),
    "not paid": tale("matched", "0", "согласны", then={"shown": roubles(paid="0.00")}),
    "paid in the shop only": tale(
        "paid_in_shop_only",
        "100.00",
        "отметьте оплату счёта",
        payments=PAID,
        then={"shown": roubles(paid="0.00")},
    ),
    "paid in the books only": tale(
        "paid_in_books_only", "100.00", "в магазине оплаты нет", then={"shown": roubles(paid="100.00")}
    ),
    "paid otherwise in the books": tale(
        "amount_differs", "-40.00", "разные", payments=PAID, then={"shown": roubles(paid="60.00")}
    ),
    "overpaid here and there": tale(
        "overpaid", "5.00", "больше суммы", payments=came("105.00"), then={"shown": roubles(paid="105.00")}
    ),
    "overpaid, and the bill is paid": tale(
        "overpaid", "5.00", "больше суммы", payments=came("105.00"), then={"shown": roubles(paid="100.00")}
    ),
    "paid back": tale("refund_open", "100.00", "вручную", payments=[back("100.00")]),
}

ELBA_PUBLIC = {
    "paid here and there": tale(
        "matched", "0", "согласны", payments=PAID, then={"shown": {"status": "paid"}}
    ),
    "not paid": tale("matched", "0", "согласны", then={"shown": {"status": "notPaid"}}),
    "overdue": tale("matched", "0", "согласны", then={"shown": {"status": "overdue"}}),
    "paid in the shop only": tale(
        "paid_in_shop_only", "100.00", "отметьте", payments=PAID, then={"shown": {"status": "notPaid"}}
    ),
    "paid in the books only": tale(
        "paid_in_books_only", "100.00", "оплаты нет", then={"shown": {"status": "paid"}}
    ),
    "partly paid, and nobody says how much": tale(
        "not_checked",
        "0",
        "оплат этот учёт не показывает",
        payments=PAID,
        then={"shown": {"status": "partiallyPaid"}},
    ),
    "deleted in the books": tale("document_missing", "100.00", "нет в учёте: счёт № ", then={"shown": None}),
}

BLIND = {
    "shipped and paid": tale("not_checked", "0", "прочитать их обратно", payments=PAID),
    "shipped and not paid": tale("not_checked", "0", "прочитать их обратно"),
    "overpaid": tale("overpaid", "1.00", "больше суммы", payments=came("101.00")),
    "a wrong INN": tale("held", "100.00", "ИНН", inn="123"),
    "waits for shipping": tale("not_due", "0", "пока не требуется", shipments=WAITING),
}

MONEY = ("payments", "payments_list", "refunds")
BOOKS = {
    "kontur": (KONTUR, (), ["sale", "act"]),
    "kontur with bills": (WITH_BILLS, (), ["bill", "sale"]),
    "elba oauth": (ELBA_OAUTH, MONEY, ["bill"]),
    "elba public": (ELBA_PUBLIC, (*MONEY, "search_documents"), ["bill"]),
    "elba without eyes": (BLIND, (*MONEY, "search_documents"), ["sale"]),
}


@pytest.fixture(scope="module")
def days(open_books):
    """Live through a day of all tales in each of the books; return how it was reconciled."""
    settings = {"closed_through": "2026-09-30", "shop": {"skip_statuses": ["DR"]}}
    return {
        system: live(tales, open_books(*without, system=system, documents=kinds, **settings))
        for system, (tales, without, kinds) in BOOKS.items()
    }


def live(tales, keeping):
    told = {str(1001 + n): tale for n, tale in enumerate(tales.values())}
    for id_, each in told.items():
        keeping.books.refuse(id_, {mark.format(id=id_): error for mark, error in each.refusals.items()})
    keeping.sync(*[each.order(id_) for id_, each in told.items()])
    keeping.sync(*[each.order(id_, **each.later) for id_, each in told.items() if each.later])
    for id_, each in told.items():
        keeping.books.meddle(id_, each.shown)
    return keeping.reconcile(*[each.order(id_, **each.later, **each.unseen) for id_, each in told.items()])


@pytest.mark.parametrize(
    ("system", "place", "told"),
    [
        pytest.param(system, place, each, id=f"{system}: {name}")
        for system, (tales, _, _) in BOOKS.items()
        for place, (name, each) in enumerate(tales.items())
    ],
)
def test_an_order_ends_as_its_tale_must(days, system, place, told):
    row = days[system].orders[place]

    assert (row.outcome, row.difference) == (told.outcome, Decimal(told.difference))
    assert told.words in row.explanation


def test_every_outcome_of_an_order_has_a_tale():
    told = {each.outcome for tales, _, _ in BOOKS.values() for each in tales.values()}

    assert set(Outcome) - told == {Outcome.FOREIGN}


@pytest.mark.parametrize("system", BOOKS)
def test_the_outcomes_sum_up_to_what_the_shop_sold(days, system):
    orders = [each.order("1", **each.later)["orders"][0] for each in BOOKS[system][0].values()]

    assert sum(row.total for row in days[system].orders) == sum(row["price"] for row in orders)
    assert len({row.order_id for row in days[system].orders}) == len(orders)


def test_what_the_books_cannot_show_is_never_matched(days):
    rows = days["elba without eyes"].orders

    assert Outcome.MATCHED not in {row.outcome for row in rows}
    assert {document.seen for row in rows for document in row.documents} == {Seen.NOT_CHECKED}
    assert {row.paid_in_books for row in rows} == {None}


@pytest.mark.parametrize("system", BOOKS)
def test_nothing_is_foreign_while_every_document_is_explained(days, system):
    assert days[system].foreign == ()


def test_a_day_without_orders_has_no_outcomes(open_books):
    day = open_books().reconcile()

    assert (day.orders, day.foreign) == ((), ())

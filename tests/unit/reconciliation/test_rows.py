"""What the report shows of an order: its documents and money, each with what is known of it (DESIGN R12)."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.builders import at, line, order, payment, shipment

from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.errors import RejectedError
from bookkeeping.ledger import ShopMemory
from bookkeeping.outcomes import Seen
from bookkeeping.reconciliation.rows import FROM_CREDIT

PAYMENT, REFUND = MoneyKind.PAYMENT, MoneyKind.REFUND


def row_of(keeping, made):
    keeping.sync(made)
    (row,) = keeping.reconcile(made).orders
    return row


def money(row):
    return [(each.kind, str(each.amount), str(each.recorded), each.status, each.note) for each in row.money]


def back(on, returned):
    return payment("100.00", on, returned="P", returned_at=at(returned))


@pytest.fixture(scope="module")
def many(open_books):
    """A day of several orders in books that can do everything, by the orders' ids."""
    half = [shipment({0: "1"}), shipment({0: "1"}, shipped=None)]
    orders = {
        "1001": order(line(), payments=[payment("100.00")], placed_at="2026-10-01T23:30:00+00:00"),
        "1002": order(line(), order_id="1002", inn="123"),
        "1003": order(line("50.00", "2"), order_id="1003", shipments=half, payments=[payment("100.00")]),
        "1004": order(line(), order_id="1004", payments=[back("2026-10-02T12:00", "2026-10-03T12:00")]),
        "1005": order(line(), order_id="1005", payments=[back("2026-10-01T12:00", "2026-10-02T12:00")]),
        "1006": order(line(), order_id="1006", payments=[payment("100.00", returned="Y")]),
        "1007": order(line(), order_id="1007", payments=[payment("100.00", is_inner=True)]),
        "1008": order(line(), order_id="1008", payments=[back("2026-10-02T12:00", "2026-10-03T12:00")]),
        "1009": order(line(), order_id="1009", cancelled=True, payments=[payment("100.00")]),
        "1010": order(line(), order_id="1010"),
    }
    keeping = open_books(documents=["sale"])
    keeping.books.refuse("1008", {"refund": RejectedError("нельзя", reason=HoldReason.MANUAL_REQUIRED)})
    keeping.sync(*orders.values())
    keeping.books.meddle("1010", {"number": "42"})
    return {row.order_id: row for row in keeping.reconcile(*orders.values()).orders}


def test_an_order_says_when_it_was_placed_by_whom_and_for_how_much(many):
    row = many["1001"]

    assert (row.number, row.placed_on, row.buyer) == ("1001/26", date(2026, 10, 2), "ООО «Вектор»")
    assert {row.total, row.documents_total, row.paid_in_shop, row.paid_in_books} == {Decimal("100.00")}


def test_a_posted_document_is_shown_with_its_id_and_what_the_books_say(many):
    (document,) = many["1001"].documents

    assert (document.key, document.kind, document.status) == (
        "romashka/sale/1001/100107",
        DocumentKind.SALE,
        Status.POSTED,
    )
    assert document.external_id
    assert (document.seen, document.total, document.books_total) == (
        Seen.YES,
        Decimal("100.00"),
        Decimal("100.00"),
    )
    assert (document.vat, document.issued_on) == (Decimal("18.03"), date(2026, 10, 3))


def test_a_held_document_is_shown_with_its_reason_and_is_not_in_the_total(many):
    (document,) = many["1002"].documents

    assert (document.status, document.reason, document.seen) == (
        Status.HELD,
        HoldReason.INN_INVALID,
        Seen.NOT_CHECKED,
    )
    assert "123" in document.detail
    assert many["1002"].documents_total == 0


@pytest.mark.parametrize(
    ("order_id", "rows"),
    [
        pytest.param("1001", [(PAYMENT, "100.00", "100.00", Status.POSTED, "")], id="recorded"),
        pytest.param(
            "1003",
            [(PAYMENT, "100.00", "50.00", Status.POSTED, "остаток ждёт документа как аванс")],
            id="half of it an advance",
        ),
        pytest.param(
            "1004",
            [
                (PAYMENT, "100.00", "100.00", Status.POSTED, ""),
                (REFUND, "100.00", "100.00", Status.POSTED, ""),
            ],
            id="refunded",
        ),
        pytest.param(
            "1005",
            [
                (PAYMENT, "100.00", "0", None, "вернулось раньше, чем попало в учёт"),
                (REFUND, "100.00", "0", None, "вернулось раньше, чем попало в учёт"),
            ],
            id="returned before its document",
        ),
        pytest.param(
            "1006",
            [
                (
                    PAYMENT,
                    "100.00",
                    "100.00",
                    Status.POSTED,
                    "возвращено на внутренний счёт покупателя: деньги остались в магазине",
                )
            ],
            id="returned to the inner account",
        ),
        pytest.param(
            "1007",
            [(PAYMENT, "100.00", "0", None, FROM_CREDIT)],
            id="from the inner account",
        ),
        pytest.param(
            "1008",
            [
                (PAYMENT, "100.00", "100.00", Status.POSTED, ""),
                (REFUND, "100.00", "0", Status.HELD, "нельзя"),
            ],
            id="the refund is a person's task",
        ),
        pytest.param(
            "1009",
            [(PAYMENT, "100.00", "0", None, "остаток ждёт документа как аванс")],
            id="a cancelled order's advance",
        ),
    ],
)
def test_money_is_shown_with_what_became_of_it(many, order_id, rows):
    assert money(many[order_id]) == rows


def test_money_that_went_back_is_not_counted_as_paid(many):
    assert (many["1004"].paid_in_shop, many["1004"].paid_in_books) == (0, 0)


def test_books_that_take_no_payments_leave_them_to_the_accountant(open_books):
    keeping = open_books("payments", "payments_list", "refunds", documents=["bill"])

    row = row_of(keeping, order(line(), payments=[payment("100.00")]))

    assert money(row) == [(PAYMENT, "100.00", "0", None, "этот учёт не принимает оплаты: запишите вручную")]


def test_a_number_that_the_books_gave_is_the_one_shown(many):
    assert [document.number for document in many["1010"].documents] == ["42"]


def test_the_days_warnings_come_with_it_and_no_other_days(open_books):
    keeping = open_books(documents=["sale"])
    memory = ShopMemory(keeping.ledger)
    memory.warn("romashka", date(2026, 10, 3), "few_orders", "заказов 0")
    memory.warn("romashka", date(2026, 10, 4), "few_orders", "заказов 1")
    memory.warn("vasilek", date(2026, 10, 3), "few_orders", "заказов 2")

    assert keeping.reconcile(order(line())).warnings == (("few_orders", "заказов 0"),)

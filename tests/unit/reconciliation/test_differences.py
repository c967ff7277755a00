"""What changed after posting, or was cancelled, is reported line by line and to the kopeck (DESIGN R10)."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from tests.unit.builders import line, order, service, shipment

from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.errors import OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger.tables import contents
from bookkeeping.outcomes import Outcome, Sums
from bookkeeping.transforms.revisions import Change

LAMP = line("50.00", "3", name="Лампа", vat="0.10")
CANCELLED = "cancelled_after_posting"


def told(row):
    return [(each.change, each.name, str(each.total), str(each.vat)) for each in row.differences]


def total_of(row):
    return sum(each.total for each in row.differences), sum(each.vat for each in row.differences)


@pytest.fixture(scope="module")
def live(open_books):
    """Sync an order, then what became of it; return how the day ends for it."""

    def tell(was, became, *without, **settings):
        keeping = open_books(*without, **({"documents": ["sale", "act"]} | settings))
        keeping.sync(was)
        keeping.sync(became)
        (row,) = keeping.reconcile(became).orders
        return row

    return tell


CASES = {
    "a line more": (
        order(line()),
        order(line(), LAMP),
        [(Change.ADDED, "Лампа", "150.00", "13.64")],
        "разница +150.00 ₽, в том числе НДС +13.64 ₽",
    ),
    "a line less": (
        order(line(), LAMP),
        order(line()),
        [(Change.REMOVED, "Лампа", "-150.00", "-13.64")],
        "разница -150.00 ₽, в том числе НДС -13.64 ₽",
    ),
    "a quantity": (
        order(line(), LAMP),
        order(line(quantity="4"), LAMP),
        [(Change.CHANGED, "Чайник", "300.00", "54.10")],
        "разница +300.00 ₽, в том числе НДС +54.10 ₽",
    ),
    "a rate": (
        order(line()),
        order(line(vat="0.10")),
        [(Change.CHANGED, "Чайник", "0.00", "-8.94")],
        "сумма прежняя, НДС -8.94 ₽",
    ),
    "one thing for another of the same price": (
        order(line()),
        order(line(name="Самовар")),
        [(Change.REMOVED, "Чайник", "-100.00", "-18.03"), (Change.ADDED, "Самовар", "100.00", "18.03")],
        "сумма прежняя",
    ),
    "the order of the lines alone": (order(line(), LAMP), order(LAMP, line()), [], ""),
    "a line of the sale and one of the act": (
        order(line(), service("70.00")),
        order(line("110.00"), service("60.00")),
        [(Change.CHANGED, "Сборка", "-10.00", "-1.80"), (Change.CHANGED, "Чайник", "10.00", "1.81")],
        "сумма прежняя, НДС +0.01 ₽",
    ),
    "delivery": (
        order(line(), shipments=[shipment(delivery="300.00")]),
        order(line(), shipments=[shipment(delivery="350.00")]),
        [(Change.CHANGED, "Доставка", "50.00", "9.01")],
        "разница +50.00 ₽, в том числе НДС +9.01 ₽",
    ),
    "nothing is shipped any more": (
        order(line(), LAMP),
        order(line(), LAMP, shipments=[shipment(shipped=None)]),
        [(Change.REMOVED, "Чайник", "-100.00", "-18.03"), (Change.REMOVED, "Лампа", "-150.00", "-13.64")],
        "разница -250.00 ₽, в том числе НДС -31.67 ₽",
    ),
    "it was shipped on another day": (
        order(line()),
        order(line(), shipments=[shipment(shipped="2026-10-02T12:00")]),
        [(Change.DATE, "", "0", "0")],
        "сумма прежняя",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_change_is_told_line_by_line_and_summed_up_in_words(live, case):
    was, became, rows, words = case
    row = live(was, became)

    assert told(row) == rows
    assert words in row.explanation
    assert row.difference == total_of(row)[0]
    if rows:
        assert row.outcome is Outcome.CHANGED_AFTER_POSTING


def test_before_and_after_are_the_lines_themselves(live):
    (row,) = live(order(line(quantity="2")), order(line("90.00", "2"))).differences

    assert (row.number, row.kind) == ("1001/26", "sale")
    assert (row.before.quantity, row.before.price, row.before.total) == (2, Decimal(100), Decimal(200))
    assert (row.after.quantity, row.after.price, row.after.vat_rate) == (2, Decimal(90), VatRate.VAT22)


def test_another_buyer_is_told_by_keys(live):
    (row,) = live(order(line()), order(line(), inn="7736207543", kpp="773601001")).differences

    assert (row.change, row.after) == (Change.BUYER, "inn:7736207543:773601001")


def test_a_bills_last_day_of_payment_is_a_difference(live):
    bill = {"documents": ["bill"]}
    was = order(line(), placed_at="2026-10-01T10:00")
    row = live(was, order(line(), placed_at="2026-10-02T10:00"), **bill)

    assert {each.change for each in row.differences} <= {Change.DATE, Change.PAY_BY}
    assert (Change.DATE, date(2026, 10, 1), date(2026, 10, 2)) in [
        (each.change, each.before, each.after) for each in row.differences
    ]


def test_what_cannot_be_sent_as_it_is_now_says_why(live):
    row = live(order(line()), order(line("120.00"), inn="123"))

    assert row.outcome is Outcome.CHANGED_AFTER_POSTING
    assert "ИНН «123»" in row.explanation


def test_a_cancelled_order_is_told_with_the_lines_that_stand(live):
    goods = (line(), LAMP, service("70.00", vat=None))
    row = live(order(*goods), order(*goods, cancelled=True))

    assert (row.outcome, row.difference) == (Outcome.CANCELLED_AFTER_POSTING, Decimal("320.00"))
    assert "акт № 1001/26, реализация № 1001/26: 320.00 ₽, в том числе НДС 31.67 ₽" in row.explanation
    assert told(row) == [
        (Change.REMOVED, "Сборка", "-70.00", "0.00"),
        (Change.REMOVED, "Чайник", "-100.00", "-18.03"),
        (Change.REMOVED, "Лампа", "-150.00", "-13.64"),
    ]
    assert total_of(row) == (
        -sum(document.total for document in row.documents),
        -sum(document.vat for document in row.documents),
    )


@pytest.mark.parametrize("shipments", [[shipment(shipped=None)], None], ids=["waiting", "shipped"])
def test_an_order_that_was_cancelled_before_posting_has_no_document_and_misses_none(open_books, shipments):
    cancelled = order(line(), cancelled=True, **({"shipments": shipments} if shipments else {}))
    keeping = open_books(documents=["bill", "sale"])
    keeping.sync(cancelled)
    (row,) = keeping.reconcile(cancelled).orders

    assert (row.outcome, row.difference, row.documents, row.differences) == (Outcome.NOT_DUE, 0, (), ())
    assert keeping.books.documents == {}


def test_a_document_that_waited_when_its_order_was_cancelled_is_neither_sent_nor_missed(open_books):
    keeping = open_books(documents=["sale"])
    keeping.books.refuse("1001", {"sale": TransientError("подождите")})
    keeping.sync(order(line()))
    keeping.sync(order(line(), cancelled=True))
    (row,) = keeping.reconcile(order(line(), cancelled=True)).orders

    assert (row.outcome, row.documents, row.differences) == (Outcome.NOT_DUE, (), ())


def test_what_is_gone_from_the_books_does_not_differ_any_more(open_books):
    keeping = open_books(documents=["sale"])
    keeping.sync(order(line()))
    keeping.sync(order(line(), cancelled=True))
    keeping.books.meddle("1001", None)
    (row,) = keeping.reconcile(order(line(), cancelled=True)).orders

    assert (row.outcome, row.differences) == (Outcome.NOT_DUE, ())


@pytest.mark.parametrize(
    ("became", "rows", "outcome"),
    [
        (order(line("120.00")), [(Change.ADDED, "Чайник", "120.00", "21.64")], "changed_after_posting"),
        (order(line(), shipments=[shipment(shipped=None)]), [], "matched"),
    ],
    ids=["asked for otherwise", "asked for no more"],
)
def test_of_a_document_that_is_gone_all_that_is_due_is_missing(open_books, became, rows, outcome):
    keeping = open_books(documents=["sale"])
    keeping.sync(order(line()))
    keeping.sync(became)
    keeping.books.meddle("1001", None)
    (row,) = keeping.reconcile(became).orders

    assert (row.outcome, told(row)) == (outcome, rows)
    assert row.difference == sum(each.total for each in row.differences)


def forget_contents(keeping):
    """Make the ledger one from before it kept contents."""
    with keeping.ledger.engine.begin() as tx:
        tx.execute(sa.delete(contents))


@pytest.mark.parametrize(
    ("became", "after", "difference"),
    [
        (order(line("120.00")), Sums(Decimal("120.00"), Decimal("21.64")), ("20.00", "3.61")),
        (order(line(), cancelled=True), None, ("-100.00", "-18.03")),
    ],
    ids=["changed", "cancelled"],
)
def test_of_a_document_from_before_contents_were_kept_the_sums_are_told(
    open_books, became, after, difference
):
    keeping = open_books(documents=["sale"])
    keeping.sync(order(line()))
    forget_contents(keeping)
    keeping.sync(became)
    (row,) = keeping.reconcile(became).orders
    (whole,) = row.differences

    assert (whole.change, whole.name) == (Change.WHOLE, "")
    assert (whole.before, whole.after) == (Sums(Decimal("100.00"), Decimal("18.03")), after)
    assert (str(whole.total), str(whole.vat)) == difference
    assert abs(row.difference) == abs(whole.total)


def test_unknown_lines_are_called_unknown(open_books):
    keeping = open_books(documents=["sale"])
    keeping.sync(order(line()))
    forget_contents(keeping)
    keeping.sync(order(line("120.00")))
    (row,) = keeping.reconcile(order(line("120.00"))).orders

    assert "прежние строки неизвестны" in row.explanation


def test_of_what_was_adopted_otherwise_the_sums_are_told_as_the_books_show_them(open_books):
    first, again = open_books(documents=["sale"]), open_books(documents=["sale"])
    first.sync(order(line()))
    first.books.meddle("1001", {"total": Decimal("99.99"), "vat": None})
    again.books = first.books
    again.sync(order(line()))
    (row,) = again.reconcile(order(line())).orders
    (whole,) = row.differences

    assert (whole.before, whole.total, whole.vat) == (
        Sums(Decimal("99.99"), None),
        Decimal("0.01"),
        None,
    )
    assert (row.outcome, row.difference) == (Outcome.CHANGED_AFTER_POSTING, Decimal("0.01"))
    assert "разница +0.01 ₽; прежние строки неизвестны" in row.explanation


def test_an_order_that_agrees_has_no_differences(live):
    row = live(order(line(), LAMP), order(line(), LAMP))

    assert (row.outcome, row.differences) == (Outcome.MATCHED, ())


BECAME = {
    "dearer": order(line("120.00"), LAMP),
    "another buyer": order(line(), inn="7736207543", kpp="773601001"),
    "shipped on another day": order(line(), shipments=[shipment(shipped="2026-10-02T12:00")]),
    "not shipped": order(line(), shipments=[shipment(shipped=None)]),
    "cancelled": order(line(), cancelled=True),
}


@pytest.mark.parametrize("became", BECAME.values(), ids=BECAME)
def test_after_a_change_was_sent_nothing_differs(live, became):
    row = live(order(line(), LAMP), became, on_change="update")

    assert row.outcome in {Outcome.MATCHED, Outcome.NOT_DUE}
    assert row.differences == ()


@pytest.mark.parametrize(
    ("start", "became"),
    [("update", BECAME["dearer"]), ("cancel", BECAME["cancelled"])],
    ids=["update", "cancellation"],
)
def test_what_the_books_did_not_let_be_changed_says_why(open_books, start, became):
    keeping = open_books(documents=["sale"], on_change="update")
    keeping.books.refuse(
        "1001", {start: RejectedError("документ оплачен", reason=HoldReason.CHANGED_AFTER_POSTING)}
    )
    keeping.sync(order(line()))
    keeping.sync(became)
    (row,) = keeping.reconcile(became).orders

    assert row.explanation.endswith("; документ оплачен")
    assert row.differences


def test_a_change_whose_answer_was_lost_may_be_in_the_books_already(open_books):
    keeping = open_books(documents=["sale"], on_change="update")
    keeping.books.refuse("1001", {"update": OutcomeUnknownError("нет ответа")})
    keeping.sync(order(line()))
    keeping.sync(BECAME["dearer"])
    (row,) = keeping.reconcile(BECAME["dearer"]).orders

    assert row.explanation.endswith("возможно, оно уже в учёте")


def test_a_document_that_the_books_numbered_is_called_by_their_number(open_books):
    keeping = open_books(documents=["act"])
    keeping.sync(order(service("70.00")))
    keeping.sync(order(service("80.00")))
    keeping.books.meddle("1001", {"number": "42"})
    (row,) = keeping.reconcile(order(service("80.00"))).orders

    assert [each.number for each in row.differences] == ["42"]

"""States that are right, however odd: a report explains them, adds up, and raises no false alarm."""

from datetime import date
from decimal import Decimal

import pytest
from tests.acceptance.office import DAY
from tests.acceptance.till import GUEST, goods, service

from bookkeeping.domain import DocumentKind, Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.outcomes import Outcome
from bookkeeping.reconciliation import reconcile
from bookkeeping.storage import read_documents, read_shop

RETURN_DAY = date(2026, 11, 25)
RETURNED_ON = "2026-11-25T12:00"


@pytest.fixture
def office(new_kontur, sandbox):
    return new_kontur(sandbox, documents=["sale", "act"])


def ends(told):
    return [(row.outcome.value, row.difference) for row in told.orders]


def test_what_another_run_posts_meanwhile_is_left_to_its_own_report(office, till, monkeypatch):
    till.sell(goods("100.00"))
    office._extract(DAY, office._midnight_after(DAY))
    office._transform(office._midnight_after(DAY))
    books, other_run = office.open_books(), office.poster(office.open_books())
    listed = books.list_documents

    def list_after_another_run(*asked):
        other_run.post_documents(read_documents(office.staging, 0))
        return listed(*asked)

    monkeypatch.setattr(books, "list_documents", list_after_another_run)
    monkeypatch.setattr(office, "open_books", lambda: books)
    told = office.reconcile()
    assert ends(told) == [("document_missing", Decimal("100.00"))]
    assert told.foreign == ()


def test_a_document_whose_answer_was_lost_is_no_double(office, till, sandbox):
    till.sell(goods("100.00"))
    sandbox.breaks("timeout_after", "*/saleinvoices", times=1)
    with pytest.raises(OutcomeUnknownError):
        office.sync()
    told = office.reconcile()
    assert (len(office.rows("documents")), told.orders[0].outcome) == (1, Outcome.UNKNOWN)
    assert told.foreign == ()


def test_a_summary_that_was_redated_by_hand_is_explained_on_its_own_day(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"], individuals="daily_summary")
    paid, _ = till.sell(goods("100.00"), buyer=GUEST), till.sell(goods("100.00"), buyer=GUEST)
    office.sync()
    book = sandbox.parts.shelf.books["kontur"]
    (row,) = book.rows("documents")
    book.replace("documents", row | {"date": "2026-10-05"})
    till.take(paid, on="2026-10-05T12:00")
    office.sync(date(2026, 10, 5))

    told = office.reconcile(date(2026, 10, 5))
    assert [row.outcome for row in told.orders] == [Outcome.DOCUMENT_DIFFERS]
    assert told.foreign == ()


def test_an_older_day_after_a_later_return_and_refund_is_at_peace(office, till):
    order = till.sell(goods("100.00", "3"))
    payments = [till.take(order, "200.00"), till.take(order, "100.00")]
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    till.give_back(payments[0], on=RETURNED_ON)
    office.sync(RETURN_DAY)
    assert ends(office.reconcile(RETURN_DAY)) == [("matched", 0)]
    office._extract(DAY, office._midnight_after(DAY))
    assert ends(office.reconcile()) == [("matched", 0)]


def test_a_buyer_who_pays_for_goods_that_came_back_has_paid_too_much(office, till):
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    till.take(order, "300.00", on="2026-11-26T12:00")
    office.sync(date(2026, 11, 26))
    assert ends(office.reconcile(date(2026, 11, 26))) == [("overpaid", Decimal("200.00"))]


def test_numbers_that_the_books_give_are_nobodys(new_elba, sandbox, till):
    """An act's number is the server's: a bill by hand with it, or an act with an order's, is not ours."""
    office = new_elba(sandbox)
    order = till.sell(service("100.00"))
    office.sync()
    book = sandbox.parts.shelf.books["elba_oauth"]
    (act,), (bill,) = book.rows("acts"), book.rows("invoices")
    assert act["number"] != bill["number"] == order.account_number
    by_hand = {"comment": "by hand", "id": "by-hand"}
    book.add("invoices", bill | by_hand | {"number": act["number"]})
    book.add("acts", act | by_hand | {"number": bill["number"]})
    assert office.reconcile().foreign == ()

    book.add("invoices", bill | by_hand | {"id": "with-our-number"})
    assert [row.external_id for row in office.reconcile().foreign] == ["with-our-number"]


def test_two_companies_in_one_account_of_the_books_are_no_strangers(new_kontur, sandbox, till):
    till.sell(goods("100.00"))
    one = new_kontur(sandbox, documents=["sale"])
    other = new_kontur(sandbox, documents=["sale"], id="vasilek")
    sandbox.behaves(**{"kontur.unique_numbers": "off"})
    one.sync()
    mark = sandbox.parts.shelf.books["kontur"].rows("documents")[0]
    sandbox.parts.shelf.books["kontur"].remove("documents", mark["id"])
    other.sync()
    sandbox.parts.shelf.books["kontur"].add("documents", mark)

    for office in (one, other):
        told = office.reconcile()
        assert (ends(told), told.foreign) == ([("matched", 0)], ())


@pytest.mark.parametrize("stands", [True, False])
def test_an_order_that_the_shop_has_no_more_is_named_as_long_as_its_document_stands(office, till, stands):
    till.sell(goods("100.00"))
    office.sync()
    book = office.sandbox.parts.shelf.books["kontur"]
    if not stands:
        book.remove("documents", book.rows("documents")[0]["id"])
    nothing, end = read_shop(office.staging).only([]), office._midnight_after(DAY)
    told = reconcile(nothing, office.company, DAY, end, office.ledger, office.open_books())
    assert (told.orders, [row.total for row in told.foreign]) == ((), [Decimal("100.00")] * stands)


def test_a_bill_beside_returned_goods_is_changed_and_not_returned(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["bill", "sale"])
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    item = sandbox.parts.shop.basket_items.of(order.id)[0]
    item.quantity, order.price = Decimal(1), Decimal("100.00")
    office.sync(RETURN_DAY)
    (row,) = office.reconcile(RETURN_DAY).orders
    assert (row.outcome, row.difference) == (Outcome.CHANGED_AFTER_POSTING, Decimal("-200.00"))
    assert "заказ изменён после проведения: счёт" in row.explanation
    statuses = {each.kind: each.status for each in row.documents}
    assert statuses == dict.fromkeys((DocumentKind.BILL, DocumentKind.SALE), Status.POSTED)

"""The ledger learns what is due, and tells what stands in the books and how much money is on it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bookkeeping.companies import Company
from bookkeeping.domain import (
    DocumentKind,
    HoldReason,
    MoneyKey,
    MoneyKind,
    MoneyRecord,
    Status,
)
from bookkeeping.due import known_counterparties, posted_documents, remember_documents, remember_money
from bookkeeping.errors import OutcomeUnknownError, RejectedError
from bookkeeping.ledger import Due
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.payments import Payment, refunds, spread

ROMASHKA = Company.model_validate(
    {
        "id": "romashka",
        "title": "ООО «Ромашка»",
        "inn": "7707083893",
        "start_date": "2026-10-01",
        "closed_through": "2026-09-30",
        "books": {"system": "kontur"},
        "vat": [{"from": "2019-01-01", "mode": "standard"}],
        "documents": ["bill", "sale", "act"],
    }
)
THE_3RD = date(2026, 10, 3)
END_OF_THE_3RD = datetime(2026, 10, 3, 21, tzinfo=UTC)
"""Midnight in Moscow."""


def due_document(document, reason=None, detail=""):
    return DueDocument(document, reason, detail)


@pytest.fixture
def remember(ledger):
    def remember_all(*due, orders=("7",), before=END_OF_THE_3RD):
        remember_documents(ledger, ROMASHKA, due, orders, before)

    return remember_all


@pytest.fixture
def stand(ledger, remember):
    """Let documents stand in the books."""

    def post(*documents):
        remember(*map(due_document, documents), orders=[each.key.order_id for each in documents])
        for each in documents:
            ledger.bind(ledger.claim(str(each.key)), f"id of {each.key}")

    return post


@pytest.fixture
def pay(ledger):
    """Put money on a document; it ends as ``status`` says."""

    def put(document, payment_id, amount, status=Status.POSTED, kind=MoneyKind.PAYMENT):
        record = money(document, payment_id, amount, kind=kind)
        remember_money(ledger, ROMASHKA, [record])
        if status is Status.HELD:
            ledger.hold(str(record.key), HoldReason.REJECTED_BY_BOOKS, "нет")
        elif status is not Status.PENDING:
            attempt = ledger.claim(str(record.key))
        if status is Status.POSTED:
            ledger.bind(attempt, "money")
        if status is Status.UNKNOWN:
            ledger.release(attempt, OutcomeUnknownError("no answer"))
        return record

    return put


def money(document, payment_id="9", amount="990.00", paid_on=THE_3RD, kind=MoneyKind.PAYMENT, **changes):
    key = MoneyKey(kind, payment_id, document.key)
    return MoneyRecord(key, paid_on, Decimal(amount), is_cash=False, order_number="A-7", **changes)


def standing(ledger, orders=("7",), before=datetime(2026, 10, 4, 21, tzinfo=UTC)):
    return posted_documents(ledger, ROMASHKA, orders, before)


# Documents


def test_a_due_document_is_told_whole(ledger, remember, document):
    sale = document("7")

    remember(due_document(sale), before=datetime(2026, 10, 4, 21, tzinfo=UTC))

    entry = ledger.entry("romashka/sale/7/71")
    assert (entry.company, entry.kind, entry.order_id, entry.shipment_id) == ("romashka", "sale", "7", "71")
    assert (entry.number, entry.dated_on) == ("A-7", THE_3RD)
    assert (entry.total, entry.vat) == (sale.total, sale.vat)
    assert entry.counterparty_key == sale.counterparty.key
    assert entry.due_hash == due_document(sale).document.content_hash
    assert entry.status is Status.PENDING


def test_a_document_that_must_not_be_sent_is_held_with_its_words(ledger, remember, document):
    remember(due_document(document("7"), HoldReason.TOTAL_MISMATCH, "строки дают 9.00"))

    entry = ledger.entry("romashka/sale/7/71")
    assert (entry.reason, entry.detail) == (HoldReason.TOTAL_MISMATCH, "строки дают 9.00")


def test_remembering_a_day_again_changes_nothing(ledger, remember, document):
    due = [due_document(document("7")), due_document(document("7", kind=DocumentKind.BILL))]
    remember(*due)
    before = ledger.of_company("romashka")

    remember(*due)

    assert ledger.of_company("romashka") == before


def test_what_an_order_no_longer_asks_for_is_dropped_and_other_orders_are_left(ledger, remember, document):
    remember(due_document(document("7")), due_document(document("8")), orders=["7", "8"])

    remember(orders=["7"], before=datetime(2026, 10, 4, 21, tzinfo=UTC))

    assert [entry.order_id for entry in ledger.of_company("romashka")] == ["8"]


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_kind_of_document_can_be_dropped(ledger, remember, document, kind):
    remember(due_document(document("7", kind=kind, issued_on=date(2026, 10, 2))))

    remember()

    assert ledger.of_company("romashka") == []


def test_a_run_of_an_earlier_day_does_not_drop_what_a_later_one_found(ledger, remember, document):
    later = document("7", issued_on=date(2026, 10, 4))
    remember(due_document(later), before=datetime(2026, 10, 4, 21, tzinfo=UTC))

    remember(before=END_OF_THE_3RD)

    assert ledger.status_of(str(later.key)) is Status.PENDING


def test_a_day_ends_at_midnight_in_the_companys_zone(ledger, remember, document):
    remember(due_document(document("7", issued_on=THE_3RD)))

    remember(before=datetime(2026, 10, 3, 20, 59, tzinfo=UTC))
    assert len(ledger.of_company("romashka")) == 1

    remember(before=END_OF_THE_3RD)
    assert ledger.of_company("romashka") == []


def test_a_cancelled_order_leaves_its_posted_document_changed(ledger, remember, stand, document):
    sale = document("7", issued_on=date(2026, 10, 2))
    stand(sale)

    remember()

    assert ledger.entry(str(sale.key)).changed


def test_money_is_not_dropped_with_the_documents(ledger, remember, stand, pay, document):
    sale = document("7", issued_on=date(2026, 10, 2))
    stand(sale)
    record = pay(sale, "9", "10.00", Status.PENDING)

    remember()

    assert ledger.status_of(str(record.key)) is Status.PENDING


# Counterparties


def test_only_buyers_who_stand_in_the_books_are_known(ledger):
    def counterparty(name, company="romashka"):
        key = f"{company}/counterparty/{name}"
        ledger.expect([Due(key, company, "counterparty", counterparty_key=name)])
        return key

    ledger.bind(ledger.claim(counterparty("posted")), "1")
    ledger.bind(ledger.claim(counterparty("of another", "vasilek")), "2")
    ledger.release(ledger.claim(counterparty("unknown")), OutcomeUnknownError("no answer"))
    counterparty("pending")

    assert known_counterparties(ledger, ROMASHKA) == {"posted"}


# What money can be put on


def test_posted_sales_and_acts_of_the_orders_can_take_money(ledger, stand, document):
    sale = document("7")
    act = document("7", kind=DocumentKind.ACT, price="100.00", number="A-7/act")
    stand(sale, act, document("7", kind=DocumentKind.BILL), document("8"))

    found = {each.key: each for each in standing(ledger)}

    assert set(found) == {sale.key, act.key}
    assert (found[act.key].issued_on, found[act.key].total) == (THE_3RD, Decimal("100.00"))
    assert found[act.key].taken == {}


@pytest.mark.parametrize(
    "error", [OutcomeUnknownError("?"), RejectedError("!", reason=HoldReason.NUMBER_TAKEN)]
)
def test_a_document_that_may_not_stand_takes_no_money(ledger, remember, document, error):
    sale = document("7")
    remember(due_document(sale), before=datetime(2026, 10, 4, 21, tzinfo=UTC))
    assert standing(ledger) == []

    ledger.release(ledger.claim(str(sale.key)), error)

    assert standing(ledger) == []


def test_a_document_of_a_later_day_takes_no_money_yet(ledger, stand, document):
    stand(document("7"))

    for before, is_later in (
        (datetime(2026, 10, 2, 21, tzinfo=UTC), True),
        (END_OF_THE_3RD.replace(hour=20), True),
        (END_OF_THE_3RD, False),
    ):
        assert [each.is_later for each in standing(ledger, before=before)] == [is_later]


def test_a_document_takes_money_up_to_the_sum_that_was_posted(ledger, remember, stand, document):
    stand(document("7", price="990.00"))

    remember(due_document(document("7", price="500.00")))

    (shown,) = standing(ledger)
    assert shown.total == Decimal("990.00")


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        (Status.POSTED, True),
        (Status.IN_FLIGHT, True),
        (Status.UNKNOWN, True),
        (Status.PENDING, False),
        (Status.HELD, False),
    ],
)
def test_money_that_stands_or_may_stand_takes_its_place(ledger, stand, pay, document, status, stands):
    sale = document("7")
    stand(sale)
    pay(sale, "9", "300.50", status)

    (shown,) = standing(ledger)

    assert shown.taken == ({"9": Decimal("300.50")} if stands else {})


def test_each_document_knows_its_own_money_and_refunds_are_not_payments(ledger, stand, pay, document):
    sale, act = document("7"), document("7", kind=DocumentKind.ACT, price="100.00")
    stand(sale, act)
    pay(sale, "9", "990.00")
    pay(act, "9", "10.00")
    pay(act, "10", "90.00")
    pay(sale, "9", "500.00", kind=MoneyKind.REFUND)

    taken = {each.key.kind: each.taken for each in standing(ledger)}

    assert taken == {
        "sale": {"9": Decimal("990.00")},
        "act": {"9": Decimal("10.00"), "10": Decimal("90.00")},
    }


def test_a_second_run_never_puts_more_money_on_a_document(ledger, stand, document):
    stand(document("7"))
    payments = [Payment("9", "7", THE_3RD, Decimal("1000.00"), is_cash=False)]
    records = spread(payments, standing(ledger))
    remember_money(ledger, ROMASHKA, records)
    assert [record.amount for record in records] == [Decimal("990.00")]

    assert spread(payments, standing(ledger)) == records

    ledger.bind(ledger.claim(str(records[0].key)), "money")
    assert set(spread(payments, standing(ledger))) <= set(records)


# Money


def test_a_payment_is_told_whole(ledger, document):
    sale = document("7")

    remember_money(ledger, ROMASHKA, [money(sale, "9", "300.50")])

    entry = ledger.entry("romashka/payment/9/sale/7/71")
    assert (entry.kind, entry.order_id, entry.shipment_id, entry.payment_id) == ("payment", "7", "71", "9")
    assert (entry.document_key, entry.number) == (str(sale.key), "A-7")
    assert (entry.dated_on, entry.total, entry.status) == (THE_3RD, Decimal("300.50"), Status.PENDING)


def test_a_refund_is_another_write_than_its_payment(ledger, document):
    sale = document("7")

    remember_money(ledger, ROMASHKA, [money(sale), money(sale, kind=MoneyKind.REFUND)])

    assert {entry.kind for entry in ledger.of_company("romashka")} == {"payment", "refund"}


@pytest.mark.parametrize(
    ("day", "status"), [(date(2026, 9, 30), Status.HELD), (date(2026, 10, 1), Status.PENDING)]
)
def test_money_of_the_closed_period_is_held_to_its_last_day(ledger, document, day, status):
    remember_money(ledger, ROMASHKA, [money(document("7"), paid_on=day)])

    (entry,) = ledger.of_company("romashka")
    assert entry.status is status
    if status is Status.HELD:
        assert (entry.reason, entry.detail) == (HoldReason.PERIOD_CLOSED, "период закрыт по 30.09.2026")


def test_without_a_closed_period_all_money_waits(ledger, document):
    ever_open = ROMASHKA.model_copy(update={"closed_through": None})

    remember_money(ledger, ever_open, [money(document("7"), paid_on=date(2026, 10, 1))])

    assert [entry.status for entry in ledger.of_company("romashka")] == [Status.PENDING]


def test_held_money_waits_again_once_the_period_is_open(ledger, document):
    record = money(document("7"), paid_on=date(2026, 10, 2))
    remember_money(ledger, ROMASHKA.model_copy(update={"closed_through": date(2026, 10, 2)}), [record])

    remember_money(ledger, ROMASHKA, [record])

    assert ledger.status_of(str(record.key)) is Status.PENDING


def test_the_same_sum_written_otherwise_is_no_change(ledger, stand, pay, document):
    sale = document("7")
    stand(sale)
    record = pay(sale, "9", "300.50")

    remember_money(ledger, ROMASHKA, [replace(record, amount=Decimal("300.50000000"))])

    assert not ledger.entry(str(record.key)).changed


@pytest.mark.parametrize(
    "change", [{"amount": Decimal("300.51")}, {"paid_on": date(2026, 10, 4)}, {"is_cash": True}], ids=str
)
def test_money_that_the_shop_now_tells_otherwise_is_changed(ledger, stand, pay, document, change):
    sale = document("7")
    stand(sale)
    record = pay(sale, "9", "300.50")

    remember_money(ledger, ROMASHKA, [replace(record, **change)])

    assert ledger.entry(str(record.key)).changed


def test_a_refund_goes_where_its_payment_stands(ledger, stand, pay, document):
    sale = document("7")
    stand(sale)
    pay(sale, "9", "300.50")
    returned = Payment("9", "7", THE_3RD, Decimal("300.50"), is_cash=False, returned_on=date(2026, 10, 4))

    (refund,) = refunds([returned], standing(ledger))

    assert (refund.amount, refund.paid_on) == (Decimal("300.50"), date(2026, 10, 4))


def test_money_from_before_the_start_is_left_to_a_person(ledger, document):
    ever_open = ROMASHKA.model_copy(update={"closed_through": None})

    remember_money(ledger, ever_open, [money(document("7"), paid_on=date(2026, 9, 20))])

    [entry] = ledger.of_company("romashka")
    assert (entry.status, entry.reason) == (Status.HELD, HoldReason.MANUAL_REQUIRED)
    assert "01.10.2026" in entry.detail

"""What Kontur.Accounting alone can do: money, closed periods, and lists of every shape."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.domain import (
    BankTransaction,
    Capability,
    CorrectedLine,
    Correction,
    DocumentKey,
    DocumentKind,
    HoldReason,
    MoneyKey,
    MoneyKind,
    MoneyRecord,
    VatRate,
)
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError

BILL, SALE, ACT = DocumentKind
PAYMENT, REFUND = MoneyKind
DAY = date(2026, 10, 3)


@pytest.fixture
def buyer_id(kontur, buyer):
    return kontur.client.create_counterparty(buyer)


@pytest.fixture
def sale_id(kontur, buyer_id, document):
    return kontur.client.create_document(document(SALE), buyer_id)


@pytest.fixture
def money():
    """Make a record of money; 100 roubles in cash for the sale unless said otherwise."""

    def make(kind=PAYMENT, document=SALE, **changes):
        key = MoneyKey(kind, "901", DocumentKey("romashka", document, "512", "733"))
        record = MoneyRecord(key, paid_on=DAY, amount=Decimal("100.50"), is_cash=True, order_number="1045")
        return replace(record, **changes)

    return make


@pytest.mark.parametrize("shape", ["object", "bare_array", "no_total"])
@pytest.mark.parametrize("paging", ["stable", "unstable"])
def test_a_list_of_any_shape_is_read_whole_and_nothing_twice(kontur, buyer, shape, paging):
    kontur.client.create_counterparty(buyer)
    ids = [kontur.twin_buyer(kpp=f"{number:09}") for number in range(101)]
    kontur.sandbox.behaves(**{"kontur.list_shape": shape, "kontur.paging": paging})

    found = [kontur.client.find_counterparty(replace(buyer, kpp=f"{n:09}")) for n in (0, 98, 99, 100)]

    assert found == [ids[0], ids[98], ids[99], ids[100]]


def test_a_payment_is_recorded_as_it_was_made_and_found_by_its_mark(kontur, sale_id, money):
    cash, transfer = money(), money(is_cash=False, amount=Decimal("199.50"))
    transfer = replace(transfer, key=replace(transfer.key, payment_id="902"))

    ids = [kontur.client.record_money(record, sale_id) for record in (cash, transfer)]

    rows = kontur.rows("payments")
    assert [(row["amount"], row["paymentMethod"]) for row in rows] == [
        (Decimal("100.50"), "Cash"),
        (Decimal("199.50"), "BankTransfer"),
    ]
    assert rows[0]["comment"] == "Payment of order #1045 [b2:payment:901:sale:512:733]"
    assert [kontur.client.find_money(record, sale_id) for record in (cash, transfer)] == ids
    shown = kontur.client.read_document(SALE, sale_id)
    assert (shown.paid, shown.refunded) == (Decimal("300.00"), Decimal("0.00"))


def test_a_refund_is_recorded_beside_its_payment(kontur, sale_id, money):
    kontur.client.record_money(money(), sale_id)
    refund = money(REFUND, amount=Decimal("40.00"))

    assert kontur.client.find_money(refund, sale_id) is None
    created = kontur.client.record_money(refund, sale_id)

    (row,) = kontur.rows("refunds")
    assert (row["amount"], row["reason"]) == (Decimal("40.00"), "Refund of order #1045")
    assert kontur.client.find_money(refund, sale_id) == created
    assert kontur.client.read_document(SALE, sale_id).refunded == Decimal("40.00")


def test_a_payment_of_an_act_is_recorded_on_the_act(kontur, buyer_id, document, money):
    act_id = kontur.client.create_document(document(ACT), buyer_id)

    kontur.client.record_money(money(document=ACT), act_id)

    assert [row["documentId"] for row in kontur.rows("payments")] == [act_id]


@pytest.mark.parametrize(("kind", "document_kind"), [(PAYMENT, BILL), (REFUND, BILL), (REFUND, ACT)])
def test_money_that_these_books_do_not_take_there_is_left_to_a_person(kontur, money, kind, document_kind):
    asked = kontur.sandbox.requests()

    for call in (kontur.client.record_money, kontur.client.find_money):
        with pytest.raises(RejectedError) as caught:
            call(money(kind, document_kind), "1")
        assert caught.value.reason is HoldReason.MANUAL_REQUIRED

    assert kontur.sandbox.requests() == asked


def test_more_money_back_than_came_in_is_refused_in_the_books_words(kontur, sale_id, money):
    with pytest.raises(RejectedError, match="Возвращено больше, чем оплачено"):
        kontur.client.record_money(money(REFUND), sale_id)


@pytest.mark.parametrize("fault", ["500_after", "reset_after", "truncate_body", "html"])
def test_a_lost_payment_is_unknown_and_found_by_its_mark(kontur, sale_id, money, fault):
    kontur.sandbox.breaks(fault, "*/payments")

    with pytest.raises(OutcomeUnknownError):
        kontur.client.record_money(money(), sale_id)

    (row,) = kontur.rows("payments")
    assert kontur.client.find_money(money(), sale_id) == row["id"]


@pytest.mark.parametrize("fault", ["no_id", "empty"])
def test_a_payment_that_is_answered_without_an_id_is_done(kontur, sale_id, money, fault):
    kontur.sandbox.breaks(fault, "*/payments")

    assert kontur.client.record_money(money(), sale_id) == ""
    assert len(kontur.rows("payments")) == 1


@pytest.mark.parametrize(
    ("switch", "kind"), [("payments", PAYMENT), ("refunds", REFUND)], ids=["payments", "refunds"]
)
def test_money_that_is_switched_off_is_not_recorded(kontur, sale_id, money, switch, kind):
    client = kontur.open(capabilities={switch: False, "payments_list": False})

    for call in (client.record_money, client.find_money):
        with pytest.raises(MisconfiguredError, match="over this connection"):
            call(money(kind), sale_id)

    assert kontur.rows(switch) == []


def test_nothing_goes_into_a_closed_period(kontur, buyer_id, sale_id, document, money):
    kontur.sandbox.breaks("close_period", "*", "*", date="2026-10-03")

    for write in (
        lambda: kontur.client.create_document(document(BILL), buyer_id),
        lambda: kontur.client.create_document(document(ACT), buyer_id),
        lambda: kontur.client.record_money(money(), sale_id),
    ):
        with pytest.raises(RejectedError) as caught:
            write()
        assert caught.value.reason is HoldReason.PERIOD_CLOSED

    assert len(kontur.documents(SALE)) == 1
    kontur.client.create_document(document(BILL, issued_on=date(2026, 10, 4)), buyer_id)


def test_a_number_is_free_again_in_another_year_and_after_a_cancellation(kontur, buyer_id, document):
    first = kontur.client.create_document(document(SALE), buyer_id)
    other_year = kontur.client.create_document(
        document(SALE, issued_on=date(2027, 1, 1), key=DocumentKey("romashka", SALE, "999", "7")), buyer_id
    )
    base = f"/budget/v1/accounts/{kontur.sandbox.keys.kontur_account}/documents/saleinvoices"
    key = {"X-Api-Key": kontur.sandbox.keys.kontur_api_key}
    kontur.sandbox.post(f"{base}/{first}/cancel", {}, **key)

    again = kontur.client.create_document(document(SALE), buyer_id)

    assert len({first, other_year, again}) == 3
    assert kontur.client.create_document(document(SALE), buyer_id) == again
    statuses = {shown.external_id: shown.status for shown in kontur.client.list_documents(SALE, DAY, DAY)}
    assert statuses == {first: "cancelled", again: "posted"}


def test_a_number_whose_owner_is_not_listed_yet_is_tried_later(kontur, buyer_id, document):
    kontur.client.create_document(document(), buyer_id)
    kontur.sandbox.behaves(**{"kontur.list_lag_s": 60})

    with pytest.raises(TransientError):
        kontur.client.create_document(document(), buyer_id)


def test_a_taken_number_is_recognised_even_when_the_refusal_has_no_code(kontur, buyer_id, document):
    first = kontur.client.create_document(document(), buyer_id)
    kontur.sandbox.behaves(**{"kontur.error_body": "html"})

    assert kontur.client.create_document(document(), buyer_id) == first


def test_a_conflict_without_a_code_and_without_a_twin_is_a_refusal(kontur, buyer_id, document):
    kontur.sandbox.behaves(**{"kontur.error_body": "empty", "kontur.closed_through": "2026-10-03"})

    with pytest.raises(RejectedError) as caught:
        kontur.client.create_document(document(), buyer_id)

    assert caught.value.reason is HoldReason.REJECTED_BY_BOOKS


@pytest.mark.parametrize(
    ("mode", "rate", "reason"),
    [
        ("standard", VatRate.VAT20, HoldReason.VAT_RATE_NOT_VALID_ON_DATE),
        ("none", VatRate.VAT22, HoldReason.VAT_RATE_NOT_SUPPORTED),
    ],
)
def test_the_books_reasons_become_ours(kontur, buyer_id, document, line, mode, rate, reason):
    kontur.sandbox.behaves(**{"kontur.vat_modes": f"2019-01-01:{mode}"})

    with pytest.raises(RejectedError) as caught:
        kontur.client.create_document(document(lines=(replace(line, vat_rate=rate),)), buyer_id)

    assert caught.value.reason is reason


def test_wrong_requisites_become_our_reasons(kontur, buyer):
    for change, reason in [
        ({"inn": "7736207544"}, HoldReason.INN_INVALID),
        ({"kpp": "x"}, HoldReason.KPP_INVALID),
    ]:
        with pytest.raises(RejectedError) as caught:
            kontur.client.create_counterparty(replace(buyer, **change))
        assert caught.value.reason is reason


@pytest.mark.parametrize("access", ["forbidden", "plan_without_api", "subscription_expired"])
def test_a_closed_door_stops_the_run(kontur, buyer, access):
    kontur.sandbox.behaves(**{"kontur.access": access})

    with pytest.raises(MisconfiguredError, match=access):
        kontur.client.create_counterparty(buyer)


def test_an_unknown_account_stops_the_run(kontur, buyer, document):
    auth = ApiKey("X-Api-Key", kontur.sandbox.keys.kontur_api_key)
    stranger = KonturClient(kontur.transport(auth), "somebody-else")

    for call in (
        stranger.check,
        lambda: stranger.find_counterparty(buyer),
        lambda: stranger.create_document(document(), "1"),
    ):
        with pytest.raises(MisconfiguredError, match="account_not_found"):
            call()


def test_a_wrong_path_stops_the_run(kontur, buyer, document):
    http = kontur.transport(ApiKey("X-Api-Key", "k"))
    lost = KonturClient(replace(http, base_url=f"{kontur.sandbox.origin}/nowhere"), "romashka")

    for call in (
        lambda: lost.create_counterparty(buyer),
        lambda: lost.create_document(document(), "1"),
        lambda: lost.read_document(BILL, "1"),
    ):
        with pytest.raises(MisconfiguredError, match="404"):
            call()


def test_the_key_may_travel_in_another_header(kontur):
    kontur.sandbox.behaves(**{"kontur.api_key_header": "X-Kontur-ApiKey"})
    keys = kontur.sandbox.keys
    auth = ApiKey("X-Kontur-ApiKey", keys.kontur_api_key)

    assert "Ромашка" in KonturClient(kontur.transport(auth), keys.kontur_account).check()


def test_an_oauth_client_opens_the_same_books(kontur, buyer):
    keys = kontur.sandbox.keys
    token_url = f"{kontur.sandbox.origin}/connect/token"
    auth = ClientCredentials(token_url, keys.kontur_client_id, keys.kontur_client_secret, "accounting.api")
    client = KonturClient(kontur.transport(auth), keys.kontur_account)

    created = client.create_counterparty(buyer)

    assert kontur.client.find_counterparty(buyer) == created


# What the first description of these books leaves out


SEED_ONLY = dict.fromkeys(
    (
        *("search_documents", "payments_list", "refunds", "corrections", "acts", "bills", "account_info"),
        *("bank_transactions", "contracts", "expense_categories", "read_status", "update", "cancel"),
    ),
    False,
)


@pytest.fixture
def seed(kontur):
    """Books that know the first description only, and a connection that knows it."""
    kontur.sandbox.behaves(**{"kontur.seed_only": "on"})
    return kontur.open(capabilities=SEED_ONLY)


def test_the_basic_flow_needs_nothing_but_the_first_description(kontur, seed, buyer, document, money):
    missing = kontur.sandbox.answered("404")

    buyer_id = seed.create_counterparty(buyer)
    sale_id = seed.create_document(document(SALE), buyer_id)

    assert seed.find_counterparty(buyer) == buyer_id
    assert seed.record_money(money(), sale_id) == ""
    assert "does not say whose" in seed.check()
    assert kontur.sandbox.answered("404") == missing


def test_whose_books_they_are_is_asked_even_where_nobody_knows(kontur, seed):
    assert kontur.client.check() == seed.check()


def test_an_answer_lost_by_the_first_description_stays_lost(kontur, seed, buyer, document, money):
    buyer_id = seed.create_counterparty(buyer)
    sale_id = seed.create_document(document(SALE, number="1044"), buyer_id)
    writes = {
        "*/documents/saleinvoices": lambda: seed.create_document(document(SALE), buyer_id),
        "*/payments": lambda: seed.record_money(money(), sale_id),
    }

    for path, write in writes.items():
        kontur.sandbox.breaks("reset_after", path)
        with pytest.raises(OutcomeUnknownError):
            write()

    assert (len(kontur.documents(SALE)), len(kontur.rows("payments"))) == (2, 1)
    for look in (
        lambda: seed.look_up(SALE, "1045", DAY),
        lambda: seed.list_documents(SALE, DAY, DAY),
        lambda: seed.find_money(money(), sale_id),
    ):
        with pytest.raises(MisconfiguredError, match="over this connection"):
            look()


def test_a_document_that_is_gone_is_the_matter_of_its_record_alone(kontur, sale_id, money):
    kontur.sandbox.parts.shelf.books["kontur"].remove("documents", sale_id)
    correction = Correction(money().key.document, 1, "1045-К1", DAY, (), order_number="1045")

    for look in (
        lambda: kontur.client.find_money(money(), sale_id),
        lambda: kontur.client.find_correction(correction, sale_id),
    ):
        with pytest.raises(RejectedError, match="больше нет") as refused:
            look()
        assert refused.value.reason is HoldReason.MANUAL_REQUIRED


@pytest.mark.parametrize(("sought", "is_ours"), [("1", True), ("1.000", True), ("2", False)])
def test_a_correction_is_found_by_its_mark_and_must_say_the_same(kontur, sale_id, money, sought, is_ours):
    def left(quantity):
        line = CorrectedLine(1, Decimal(quantity), Decimal("100.00"))
        return Correction(money().key.document, 1, "1045-К1", DAY, (line,), order_number="1045")

    made = kontur.client.correct_document(left("1"), sale_id)

    assert kontur.client.find_correction(replace(left(sought), lines=()), sale_id) == made
    if is_ours:
        assert kontur.client.find_correction(left(sought), sale_id) == made
        return
    with pytest.raises(RejectedError, match="другими строками") as refused:
        kontur.client.find_correction(left(sought), sale_id)
    assert refused.value.reason is HoldReason.MANUAL_REQUIRED


def test_a_missing_list_of_payments_says_what_to_switch_off(kontur, seed, buyer, document, money):
    sale_id = seed.create_document(document(SALE), seed.create_counterparty(buyer))

    with pytest.raises(MisconfiguredError, match='"payments_list": false'):
        kontur.client.find_money(money(), sale_id)


# What a connection may switch on


def test_a_document_and_a_payment_may_bear_our_key_in_a_field_of_its_own(kontur, buyer_id, document, money):
    kontur.sandbox.behaves(**{"kontur.external_id": "on", "kontur.strict_fields": "on"})
    client = kontur.open(capabilities={"external_id": True})

    sale_id = client.create_document(document(SALE), buyer_id)
    client.record_money(money(), sale_id)
    client.record_money(money(REFUND), sale_id)

    (sale,), (payment,), (refund,) = (kontur.rows(name) for name in ("documents", "payments", "refunds"))
    assert sale["externalId"] == "b2:sale:512:733"
    assert sale["comment"].endswith("[b2:sale:512:733]")
    assert payment["externalId"] == "b2:payment:901:sale:512:733"
    assert payment["comment"].endswith("[b2:payment:901:sale:512:733]")
    assert refund["externalId"] == "b2:refund:901:sale:512:733"


def test_a_line_may_name_its_own_sum(kontur, buyer_id, document, line):
    uneven = document(SALE, lines=(replace(line, total=Decimal("300.01")),))
    exact = kontur.open(capabilities={"line_amount": True})

    with pytest.raises(RejectedError) as caught:
        kontur.client.create_document(uneven, buyer_id)
    sale_id = exact.create_document(uneven, buyer_id)

    assert caught.value.reason is HoldReason.TOTAL_MISMATCH
    assert kontur.client.read_document(SALE, sale_id).total == Decimal("300.01")


# What is changed or cancelled later


def reason_of(caught):
    return caught.value.reason


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_document_of_any_kind_is_changed_and_cancelled(kontur, buyer_id, document, line, kind):
    made = kontur.client.create_document(document(kind), buyer_id)

    kontur.client.update_document(document(kind, lines=(line, line)), made, buyer_id)
    assert kontur.client.read_document(kind, made).total == Decimal("600.00")

    kontur.client.cancel_document(kind, made)
    kontur.client.cancel_document(kind, made)
    assert kontur.client.read_document(kind, made).status == "cancelled"
    assert kontur.client.look_up(kind, "1045", DAY) == []


def test_what_was_paid_is_neither_changed_nor_cancelled(kontur, sale_id, buyer_id, document, line, money):
    kontur.client.record_money(money(), sale_id)

    with pytest.raises(RejectedError, match="оплаты, возвраты или корректировки") as changed:
        kontur.client.update_document(document(SALE, lines=(line, line)), sale_id, buyer_id)
    with pytest.raises(RejectedError, match="оплаты, возвраты или корректировки") as cancelled:
        kontur.client.cancel_document(SALE, sale_id)

    assert reason_of(changed) is HoldReason.CHANGED_AFTER_POSTING
    assert reason_of(cancelled) is HoldReason.CANCELLED_AFTER_POSTING
    assert "вручную" in str(changed.value)
    assert kontur.documents(SALE)[0]["status"] == "posted"


def test_what_was_cancelled_is_not_changed(kontur, sale_id, buyer_id, document):
    kontur.client.cancel_document(SALE, sale_id)

    with pytest.raises(RejectedError, match="отменён") as caught:
        kontur.client.update_document(document(SALE), sale_id, buyer_id)

    assert reason_of(caught) is HoldReason.CHANGED_AFTER_POSTING


def test_what_is_gone_is_not_cancelled(kontur):
    with pytest.raises(RejectedError, match="его там нет") as caught:
        kontur.client.cancel_document(SALE, "gone")

    assert reason_of(caught) is HoldReason.CANCELLED_AFTER_POSTING


def test_nothing_is_changed_or_cancelled_in_a_closed_period(kontur, sale_id, buyer_id, document):
    kontur.sandbox.behaves(**{"kontur.closed_through": "2026-10-03"})

    for call in (
        lambda: kontur.client.update_document(document(SALE), sale_id, buyer_id),
        lambda: kontur.client.cancel_document(SALE, sale_id),
    ):
        with pytest.raises(RejectedError, match=r"период закрыт.*вручную") as caught:
            call()
        assert reason_of(caught) is HoldReason.PERIOD_CLOSED


@pytest.mark.parametrize("shape", ["html", "empty", "text"])
def test_a_refusal_to_change_may_have_any_shape(kontur, sale_id, buyer_id, document, line, money, shape):
    kontur.client.record_money(money(), sale_id)
    kontur.sandbox.behaves(**{"kontur.error_body": shape})

    with pytest.raises(RejectedError, match="409") as caught:
        kontur.client.update_document(document(SALE, lines=(line, line)), sale_id, buyer_id)

    assert reason_of(caught) is HoldReason.CHANGED_AFTER_POSTING


def test_a_document_that_somebody_changes_at_the_same_moment_is_read_again(
    kontur, sale_id, buyer_id, document, line
):
    book = kontur.sandbox.parts.shelf.kontur
    requests = []

    @contextmanager
    def somebody_else():
        requests.append(1)
        if len(requests) == 2:  # between our look and our write
            book.replace("documents", book.find("documents", sale_id) | {"version": 7})
        yield

    http = replace(
        kontur.transport(ApiKey("X-Api-Key", kontur.sandbox.keys.kontur_api_key)), limit=somebody_else
    )
    client = KonturClient(http, kontur.sandbox.keys.kontur_account)
    changed = document(SALE, lines=(line, line))

    with pytest.raises(TransientError, match="version_conflict"):
        client.update_document(changed, sale_id, buyer_id)
    client.update_document(changed, sale_id, buyer_id)

    assert kontur.client.read_document(SALE, sale_id).total == Decimal("600.00")


# What the bank account shows


@pytest.fixture
def arrives(kontur):
    """Let money arrive on the bank account, as the books show it."""

    def plant(**row):
        ordinary = {"date": "2026-10-03", "direction": "in", "amount": 300, "purpose": "Счет № 1045"}
        return kontur.sandbox.parts.shelf.kontur.add("bank_transactions", ordinary | row)["id"]

    return plant


def test_what_arrived_is_read_as_the_bank_showed_it(kontur, arrives):
    payer = {"counterpartyName": "ПАО Банк", "counterpartyInn": "7707083893", "documentId": "7b1e"}
    whole = arrives(amount=Decimal("975.50"), commission=Decimal("24.50"), purpose="Эквайринг", **payer)
    least = arrives(date="2026-10-04", purpose="")
    arrives(direction="out")
    for day in ("2026-10-02", "2026-10-05"):
        arrives(date=day)

    shown, bare = kontur.client.list_bank_transactions(DAY, DAY + timedelta(1))

    sums = Decimal("975.50"), Decimal("24.50")
    assert shown == BankTransaction(
        whole, DAY, sums[0], "ПАО Банк", "7707083893", "Эквайринг", sums[1], "7b1e"
    )
    assert bare == BankTransaction(least, DAY + timedelta(1), Decimal(300), "", "", "")


@pytest.mark.parametrize("shape", ["object", "bare_array", "no_total"])
@pytest.mark.parametrize("paging", ["stable", "unstable"])
def test_a_busy_day_of_the_bank_is_read_whole_and_nothing_twice(kontur, arrives, shape, paging):
    ids = {arrives() for _ in range(501)}
    kontur.sandbox.behaves(**{"kontur.list_shape": shape, "kontur.paging": paging})

    found = [each.external_id for each in kontur.client.list_bank_transactions(DAY, DAY)]

    assert (len(found), set(found)) == (501, ids)


def test_years_of_the_bank_are_read_oldest_first(kontur, arrives):
    days = ["2026-10-03", "2024-10-03", "2025-10-03", "2025-10-04", "2026-10-04"]
    for day in days:
        arrives(date=day)

    found = kontur.client.list_bank_transactions(date(2024, 10, 3), date(2026, 10, 4))

    assert [each.dated_on.isoformat() for each in found] == sorted(days)


def test_a_bank_that_is_switched_off_is_not_asked(kontur):
    asked = kontur.sandbox.requests()

    with pytest.raises(MisconfiguredError, match="bank_transactions"):
        kontur.open(capabilities={"bank_transactions": False}).list_bank_transactions(DAY, DAY)

    assert kontur.sandbox.requests() == asked


def test_books_without_a_bank_are_known_to_have_none_after_the_first_question(kontur):
    client = kontur.open()
    kontur.sandbox.behaves(**{"kontur.seed_only": "on"})

    with pytest.raises(MisconfiguredError, match='"bank_transactions": false'):
        client.list_bank_transactions(DAY, DAY)

    assert kontur.client.capabilities - client.capabilities == {Capability.BANK_TRANSACTIONS}


def test_a_closed_door_is_not_taken_for_a_missing_bank(kontur):
    kontur.sandbox.behaves(**{"kontur.access": "forbidden"})

    with pytest.raises(MisconfiguredError, match="forbidden"):
        kontur.client.list_bank_transactions(DAY, DAY)

    assert Capability.BANK_TRANSACTIONS in kontur.client.capabilities


def test_money_that_cannot_be_understood_is_not_guessed(kontur, arrives):
    arrives(amount="о-го-го", purpose="Иван Петров")

    with pytest.raises(MisconfiguredError, match="bank transaction that we cannot read") as caught:
        kontur.client.list_bank_transactions(DAY, DAY)

    assert "Петров" not in str(caught.value)

"""What sets Elba's two dialects apart: tokens and quotas, VAT flags, УПД, tasks; and no money in either."""

import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.elba import ElbaPublicClient
from bookkeeping.domain import (
    Capability,
    CounterpartyKind,
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
DAY = date(2026, 10, 3)


@pytest.fixture
def oauth_buyer(elba, buyer):
    return elba.client.create_counterparty(buyer)


@pytest.mark.parametrize("dialect", ["elba", "public"])
def test_no_request_ever_speaks_of_money(dialect, request):
    books = request.getfixturevalue(dialect)
    key = MoneyKey(MoneyKind.PAYMENT, "901", DocumentKey("romashka", BILL, "512"))
    record = MoneyRecord(key, paid_on=DAY, amount=Decimal(1), is_cash=True, order_number="1045")
    asked = books.sandbox.requests()

    for call in (books.client.record_money, books.client.find_money):
        with pytest.raises(MisconfiguredError, match="payments"):
            call(record, "1")

    assert books.sandbox.requests() == asked
    assert not books.client.capabilities & {Capability.PAYMENTS, Capability.REFUNDS, Capability.PAYMENTS_LIST}


# The first dialect


def test_a_token_that_expired_midway_is_renewed_unnoticed(elba, oauth_buyer, document):
    elba.sandbox.breaks("expire_token")

    elba.client.create_document(document(), oauth_buyer)

    assert len(elba.documents(BILL)) == 1


def test_a_revoked_client_stops_the_run(elba, buyer):
    elba.sandbox.behaves(**{"elba_oauth.client": "revoked"})

    with pytest.raises(MisconfiguredError, match="invalid_client"):
        elba.client.create_counterparty(buyer)


def test_a_run_needs_one_token(elba, buyer, document):
    before = elba.sandbox.counters()["by_book"].get("tokens", 0)
    buyer_id = elba.client.create_counterparty(buyer)
    for number in range(20):
        elba.client.create_document(document(number=f"A-{number}"), buyer_id)

    assert elba.sandbox.counters()["by_book"]["tokens"] == before + 1


def test_a_bill_may_be_paid_until_the_day_it_says(elba, oauth_buyer, document):
    elba.client.create_document(document(), oauth_buyer)

    assert elba.documents(BILL)[0]["paymentDueDate"] == "2026-10-06"


def test_a_bill_that_was_paid_in_elba_says_so(elba, oauth_buyer, document):
    bill = elba.client.create_document(document(), oauth_buyer)
    elba.sandbox.post(f"/_admin/invoices/{bill}/pay", {"sum": 120.5, "date": "2026-10-05"})

    shown = elba.client.read_document(BILL, bill)

    assert (shown.paid, shown.status) == (Decimal("120.5"), "partiallyPaid")


@pytest.mark.parametrize("form", ["number_as_int", "number_missing"])
def test_a_number_of_any_form_is_survived(elba, oauth_buyer, document, form):
    first = elba.client.create_document(document(), oauth_buyer)
    elba.sandbox.behaves(**{"elba_oauth.number_field": form})

    assert elba.client.create_document(document(), oauth_buyer) == first
    assert elba.client.read_document(BILL, first).number == ("1045" if form == "number_as_int" else "")


def test_an_act_gets_the_servers_number(elba, oauth_buyer, document):
    acts = [elba.client.create_document(document(ACT, number="ours"), oauth_buyer) for _ in range(2)]

    assert [elba.client.read_document(ACT, act).number for act in acts] == ["1", "2"]


def test_lists_wrapped_in_an_object_are_read_too(elba, oauth_buyer, buyer):
    elba.sandbox.behaves(**{"elba_oauth.list_shape": "items_object"})

    assert elba.client.find_counterparty(buyer) == oauth_buyer


def test_a_spent_daily_quota_is_not_sat_out(elba, oauth_buyer, document):
    elba.sandbox.breaks("429", seconds=7200)

    with pytest.raises(TransientError) as caught:
        elba.client.create_document(document(), oauth_buyer)

    assert caught.value.retry_after == 7200


def test_the_basic_flow_needs_nothing_but_the_first_description(elba, buyer, document):
    elba.sandbox.behaves(**{"elba_oauth.seed_only": "on"})
    switches = dict.fromkeys(("search_documents", "read_status", "update_invoice", "links"), False)
    seed = elba.open(capabilities=switches)
    missing = elba.sandbox.answered("404")

    buyer_id = seed.create_counterparty(buyer)
    bill, act = (seed.create_document(document(kind), buyer_id) for kind in (BILL, ACT))

    assert seed.find_counterparty(buyer) == buyer_id
    assert [bill, act] == [elba.documents(BILL)[0]["id"], elba.documents(ACT)[0]["id"]]
    assert "does not say whose" in seed.check()
    assert elba.sandbox.answered("404") == missing


@pytest.mark.parametrize("kind", [BILL, ACT])
def test_an_answer_lost_by_the_first_description_stays_lost(elba, oauth_buyer, document, kind):
    elba.sandbox.behaves(**{"elba_oauth.seed_only": "on"})
    seed = elba.open(capabilities={"search_documents": False})
    elba.sandbox.breaks("reset_after", f"*/{elba.shelves[kind]}")

    with pytest.raises(OutcomeUnknownError):
        seed.create_document(document(kind), oauth_buyer)
    with pytest.raises(MisconfiguredError, match="over this connection"):
        seed.look_up(kind, "1045", DAY)

    assert len(elba.documents(kind)) == 1


def test_acts_are_looked_up_by_their_day_for_they_have_no_number_of_ours(elba, oauth_buyer, document):
    for number, day in enumerate((DAY, DAY, date(2026, 10, 4))):
        elba.client.create_document(document(ACT, number=f"A-{number}", issued_on=day), oauth_buyer)

    found = elba.client.look_up(ACT, "A-0", DAY)

    assert [each.number for each in found] == ["1", "2"]
    assert all(each.comment.endswith("[b2:act:512:733]") for each in found)


def test_a_bill_that_is_paid_is_not_changed(elba, oauth_buyer, document, line):
    bill = elba.client.create_document(document(), oauth_buyer)
    elba.sandbox.post(f"/_admin/invoices/{bill}/pay", {"sum": 1, "date": "2026-10-05"})

    with pytest.raises(RejectedError, match="уже оплачен") as caught:
        elba.client.update_document(document(lines=(line, line)), bill, oauth_buyer)

    assert caught.value.reason is HoldReason.CHANGED_AFTER_POSTING
    assert elba.client.read_document(BILL, bill).total == Decimal("300.00")


def test_an_act_is_changed_by_a_person(elba, oauth_buyer, document):
    act = elba.client.create_document(document(ACT), oauth_buyer)
    asked = elba.sandbox.requests()

    with pytest.raises(RejectedError, match="вручную") as caught:
        elba.client.update_document(document(ACT), act, oauth_buyer)

    assert caught.value.reason is HoldReason.CHANGED_AFTER_POSTING
    assert elba.sandbox.requests() == asked


def test_a_bill_has_its_link_from_the_beginning_and_an_act_none(elba, oauth_buyer, document):
    bill, act = (elba.client.create_document(document(kind), oauth_buyer) for kind in (BILL, ACT))

    assert elba.client.publish_link(BILL, bill) == elba.documents(BILL)[0]["link"]
    assert elba.client.publish_link(ACT, act) == ""


def test_a_person_is_found_by_email_over_a_connection_that_may(elba, person):
    client = elba.open(capabilities={"search_by_email": True})
    shouting = replace(person, email=person.email.upper())
    assert client.find_counterparty(person) is None

    created = client.create_counterparty(person)

    assert client.find_counterparty(shouting) == created
    assert elba.client.find_counterparty(person) is None
    assert client.find_counterparty(replace(person, email="")) is None
    elba.twin_buyer()
    with pytest.raises(RejectedError) as caught:
        client.find_counterparty(person)
    assert caught.value.reason is HoldReason.COUNTERPARTY_AMBIGUOUS
    assert person.email not in str(caught.value)


# The public API


def test_a_document_with_vat_says_so_and_names_a_rate_on_every_line(public, public_buyer, document, line):
    exempt = replace(line, name="Книга", vat_rate=VatRate.NONE, vat=Decimal(0))

    public.client.create_document(document(lines=(line, exempt)), public_buyer)

    (bill,) = public.documents(BILL)
    assert bill["withNDS"] is True
    assert bill.get("sumsWithNDS", bill.get("sumsWithNds")) is True
    assert [item["ndsRate"] for item in bill["warehouseItems"]] == ["nds22", "withoutNds"]
    assert bill["bankAccountId"] == public.sandbox.keys.elba_bank_account_id


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_document_without_vat_names_no_rate(public, public_buyer, document, line, kind):
    exempt = replace(line, vat_rate=VatRate.NONE, vat=Decimal(0))

    public.client.create_document(document(kind, lines=(exempt,)), public_buyer)

    (row,) = public.documents(kind)
    assert not row.get("withNDS")
    assert not row.get("sumsWithNDS", row.get("sumsWithNds"))
    assert row["warehouseItems"][0]["ndsRate"] in (None, "withoutNds")
    assert row.get("status") == ("status2" if kind is SALE else row.get("status"))


def test_zero_percent_is_not_without_vat(public, public_buyer, document, line):
    public.client.create_document(
        document(SALE, lines=(replace(line, vat_rate=VatRate.VAT0, vat=Decimal(0)),)), public_buyer
    )

    (upd,) = public.documents(SALE)
    assert (upd["status"], upd["warehouseItems"][0]["ndsRate"]) == ("status1", "nds0")


def test_an_upd_tells_goods_from_services(public, public_buyer, document, line):
    public.client.create_document(document(SALE, lines=(line, replace(line, is_service=True))), public_buyer)

    (upd,) = public.documents(SALE)
    assert [item["productType"] for item in upd["warehouseItems"]] == ["product", "service"]


@pytest.mark.parametrize("missing", ["inn", "kpp", "address"])
def test_an_upd_with_vat_needs_the_buyers_requisites(public, public_buyer, document, buyer, line, missing):
    unknown = replace(buyer, **{missing: ""})
    exempt = replace(line, vat_rate=VatRate.NONE, vat=Decimal(0))

    with pytest.raises(RejectedError) as caught:
        public.client.create_document(document(SALE, counterparty=unknown), public_buyer)

    assert caught.value.reason is HoldReason.REQUISITES_MISSING
    assert public.documents(SALE) == []
    public.client.create_document(document(SALE, counterparty=unknown, lines=(exempt,)), public_buyer)
    public.client.create_document(document(BILL, counterparty=unknown), public_buyer)


def test_a_sole_proprietor_needs_no_kpp_for_an_upd(public, document, buyer):
    trader = replace(
        buyer, kind=CounterpartyKind.SOLE_PROPRIETOR, inn="500100732259", kpp="", name="ИП Иванов"
    )
    buyer_id = public.client.create_counterparty(trader)

    public.client.create_document(document(SALE, counterparty=trader), buyer_id)

    assert len(public.documents(SALE)) == 1


def test_a_buyer_is_created_with_what_is_known_and_nothing_empty(public, buyer, person):
    for each in (buyer, person, replace(person, email="", phone="+7999")):
        public.client.create_counterparty(each)

    company, first, second = public.buyers()
    assert company["address"] == "Москва, Тверская, 1"
    assert [contact["emails"] for contact in company["contacts"]] == [["buyer@example.ru"]]
    assert first["contacts"][0]["emails"] == ["ivan@example.ru"]
    assert (second["contacts"][0]["emails"], second["contacts"][0]["phone"]) == (None, "+7999")


def test_a_search_that_becomes_a_task_is_awaited(public, buyer, public_buyer):
    public.sandbox.behaves(**{"elba_public.search": "task", "elba_public.task_polls": 3})
    waits = []
    client = ElbaPublicClient(
        replace(_transport(public), sleep=waits.append), public.sandbox.keys.elba_organization_id
    )

    assert client.find_counterparty(buyer) == public_buyer
    assert waits == [1.0] * 3


@pytest.mark.parametrize("profile", [{"elba_public.search": "failed"}, {"elba_public.task_polls": 1000}])
def test_a_search_that_does_not_end_well_is_not_an_empty_one(public, buyer, public_buyer, profile):
    public.sandbox.behaves(**{"elba_public.search": "task", **profile})

    with pytest.raises(TransientError, match="search"):
        public.client.find_counterparty(buyer)


def test_a_bill_that_elba_sums_up_otherwise_stands_and_is_warned_of(
    public, public_buyer, document, line, caplog
):
    uneven = replace(line, total=Decimal("300.01"))
    with caplog.at_level(logging.WARNING):
        bill = public.client.create_document(sent := document(lines=(uneven,)), public_buyer)
        public.client.read_back(sent, bill)

    assert [row["id"] for row in public.documents(BILL)] == [bill]
    assert f"Bill {bill}: we sent 300.01, Elba shows 300.00" in caplog.text


@pytest.mark.parametrize("fault", ["500", "truncate_body", "drop_before"])
def test_a_bill_that_cannot_be_read_back_stands_all_the_same(public, public_buyer, document, fault):
    public.sandbox.breaks(fault, "*/bills/*", "GET", times=None)

    bill = public.client.create_document(sent := document(), public_buyer)
    public.client.read_back(sent, bill)

    assert [row["id"] for row in public.documents(BILL)] == [bill]


def test_a_bill_that_agrees_is_not_warned_of(public, public_buyer, document, caplog):
    bill = public.client.create_document(sent := document(), public_buyer)
    public.client.read_back(sent, bill)

    assert "Bill" not in caplog.text


def test_only_bills_are_shown(public):
    for kind in (SALE, ACT):
        with pytest.raises(MisconfiguredError, match="bills alone"):
            public.client.read_document(kind, "1")


@pytest.mark.parametrize(
    ("organization", "account", "field"),
    [("00000000-0000-0000-0000-000000000000", "", "organization_id"), (None, "nobody's", "bank_account_id")],
)
def test_a_check_names_the_field_that_is_wrong(public, organization, account, field):
    keys = public.sandbox.keys
    client = ElbaPublicClient(_transport(public), organization or keys.elba_organization_id, account)

    with pytest.raises(MisconfiguredError, match=field):
        client.check()


def test_a_wrong_organization_stops_the_run(public, buyer, document):
    stranger = ElbaPublicClient(_transport(public), "00000000-0000-0000-0000-000000000000")

    for call in (
        lambda: stranger.create_counterparty(buyer),
        lambda: stranger.create_document(document(), "1"),
    ):
        with pytest.raises(MisconfiguredError):
            call()


@pytest.mark.parametrize("access", ["payment_required", "forbidden"])
def test_a_closed_door_stops_the_run(public, buyer, access):
    public.sandbox.behaves(**{"elba_public.access": access})

    with pytest.raises(MisconfiguredError):
        public.client.create_counterparty(buyer)


def _transport(public):
    return public.transport(ApiKey("X-Kontur-ApiKey", public.sandbox.keys.elba_api_key))


def test_a_sale_can_be_a_delivery_note_instead(public, public_buyer, document):
    client = public.open(sale_form="delivery_note")

    external_id = client.create_document(document(SALE), public_buyer)

    [note] = public.rows("delivery_notes")
    assert (note["id"], note["number"], note["withNDS"]) == (external_id, "1045", True)
    assert public.documents(SALE) == []

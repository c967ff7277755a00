"""What every books' client promises, whichever books they are."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bookkeeping.domain import Capability, CounterpartyKind, DocumentKey, DocumentKind, HoldReason, VatRate
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError

BILL, SALE, ACT = DocumentKind
DAY = date(2026, 10, 3)
FAR = timedelta(days=30)


def reason_of(caught):
    return caught.value.reason


# The connection


def test_a_check_says_what_the_connection_opens(books):
    said = books.client.check()

    assert said.endswith(".")
    assert ("7707083893" in said) is (books.name != "elba_oauth")


def test_a_wrong_key_is_a_setting_to_change(books, buyer, document):
    wrong = books.open(secret="wrong")

    for call in (
        wrong.check,
        lambda: wrong.find_counterparty(buyer),
        lambda: wrong.create_counterparty(buyer),
        lambda: wrong.create_document(document(), "1"),
    ):
        with pytest.raises(MisconfiguredError):
            call()

    assert books.buyers() == []


def test_a_switch_of_other_books_is_refused(books):
    stranger = {"kontur": "update_invoice", "elba_oauth": "payments", "elba_public": "search_documents"}

    with pytest.raises(MisconfiguredError, match="is no switch"):
        books.open(capabilities={stranger[books.name]: True})


def test_an_unknown_switch_is_refused_with_the_names_that_are_known(books):
    with pytest.raises(MisconfiguredError, match=r"'fly': False .*bills"):
        books.open(capabilities={"fly": False})


def test_a_switch_is_true_or_false(books):
    with pytest.raises(MisconfiguredError, match="true or false"):
        books.open(capabilities={"bills": "no"})


def test_what_is_switched_off_is_not_done(books, document):
    without_bills = books.open(capabilities={"bills": False, "acts": True})

    assert books.client.capabilities - without_bills.capabilities == {Capability.BILLS}
    with pytest.raises(MisconfiguredError, match="bills"):
        without_bills.create_document(document(), "1")
    assert books.documents(BILL) == []


SWITCHES = {
    "kontur": (
        *("bills", "acts", "search_documents", "payments_list", "refunds", "corrections", "external_id"),
        *("bank_transactions", "contracts", "expense_categories", "account_info", "line_amount"),
        *("extended_vat", "update", "cancel", "unique_numbers"),
    ),
    "elba_oauth": (
        *("search_documents", "read_status", "update_invoice", "extended_vat", "search_by_email"),
        *("send_invoice", "update", "links", "unique_numbers"),
    ),
    "elba_public": ("bills", "sales", "acts", "read_status", "extended_vat", "links", "cancel", "news"),
}
OFF_BY_DEFAULT = {"external_id", "line_amount", "search_by_email", "send_invoice"}


def test_every_switch_turns_what_it_names_and_nothing_is_on_that_begins_switched_off(books):
    for name in SWITCHES[books.name]:
        capability = "update" if name == "update_invoice" else name
        switched = [
            capability in books.open(capabilities={name: wish}).capabilities for wish in (True, False)
        ]
        assert switched == [True, False], name
        assert (capability in books.client.capabilities) is (capability not in OFF_BY_DEFAULT), name


def test_what_these_books_cannot_do_is_a_setting_to_change(books, document):
    calls = {
        Capability.SEARCH_DOCUMENTS: lambda: books.client.look_up(BILL, "1045", DAY),
        Capability.UPDATE: lambda: books.client.update_document(document(), "1", "2"),
        Capability.CANCEL: lambda: books.client.cancel_document(BILL, "1"),
        Capability.LINKS: lambda: books.client.publish_link(BILL, "1"),
        Capability.NEWS: lambda: books.client.read_news(0),
    }
    asked = books.sandbox.requests()

    for capability in calls.keys() - books.client.capabilities:
        with pytest.raises(MisconfiguredError, match=capability):
            calls[capability]()

    assert calls.keys() - books.client.capabilities
    assert books.sandbox.requests() == asked


def test_what_is_switched_off_is_not_done_to_a_document_that_stands(books, document):
    calls = {
        "update": lambda client: client.update_document(document(), "1", "2"),
        "cancel": lambda client: client.cancel_document(BILL, "1"),
        "links": lambda client: client.publish_link(BILL, "1"),
        "news": lambda client: client.read_news(0),
    }
    asked = books.sandbox.requests()

    for switch in calls.keys() & books.client.capabilities:
        with pytest.raises(MisconfiguredError, match=switch):
            calls[switch](books.open(capabilities={switch: False}))

    assert books.sandbox.requests() == asked


def test_the_books_say_how_much_they_take_at_once(books):
    assert books.client.at_once == {"kontur": 2, "elba_oauth": 2, "elba_public": 4}[books.name]


def test_without_extended_vat_only_the_old_rates_are_left(books):
    old = books.open(capabilities={"extended_vat": False}).vat_rates

    assert old == {VatRate.NONE, VatRate.VAT0, VatRate.VAT10, VatRate.VAT20}
    assert old < books.client.vat_rates


# Counterparties


def test_a_buyer_is_created_once_and_found_again(books, buyer):
    assert books.client.find_counterparty(buyer) is None

    created = books.client.create_counterparty(buyer)

    assert books.client.find_counterparty(buyer) == created
    (row,) = books.buyers()
    assert (row["inn"], row["kpp"]) == ("7736207543", "773601001")
    assert buyer.name in row.values()


def test_another_kpp_is_another_buyer(books, buyer):
    branch = replace(buyer, kpp="770101001")
    first = books.client.create_counterparty(buyer)

    assert books.client.find_counterparty(branch) is None
    assert books.client.create_counterparty(branch) != first
    assert len(books.buyers()) == 2


def test_no_kpp_is_not_any_kpp(books, buyer):
    books.client.create_counterparty(buyer)

    assert books.client.find_counterparty(replace(buyer, kpp="")) is None


def test_a_sole_proprietor_is_found_by_inn_alone(books, buyer):
    trader = replace(
        buyer, kind=CounterpartyKind.SOLE_PROPRIETOR, inn="500100732259", kpp="", name="ИП Иванов"
    )

    assert books.client.create_counterparty(trader) == books.client.find_counterparty(trader)


def test_a_person_is_created_and_never_searched_for(books, person):
    books.client.create_counterparty(person)
    asked = books.sandbox.requests()

    assert books.client.find_counterparty(person) is None

    assert books.sandbox.requests() == asked
    (row,) = books.buyers()
    assert not row.get("inn")


def test_of_two_equal_buyers_none_is_taken(books, buyer):
    books.client.create_counterparty(buyer)
    books.twin_buyer()

    with pytest.raises(RejectedError) as caught:
        books.client.find_counterparty(buyer)

    assert reason_of(caught) is HoldReason.COUNTERPARTY_AMBIGUOUS


def test_a_buyer_on_the_last_of_many_pages_is_found(books, buyer):
    books.client.create_counterparty(buyer)
    ids = [books.twin_buyer(kpp=f"{number:09}") for number in range(120)]

    for number in (0, 98, 99, 100, 119):
        assert books.client.find_counterparty(replace(buyer, kpp=f"{number:09}")) == ids[number]
    assert books.client.find_counterparty(replace(buyer, kpp="000000120")) is None


def test_a_buyer_that_the_books_call_a_duplicate_is_found(books, buyer):
    if books.name != "elba_public":
        books.sandbox.behaves(**{f"{books.name}.unique_counterparty": "on"})
    first = books.client.create_counterparty(buyer)

    assert books.client.create_counterparty(buyer) == first
    assert len(books.buyers()) == 1


def test_a_buyer_without_a_name_is_held(books, buyer):
    with pytest.raises(RejectedError) as caught:
        books.client.create_counterparty(replace(buyer, name=" "))

    assert reason_of(caught) is HoldReason.COUNTERPARTY_NAME_MISSING


@pytest.mark.parametrize("fault", ["500_after", "reset_after", "no_id", "truncate_body", "html"])
def test_a_lost_buyer_is_found_by_inn(books, buyer, fault):
    books.sandbox.breaks(fault, f"*/{books.counterparties}")

    with pytest.raises(OutcomeUnknownError):
        books.client.create_counterparty(buyer)

    (row,) = books.buyers()
    assert books.client.find_counterparty(buyer) == row["id"]


# Documents


@pytest.fixture(params=DocumentKind, ids=str)
def kind(request, books):
    if request.param not in books.kinds:
        pytest.skip(f"{books.name} makes no {request.param}")
    return request.param


@pytest.fixture
def buyer_id(books, buyer):
    return books.client.create_counterparty(buyer)


def test_a_document_arrives_as_it_was_sent(books, kind, buyer_id, document):
    sent = document(kind)

    created = books.client.create_document(sent, buyer_id)

    (row,) = books.documents(kind)
    assert (row["id"], row["date"]) == (created, "2026-10-03")
    assert buyer_id in (row.get("counterpartyId"), row.get("contractorId"))
    if (books.name, kind) != ("elba_oauth", ACT):
        assert row["number"] == "1045"
    if (books.name, kind) != ("elba_public", SALE):
        assert row["comment"].endswith(f"#1045 {sent.key.mark}")


def test_a_document_that_the_books_cannot_make_is_a_setting_to_change(books, document):
    for missing in set(DocumentKind) - set(books.kinds):
        with pytest.raises(MisconfiguredError, match=f"{missing}s"):
            books.client.create_document(document(missing), "1")


def test_a_bill_is_read_back(books, buyer_id, document):
    created = books.client.create_document(document(), buyer_id)

    shown = books.client.read_document(BILL, created)

    assert (shown.kind, shown.external_id, shown.number) == (BILL, created, "1045")
    assert (shown.issued_on, shown.counterparty_id) == (DAY, buyer_id)
    assert shown.total == Decimal("300.00")
    assert shown.vat == (None if books.name == "elba_public" else Decimal("54.10"))
    assert shown.comment.endswith("[b2:bill:512]")


def test_a_document_that_is_gone_is_none(books):
    assert books.client.read_document(BILL, "00000000-0000-0000-0000-000000000000") is None


def test_documents_are_listed_by_day_with_both_ends(books, kind, buyer_id, document):
    if not books.lists():
        with pytest.raises(MisconfiguredError, match="search_documents"):
            books.client.list_documents(kind, DAY, DAY)
        return
    days = [DAY + timedelta(days=shift) for shift in (-1, 0, 1, 2)]
    for number, day in enumerate(days):
        books.client.create_document(document(kind, number=f"A-{number}", issued_on=day), buyer_id)

    shown = books.client.list_documents(kind, days[1], days[2])

    assert [each.issued_on for each in shown] == days[1:3]
    assert {each.kind for each in shown} == {kind}


def test_the_same_document_again_is_the_one_that_is_there(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    first = searchable.client.create_document(document(), buyer_id)

    assert searchable.client.create_document(document(), buyer_id) == first
    assert len(searchable.documents(BILL)) == 1


def test_a_number_of_somebody_else_is_held(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    theirs = replace(document().key, order_id="999")
    searchable.client.create_document(document(key=theirs), buyer_id)

    with pytest.raises(RejectedError) as caught:
        searchable.client.create_document(document(), buyer_id)

    assert reason_of(caught) is HoldReason.NUMBER_TAKEN
    assert len(searchable.documents(BILL)) == 1


def test_our_document_with_another_total_is_held_as_changed(searchable, buyer, document, line):
    buyer_id = searchable.client.create_counterparty(buyer)
    searchable.client.create_document(document(), buyer_id)

    with pytest.raises(RejectedError) as caught:
        searchable.client.create_document(document(lines=(line, line)), buyer_id)

    assert reason_of(caught) is HoldReason.CHANGED_AFTER_POSTING


def test_our_document_for_another_buyer_is_held_as_changed(searchable, buyer, person, document):
    searchable.client.create_document(document(), searchable.client.create_counterparty(buyer))

    with pytest.raises(RejectedError) as caught:
        searchable.client.create_document(document(), searchable.client.create_counterparty(person))

    assert reason_of(caught) is HoldReason.CHANGED_AFTER_POSTING


def test_a_taken_number_is_not_looked_up_over_a_connection_that_may_not(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    blind = searchable.open(capabilities={"search_documents": False})
    blind.create_document(document(), buyer_id)

    with pytest.raises(RejectedError) as caught:
        blind.create_document(document(), buyer_id)

    assert reason_of(caught) is HoldReason.NUMBER_TAKEN


def test_a_document_is_looked_up_by_its_number_in_its_year(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    sent = searchable.client.create_document(document(), buyer_id)
    for change in ({"number": "1046"}, {"issued_on": date(2027, 1, 1), "pay_by": None}):
        searchable.client.create_document(document(**change), buyer_id)
    asked = searchable.sandbox.requests()

    (found,) = searchable.client.look_up(BILL, "1045", date(2026, 12, 31))

    assert (found.external_id, found.total) == (sent, Decimal("300.00"))
    assert searchable.sandbox.requests() == asked + 1
    assert searchable.client.look_up(BILL, "1047", DAY) == []


@pytest.fixture
def careless(searchable):
    """Books that would take a number twice, and a connection that knows it."""
    searchable.sandbox.behaves(unique_numbers="off")
    searchable.client = searchable.open(capabilities={"unique_numbers": False})
    return searchable


def test_books_that_take_a_number_twice_are_looked_into_first(careless, buyer, document):
    buyer_id = careless.client.create_counterparty(buyer)
    first = careless.client.create_document(document(), buyer_id)

    assert careless.client.create_document(document(), buyer_id) == first
    with pytest.raises(RejectedError) as caught:
        careless.client.create_document(document(key=replace(document().key, order_id="999")), buyer_id)

    assert reason_of(caught) is HoldReason.NUMBER_TAKEN
    assert len(careless.documents(BILL)) == 1


def test_books_that_number_acts_themselves_are_looked_into_for_the_mark(careless, buyer, document):
    buyer_id = careless.client.create_counterparty(buyer)
    other = replace(document(ACT).key, order_id="999")
    first = careless.client.create_document(document(ACT), buyer_id)

    assert careless.client.create_document(document(ACT), buyer_id) == first
    assert careless.client.create_document(document(ACT, number="1046", key=other), buyer_id) != first
    assert len(careless.documents(ACT)) == 2


def test_a_connection_that_knows_nothing_better_sends_one_request(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    asked = searchable.sandbox.requests()

    searchable.client.create_document(document(), buyer_id)

    assert searchable.sandbox.requests() == asked + 1


def test_books_that_list_nothing_say_what_to_switch_off(searchable, document):
    searchable.sandbox.behaves(seed_only="on")
    first_look = searchable.open(capabilities={"unique_numbers": False})

    for look in (
        lambda: searchable.client.list_documents(BILL, DAY, DAY),
        lambda: searchable.client.look_up(BILL, "1045", DAY),
        lambda: first_look.create_document(document(), "1"),
    ):
        with pytest.raises(MisconfiguredError, match=r"404 not_found.*\"search_documents\": false"):
            look()


def test_a_bill_is_brought_to_what_the_order_has_become(searchable, buyer, document, line):
    buyer_id = searchable.client.create_counterparty(buyer)
    bill = searchable.client.create_document(document(), buyer_id)
    branch = searchable.client.create_counterparty(replace(buyer, kpp="770101001"))
    changed = document(lines=(line, line), issued_on=date(2026, 10, 4))

    searchable.client.update_document(changed, bill, branch)
    searchable.client.update_document(changed, bill, branch)

    shown = searchable.client.read_document(BILL, bill)
    assert (shown.total, shown.issued_on) == (Decimal("600.00"), date(2026, 10, 4))
    assert (shown.counterparty_id, shown.number) == (branch, "1045")
    assert shown.comment.endswith("[b2:bill:512]")


def test_a_bill_is_not_given_a_number_that_is_taken(searchable, buyer, document):
    buyer_id = searchable.client.create_counterparty(buyer)
    searchable.client.create_document(document(), buyer_id)
    other = document(number="1046", key=replace(document().key, order_id="513"))
    bill = searchable.client.create_document(other, buyer_id)

    with pytest.raises(RejectedError) as caught:
        searchable.client.update_document(replace(other, number="1045"), bill, buyer_id)

    assert reason_of(caught) is HoldReason.NUMBER_TAKEN


def test_a_document_that_is_gone_is_changed_by_nobody(searchable, document):
    with pytest.raises(RejectedError, match="его там нет") as caught:
        searchable.client.update_document(document(), "gone", "1")

    assert reason_of(caught) is HoldReason.CHANGED_AFTER_POSTING


def test_a_change_that_the_books_cannot_take_stays_at_home(searchable, document):
    asked = searchable.sandbox.requests()

    with pytest.raises(RejectedError, match="пусто"):
        searchable.client.update_document(document(number=" "), "1", "2")

    assert searchable.sandbox.requests() == asked


def test_a_rate_that_cannot_be_expressed_stays_at_home(books, buyer_id, document, line):
    asked = books.sandbox.requests()
    strange = set(VatRate) - books.client.vat_rates
    narrow = books.open(capabilities={"extended_vat": False})

    for client, rate in [(narrow, VatRate.VAT22), *((books.client, rate) for rate in strange)]:
        with pytest.raises(RejectedError) as caught:
            client.create_document(document(lines=(line, replace(line, vat_rate=rate))), buyer_id)
        assert reason_of(caught) is HoldReason.VAT_RATE_NOT_SUPPORTED

    assert books.sandbox.requests() == asked


@pytest.mark.parametrize("rate", VatRate)
def test_every_rate_that_is_promised_arrives(books, buyer_id, document, line, rate):
    if rate not in books.client.vat_rates:
        pytest.skip(f"{books.name} does not promise it")
    day = {VatRate.VAT18: date(2018, 5, 5), VatRate.VAT20: date(2025, 5, 5)}.get(rate, DAY)
    vat = rate.inside(line.total)

    created = books.client.create_document(
        document(issued_on=day, lines=(replace(line, vat_rate=rate, vat=vat),)), buyer_id
    )

    assert books.client.read_document(BILL, created).vat in (vat, None)


def test_too_many_lines_stay_at_home(searchable, document, line):
    asked = searchable.sandbox.requests()

    with pytest.raises(RejectedError) as caught:
        searchable.client.create_document(document(lines=(line,) * (searchable.client.max_lines + 1)), "1")

    assert reason_of(caught) is HoldReason.TOO_MANY_LINES
    assert searchable.sandbox.requests() == asked


def test_as_many_lines_as_are_allowed_arrive(books, buyer_id, document, line):
    many = document(lines=(line,) * min(books.client.max_lines, 1000))

    created = books.client.create_document(many, buyer_id)

    assert books.client.read_document(BILL, created).total == many.total


def wrong_documents(document, line, longest):
    number, name, unit, comment = longest
    for text in ("", " ", "9" * (number + 1)):
        yield document(number=text)
    for text in ("", " ", "Ч" * (name + 1)):
        yield document(lines=(line, replace(line, name=text)))
    for text in ("", " ", "ш" * (unit + 1)):
        yield document(lines=(replace(line, unit=text),))
    yield document(order_number="9" * comment)
    yield document(lines=())


LONGEST = {
    "kontur": (50, 1000, 20, 1000),
    "elba_oauth": (50, 1000, 20, 1000),
    "elba_public": (30, 2000, 1000, 10000),
}


def test_a_text_that_is_missing_or_too_long_stays_at_home(books, buyer_id, document, line):
    asked = books.sandbox.requests()

    for wrong in wrong_documents(document, line, LONGEST[books.name]):
        with pytest.raises(RejectedError) as caught:
            books.client.create_document(wrong, buyer_id)
        assert reason_of(caught) is HoldReason.REJECTED_BY_BOOKS

    assert books.sandbox.requests() == asked


def test_a_text_that_just_fits_arrives(books, buyer_id, document, line):
    number, name, unit, comment = LONGEST[books.name]
    books.client.create_document(document(order_number=""), buyer_id)
    said = len(books.documents(BILL)[0]["comment"])
    lines = (replace(line, name="Ч" * name, unit="ш" * unit),)

    for fits in (
        document(number="9" * number, lines=lines),
        document(number="1", order_number="9" * (comment - said), lines=(replace(line, name="Ч", unit="ш"),)),
    ):
        books.client.create_document(fits, buyer_id)

    assert len(books.documents(BILL)) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quantity": Decimal(0)}, HoldReason.NEGATIVE_AMOUNT),
        ({"quantity": Decimal(-1)}, HoldReason.NEGATIVE_AMOUNT),
        ({"price": Decimal("-0.01")}, HoldReason.NEGATIVE_AMOUNT),
        ({"quantity": Decimal("0.00001")}, HoldReason.REJECTED_BY_BOOKS),
        ({"price": Decimal("0.000000001")}, HoldReason.REJECTED_BY_BOOKS),
    ],
)
def test_a_number_that_the_books_do_not_take_stays_at_home(books, buyer_id, document, line, change, reason):
    asked = books.sandbox.requests()

    with pytest.raises(RejectedError) as caught:
        books.client.create_document(document(lines=(replace(line, **change),)), buyer_id)

    assert reason_of(caught) is reason
    assert books.sandbox.requests() == asked


def test_a_buyer_whom_the_books_do_not_take_stays_at_home(books, buyer, person):
    longest = {"kontur": 255, "elba_oauth": 500, "elba_public": 400}[books.name]
    trader = replace(buyer, kind=CounterpartyKind.SOLE_PROPRIETOR, inn="500100732259", kpp="")
    asked = books.sandbox.requests()

    for wrong, reason in [
        (replace(buyer, name="Я" * (longest + 1)), HoldReason.REJECTED_BY_BOOKS),
        (replace(buyer, address="Я" * 2001), HoldReason.REJECTED_BY_BOOKS),
        (replace(person, email="я" * 401), HoldReason.REJECTED_BY_BOOKS),
        (replace(person, phone="1" * 401), HoldReason.REJECTED_BY_BOOKS),
        (replace(buyer, inn=""), HoldReason.INN_INVALID),
        (replace(buyer, inn="500100732259"), HoldReason.INN_INVALID),
        (replace(trader, inn=buyer.inn), HoldReason.INN_INVALID),
        (replace(trader, kpp=buyer.kpp), HoldReason.KPP_INVALID),
        (replace(buyer, kpp="7736aa001"), HoldReason.KPP_INVALID),
        (replace(buyer, kpp="77360100"), HoldReason.KPP_INVALID),
    ]:
        with pytest.raises(RejectedError) as caught:
            books.client.create_counterparty(wrong)
        assert reason_of(caught) is reason

    assert books.sandbox.requests() == asked
    books.client.create_counterparty(replace(buyer, name="Я" * longest))


def test_an_unknown_buyer_is_refused_in_the_books_words(books, document):
    with pytest.raises(RejectedError, match="онтрагент") as caught:
        books.client.create_document(document(), "00000000-0000-0000-0000-000000000000")

    assert reason_of(caught) is HoldReason.REJECTED_BY_BOOKS


@pytest.mark.parametrize("shape", ["html", "empty", "text"])
def test_a_refusal_of_any_shape_is_a_refusal(books, buyer_id, document, shape):
    books.sandbox.behaves(error_body=shape)

    with pytest.raises(RejectedError) as caught:
        books.client.create_document(document(), "00000000-0000-0000-0000-000000000000")

    assert reason_of(caught) is HoldReason.REJECTED_BY_BOOKS


@pytest.mark.parametrize(
    "fault", ["500_after", "reset_after", "timeout_after", "no_id", "truncate_body", "html"]
)
def test_a_lost_answer_is_unknown_and_the_document_is_found_by_its_mark(
    books, kind, buyer_id, document, fault
):
    sent = document(kind)
    books.sandbox.breaks(fault, seconds=0.05 if fault == "timeout_after" else None)

    with pytest.raises(OutcomeUnknownError):
        books.client.create_document(sent, buyer_id)

    (row,) = books.documents(kind)
    if books.lists():
        found = books.client.list_documents(kind, DAY, DAY)
        assert [each.external_id for each in found if each.comment.endswith(sent.key.mark)] == [row["id"]]


@pytest.mark.parametrize("fault", ["500", "503", "drop_before"])
def test_a_write_that_may_not_have_landed_is_unknown_too(books, buyer_id, document, fault):
    books.sandbox.breaks(fault)

    with pytest.raises(OutcomeUnknownError):
        books.client.create_document(document(), buyer_id)

    assert books.documents(BILL) == []


@pytest.mark.parametrize("form", ["seconds", "http_date"])
def test_a_write_over_the_limit_had_no_effect(books, buyer_id, document, form):
    books.sandbox.behaves(retry_after=form)
    books.sandbox.breaks("429", seconds=90)

    with pytest.raises(TransientError) as caught:
        books.client.create_document(document(), buyer_id)

    assert 85 <= caught.value.retry_after <= 91
    assert books.documents(BILL) == []


@pytest.mark.parametrize("fault", ["429", "500", "503", "drop_before", "truncate_body", "html"])
def test_a_search_survives_a_passing_failure(books, buyer, buyer_id, fault):
    books.sandbox.breaks(fault, method="*", times=2, seconds=1 if fault in ("429", "503") else None)

    assert books.client.find_counterparty(buyer) == buyer_id


def test_a_key_of_another_company_never_makes_the_same_mark():
    ours = DocumentKey("romashka", ACT, "512", "733")

    assert ours.mark == "[b2:act:512:733]"
    assert DocumentKey("romashka", SALE, "512", "733").mark != ours.mark

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.answers import Answer, read_answer, read_answers, record, refuse_early
from bookkeeping.domain import Capability, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.ledger import Due
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME
from bookkeeping.posting import CORRECTION
from bookkeeping.questions import body, questions, subject

SALE, OTHER, LATER = "petrova/sale/7/71", "petrova/sale/8/81", "petrova/sale/9/91"
PERSON, COMPANY = "petrova/counterparty/5f2c", "petrova/counterparty/77"


@pytest.fixture
def unanswered(ledger):
    """Have writes in the ledger whose answers were lost."""

    def lose(*dues):
        ledger.expect(dues)
        for due in dues:
            ledger.release(ledger.claim(due.key), OutcomeUnknownError("no answer"))

    return lose


def sale(key, **changes):
    order, shipment = key.split("/")[2:]
    facts = {"number": f"A-{order}", "dated_on": date(2026, 10, 3), "total": Decimal("1234.50")}
    return Due(key, "petrova", "sale", order_id=order, shipment_id=shipment, **(facts | changes))


def counterparty(key, counterparty_key):
    return Due(key, "petrova", "counterparty", counterparty_key=counterparty_key)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("9f1c2a", Answer(SALE, "9f1c2a")),
        ("  77-a/1 ", Answer(SALE, "77-a/1")),
        ("нет", Answer(SALE)),
        ("НЕТ", Answer(SALE)),
        (" again\n", Answer(SALE)),
    ],
)
def test_an_answer_is_an_id_or_a_word_for_not_there(text, answer):
    assert read_answer(SALE, text) == answer


@pytest.mark.parametrize("text", ["yes", "есть", "да, 17", "A 17", "№17", "1" * 101, "не знаю"])
def test_what_is_neither_is_refused(text):
    with pytest.raises(MisconfiguredError, match=f"{SALE}.*не id.*Ничего не записано"):
        read_answer(SALE, text)


def test_an_empty_text_is_no_answer_and_a_wrong_one_spoils_all():
    assert read_answers({SALE: "", OTHER: None, LATER: "id-1"}) == [Answer(LATER, "id-1")]
    with pytest.raises(MisconfiguredError, match=OTHER):
        read_answers({SALE: "id-1", OTHER: "не знаю"})


@pytest.mark.parametrize("answer", [Answer(SALE, "upd-1"), Answer(SALE)])
def test_an_answer_to_an_earlier_silence_is_not_taken_for_this_one(ledger, unanswered, clock, answer):
    asked_at = clock()
    clock.advance(1)
    unanswered(sale(SALE))
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    assert record([answer], ledger, "anna", asked_at) == {SALE: False}
    assert record([answer], ledger, "anna", clock()) == {SALE: True}


def test_the_ledger_keeps_who_said_what(ledger, unanswered, clock):
    unanswered(sale(SALE), sale(OTHER))
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    done = record([Answer(SALE, "upd-1"), Answer(OTHER)], ledger, "Airflow user anna")

    assert done == {SALE: True, OTHER: True}
    assert (ledger.status_of(SALE), ledger.entry(SALE).external_id) == (Status.POSTED, "upd-1")
    assert ledger.status_of(OTHER) is Status.PENDING
    assert "Airflow user anna looked and found it as upd-1" in ledger.history(SALE)[-1]
    assert "Airflow user anna looked and did not find it" in ledger.history(OTHER)[-1]


def test_what_is_not_unknown_any_more_is_left_and_reported(ledger, unanswered):
    unanswered(sale(SALE))
    ledger.confirm(SALE, "upd-1", "found in the books")

    assert record([Answer(SALE, "upd-2"), Answer(OTHER)], ledger, "anna") == {SALE: False, OTHER: False}
    assert ledger.entry(SALE).external_id == "upd-1"


@pytest.mark.parametrize("settled", [[], [Answer(OTHER, "upd-1")]])
def test_one_id_never_goes_to_two_documents(ledger, unanswered, settled):
    unanswered(sale(SALE), sale(OTHER))
    record(settled, ledger, "anna")
    both = [Answer(SALE, "upd-1")] if settled else [Answer(SALE, "upd-1"), Answer(OTHER, "upd-1")]

    with pytest.raises(MisconfiguredError, match=r"upd-1.*уже принадлежит petrova/sale/8/81"):
        record(both, ledger, "anna")

    assert ledger.status_of(SALE) is Status.UNKNOWN


def test_the_books_may_know_two_of_our_buyers_as_one(ledger, unanswered):
    unanswered(counterparty(PERSON, "person:5f2c"), counterparty(COMPANY, "retail"))

    done = record([Answer(PERSON, "c-1"), Answer(COMPANY, "c-1")], ledger, "anna")

    assert done == {PERSON: True, COMPANY: True}


def test_a_person_is_asked_about_the_days_orders_and_about_counterparties(ledger, unanswered):
    ledger.expect([sale(LATER, counterparty_key="person:5f2c", number="A-9")])
    unanswered(sale(SALE), sale(OTHER), counterparty(PERSON, "person:5f2c"))
    unanswered(Due("romashka/sale/7/71", "romashka", "sale", order_id="7"))

    asked = {
        q.key: q.title.replace("\N{NO-BREAK SPACE}", " ") for q in questions(ledger, "petrova", {"7"}, ())
    }

    assert asked == {
        SALE: "Реализация № A-7 от 03.10.2026 на 1 234,50 ₽",
        PERSON: "Контрагент: покупатель по документам № A-9",
    }


def test_a_payment_is_named_by_its_order(ledger, unanswered):
    unanswered(
        Due(
            "petrova/payment/5/sale/7/71",
            "petrova",
            "payment",
            order_id="7",
            number="A-7",
            dated_on=date(2026, 10, 3),
            total=Decimal(90),
        )
    )

    [asked] = questions(ledger, "petrova", {"7"}, ())

    assert asked.title.startswith("Оплата по заказу № A-7 от 03.10.2026 на 90,00")


@pytest.mark.parametrize(
    ("can", "titles"),
    [
        ({Capability.CORRECTIONS}, []),
        (set(Capability) - {Capability.CORRECTIONS}, ["Корректировка (возврат товара) № A-7 от 03.10.2026"]),
    ],
    ids=["seen", "not seen"],
)
def test_goods_back_are_asked_about_only_where_the_books_do_not_show_them(ledger, unanswered, can, titles):
    unanswered(replace(sale(SALE, total=Decimal(-90)), key=f"{SALE}/correction1", kind=CORRECTION))

    asked = questions(ledger, "petrova", {"7"}, can)

    assert [question.title.partition(" на ")[0] for question in asked] == titles


def test_nobody_is_asked_what_the_next_run_finds_out_by_itself(ledger, unanswered):
    unanswered(sale(SALE), counterparty(COMPANY, "inn:7707083893:773601001"))
    unanswered(Due("petrova/refund/5/sale/7/71", "petrova", "refund", order_id="7"))

    can = {Capability.SEARCH_DOCUMENTS, Capability.PAYMENTS_LIST}

    assert questions(ledger, "petrova", {"7"}, can) == []
    assert len(questions(ledger, "petrova", {"7"}, ())) == 2


def test_the_form_says_whose_day_it_is_and_what_to_do(ledger, unanswered):
    unanswered(sale(SALE))

    head = subject("ИП Петрова", date(2026, 10, 3), questions(ledger, "petrova", {"7"}, ()))

    assert head.replace("\N{NO-BREAK SPACE}", " ") == "ИП Петрова, 03.10.2026: 1 запись без ответа"
    assert "**нет**" in body("petrova")
    assert "sync_orders__petrova" in body("petrova")


def test_who_says_it_is_not_there_too_early_is_asked_to_come_again(ledger, unanswered, clock):
    unanswered(sale(SALE))
    answers, asked_at = [Answer(SALE)], clock()
    clock.advance(30)

    assert record(answers, ledger, "anna", asked_at) == {SALE: False}
    with pytest.raises(TransientError) as caught:
        refuse_early(answers, ledger, asked_at)

    clock.advance(caught.value.retry_after)
    assert record(answers, ledger, "anna", asked_at) == {SALE: True}
    refuse_early(answers, ledger, asked_at)

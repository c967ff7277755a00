"""The digest tells all that an accountant must know of a day, shortly, and obeys nobody's text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.unit.mail.postbox import Elements

from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError
from bookkeeping.ledger import Due, PaidBill
from bookkeeping.mail import MAIL, digest_of, held_letters, read_digest, write_digest
from bookkeeping.mail.bills import NO_ADDRESS
from bookkeeping.mail.letters import bill_key
from bookkeeping.mail.parts import parts_of
from bookkeeping.outcomes import BankMatch, Outcome

NOON = datetime(2026, 10, 4, 12, tzinfo=UTC)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def rows(day):
    return {part.title: [[plain(cell) for cell in row] for row in part.rows] for part in parts_of(day)}


def test_each_thing_stands_in_its_part(day):
    told = rows(day)

    assert told["Предупреждения"] == [["Подозрительно мало заказов", "За день создано заказов: 2."]]
    assert told["Сделано за день"] == [["Счёт", "4", "4 938,00 ₽"]]
    assert told["Отметьте оплату в учёте"] == [["Счёт № A-2", "№ A-2", "Покупатель 2", "1 234,50 ₽"]]
    assert told["Оформите возврат"][0][:2] == ["Счёт № A-5", "№ A-5"]
    assert told["Удержано"][0][:3] == ["ИНН с ошибкой", "1", "Счёт № A-3"]
    assert told["Без ответа"] == [["Счёт № A-4 от 03.10.2026", "№ A-4", "1 234,50 ₽"]]
    [difference] = told["Расхождения"]
    assert difference[:3] == ["№ A-6", "Оплата отличается: пояснение 6", "−0,01 ₽"]
    assert "Сверьте платежи" in difference[3]
    assert [row[0] for row in told["Чужие документы"]] == ["Акт № 88"]
    assert [row[3] for row in told["Поступления без пары"]] == [
        f"поступление {match}" for match in (BankMatch.AMBIGUOUS, BankMatch.NONE)
    ]
    assert [row[1] for row in told["Деньги за день"]] == ["№ A-1", "№ A-2"]


def test_both_forms_say_the_same(day):
    digest = digest_of(day)
    page = plain(Elements(digest.html).text)

    assert digest.subject == "ИП Иванов, 03.10.2026: требуют внимания: 9"
    for title, of_part in rows(day).items():
        assert title in page
        assert title.upper() in digest.text
        for cell in (cell for row in of_part for cell in row if cell):
            assert cell in page
            assert cell in plain(digest.text)


@pytest.fixture
def hold(ledger):
    """Have a letter in the ledger that waits for a person."""

    def hold_letter(number, day, detail=NO_ADDRESS):
        key, order = bill_key("ivanov", number), {"order_id": number, "number": f"A-{number}"}
        reason = HoldReason.MANUAL_REQUIRED
        ledger.expect([Due(key, "ivanov", MAIL, **order, dated_on=day, reason=reason, detail=detail)])

    return hold_letter


def test_letters_that_did_not_go_out_come_first_with_words_of_their_own(quiet, ledger, hold):
    today, refused = quiet.business_date, "почтовый сервер отказал (550 5.1.1)"
    hold("1", today)
    hold("2", today - timedelta(1), refused)
    hold("3", today - timedelta(2))
    hold("4", today + timedelta(1))
    ledger.expect([Due(bill_key("ivanov", "5"), "ivanov", MAIL, order_id="5", dated_on=today)])

    letters = held_letters(ledger, "ivanov", today)
    [part], digest = parts_of(quiet, letters), digest_of(quiet, letters)

    assert part.title == "Письма покупателям не отправлены"
    assert sorted(part.rows) == [(NO_ADDRESS, "2", "№ A-1, № A-3"), (refused, "1", "№ A-2")]
    assert digest.subject.endswith("требуют внимания: 3")
    for text in (digest.text, Elements(digest.html).text):
        assert "Счета в учёте есть, но покупатели их не получили" in text
        assert "Документ не создан" not in text
        assert "@" not in text


def test_bills_that_the_books_call_paid_are_told_by_number(quiet):
    bills = [
        PaidBill("1045", "b-1", quiet.business_date, Decimal(1000), Decimal(250), "partiallyPaid", NOON),
        PaidBill("1046", "b-2", quiet.business_date, Decimal(500), None, "paid", NOON),
    ]
    letter = digest_of(quiet, paid=bills)
    assert parts_of(quiet, paid=bills)[-1].title == "Учёт показывает оплату счетов"
    for form in (plain(letter.text), plain(letter.html)):
        assert "№ 1045" in form
        assert "250,00 ₽" in form
        assert "№ 1046" in form


def test_a_quiet_day_says_so_in_one_line(quiet):
    digest = digest_of(quiet)

    assert digest.subject == "ИП Иванов, 03.10.2026: событий не было"
    assert digest.text.count("\n") < 8
    assert "В этот день событий не было." in Elements(digest.html).text
    assert "table" not in Elements(digest.html).tags


def test_a_day_that_asks_for_nothing_claims_no_more_than_that(quiet, new_order):
    day = replace(quiet, orders=(new_order("1", Outcome.NOT_CHECKED),))

    assert digest_of(day).subject.endswith("внимания ничего не требует")


def test_a_long_table_is_cut_and_says_how_much_is_left(quiet, new_order):
    day = replace(quiet, orders=tuple(new_order(str(n), Outcome.AMOUNT_DIFFERS) for n in range(35)))

    [part] = [part for part in parts_of(day) if part.title == "Расхождения"]

    assert (len(part.rows), part.more) == (30, 5)
    assert "и ещё 5 — в отчёте" in digest_of(day).text
    assert "и ещё 5 — в отчёте" in digest_of(day).html


EVIL = (
    '<script>alert(1)</script><img src="https://evil.example" onerror=a>\r\nBcc: all@evil.example \u202egpj'
)


def test_what_strangers_wrote_is_text_and_nothing_is_loaded(quiet, new_order):
    evil = replace(new_order("1", Outcome.AMOUNT_DIFFERS), buyer=EVIL, number=EVIL, explanation=EVIL)
    digest = digest_of(replace(quiet, title=EVIL, orders=(evil,), warnings=(("new", EVIL),)))
    page = Elements(digest.html)

    assert page.tags <= {
        *("html", "head", "meta", "title", "body", "h1", "h2", "p"),
        *("table", "tr", "th", "td"),
    }
    assert all(
        set(attrs) <= {"style", "lang", "charset", "cellpadding", "cellspacing"} for _, attrs in page.found
    )
    assert not any("url(" in attrs.get("style", "") for _, attrs in page.found)
    assert "<script>alert(1)</script>" in page.text
    assert "Bcc: all@evil.example" in digest.subject
    for text in (digest.html, digest.text):
        assert "\r" not in text
        assert "\u202e" not in text
        assert not any(line.startswith("Bcc:") for line in text.splitlines())


def test_it_waits_in_files_until_it_is_sent(day, tmp_path):
    write_digest(day, tmp_path)

    assert read_digest(tmp_path) == digest_of(day)
    assert {path.name for path in tmp_path.iterdir()} == {"digest.html", "digest.txt"}


def test_a_month_has_none(day, tmp_path):
    write_digest(replace(day, through=day.business_date.replace(day=31)), tmp_path)

    with pytest.raises(MisconfiguredError, match="Clear the task explain"):
        read_digest(tmp_path)


def test_what_was_made_counts_a_shared_summary_once_and_no_other_days_documents(quiet, new_order):
    first, second, third = (new_order(str(n)) for n in range(3))
    [summary] = first.documents
    [older] = third.documents
    orders = (
        first,
        replace(second, documents=(summary,)),
        replace(third, documents=(replace(older, issued_on=older.issued_on.replace(day=1)),)),
    )

    assert rows(replace(quiet, orders=orders))["Сделано за день"] == [["Счёт", "1", "2 469,00 ₽"]]

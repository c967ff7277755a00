"""A month's numbers add up, what is open is named, and only what is done can be closed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookkeeping.closing import summary
from bookkeeping.closing.verdict import verdict
from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, VatRate
from bookkeeping.ledger import Due, SyncLedger
from bookkeeping.outcomes import BankMatch, BankRow, Outcome
from bookkeeping.report.totals import total_of

MIDNIGHT = datetime(2026, 11, 1, 21, tzinfo=UTC)
"""When 2 November begins in Moscow: the run of the last day is over."""


def totals(closing):
    return {total.kind: (total.count, str(total.total), str(total.vat)) for total in closing.documents}


def test_the_totals_are_those_of_the_documents_dated_in_the_month(october, tmp_path):
    october.sold("1001", price="122.00")
    october.order("1002", october.post("1002", "110.00", rate=VatRate.VAT10))
    october.post("1003", "7.00", issued_on=date(2026, 9, 30))
    october.post("1004", "7.00", issued_on=date(2026, 11, 1))

    assert totals(october.close(tmp_path)) == {"sale": (2, "232.00", "32.00")}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prices=st.lists(st.decimals("0.01", "99999999.99", places=2), min_size=1, max_size=8))
def test_rates_add_up_to_their_kinds_to_the_kopeck(october, empty, tmp_path, prices):
    empty(october.ledger.engine)
    october.rows.clear()
    for place, price in enumerate(prices):
        rate = (VatRate.VAT22, VatRate.VAT10, VatRate.NONE)[place % 3]
        october.order(str(place), october.post(str(place), price, "0.01", rate=rate))
    closing = october.close(tmp_path)

    (whole,) = closing.documents
    assert whole.total == sum(prices) + Decimal("0.01") * len(prices)
    assert total_of(rate.total for rate in closing.rates) == whole.total
    assert total_of(rate.vat for rate in closing.rates) == whole.vat
    assert None not in {rate.rate for rate in closing.rates}


def test_documents_whose_lines_are_not_known_have_no_rate(october, tmp_path):
    october.sold("1001")
    october.ledger.expect([due("romashka/sale/8/81", sent="x")])
    october.ledger.bind(october.ledger.claim("romashka/sale/8/81"), "id-8")
    rates = {row.rate: row.total for row in october.close(tmp_path).rates}

    assert rates == {VatRate.VAT22: Decimal("100.00"), None: Decimal("55.00")}


def due(key, sent="hash", on=date(2026, 10, 3), **changes):
    company, kind, order_id, *_ = key.split("/")
    facts = {
        "kind": kind,
        "dated_on": on,
        "total": Decimal("55.00"),
        "vat": Decimal("0.00"),
        "due_hash": sent,
    }
    return Due(key, company, order_id=order_id, **(facts | changes))


def test_what_was_cancelled_in_the_books_does_not_count(october, tmp_path):
    october.sold("1001", "1002")
    october.ledger.brought_up("romashka/sale/1002/10021", {"sent_hash": ""})

    assert totals(october.close(tmp_path))["sale"][0] == 1


@pytest.mark.parametrize(
    ("on", "of_month"),
    [
        (date(2026, 11, 3), {}),
        (date(2026, 10, 31), {"correction": (1, "-61.00", "-11.00")}),
    ],
)
def test_a_return_of_goods_leaves_the_sale_as_it_was_issued(october, tmp_path, on, of_month):
    october.sold("1001", "1002", price="122.00")
    key = "romashka/sale/1002/10021"
    back = {"kind": "correction", "document_key": key, "total": Decimal("-61.00"), "vat": Decimal("-11.00")}
    october.ledger.expect([due(f"{key}/correction1", on=on, **back)])
    october.ledger.bind(october.ledger.claim(f"{key}/correction1"), "correction-1")
    october.ledger.brought_up(key, {"sent_hash": "left", "total": Decimal("61.00"), "vat": Decimal("11.00")})
    closing = october.close(tmp_path)

    assert totals(closing) == {"sale": (2, "244.00", "44.00")} | of_month
    assert {row.rate: row.total for row in closing.rates} == {VatRate.VAT22: 122, None: 122}


def test_money_is_summed_up_by_its_own_day(october, tmp_path):
    october.record(MoneyKind.PAYMENT, "1", "300.10")
    october.record(MoneyKind.PAYMENT, "2", "0.05", on=date(2026, 10, 31))
    october.record(MoneyKind.REFUND, "2", "0.05", on=date(2026, 10, 31))
    october.record(MoneyKind.PAYMENT, "3", "9.00", on=date(2026, 11, 1))

    money = {total.kind: (total.count, str(total.total)) for total in october.close(tmp_path).money}
    assert money == {"payment": (2, "300.15"), "refund": (1, "0.05")}


def test_money_that_the_books_have_in_part_is_named(october, unpaid, tmp_path):
    october.order(
        "1001", october.post("1001", "50.00"), money=(unpaid, replace(unpaid, recorded=Decimal(50)))
    )
    october.order("1002", money=(replace(unpaid, paid_on=date(2026, 9, 30)), replace(unpaid, paid_on=None)))
    closing = october.close(tmp_path)

    assert [(row.number, row.missing) for row in closing.unrecorded] == [("A-1001", Decimal("29.90"))]
    assert summary(closing)["unrecorded_total"] == "29.90"


@pytest.mark.parametrize(("seconds", "late"), [(-1, []), (0, ["A-1002"])])
def test_late_is_what_came_after_the_last_days_own_run(october, tmp_path, seconds, late):
    october.sold("1001")
    october.clock.now = MIDNIGHT
    october.clock.advance(seconds)
    october.sold("1002")

    closing = october.close(tmp_path)
    assert [each.entry.number for each in closing.late] == late
    assert closing.can_be_closed


def test_a_document_changed_later_was_not_posted_late(october, tmp_path):
    october.sold("1001")
    october.clock.now = MIDNIGHT
    october.ledger.brought_up("romashka/sale/1001/10011", {"sent_hash": "new"})

    assert october.close(tmp_path).late == ()


def test_a_month_in_which_all_agrees_can_be_closed(october, tmp_path):
    october.sold("1001", "1002")
    closing = october.close(tmp_path)

    assert (closing.reasons, closing.notes, verdict(closing)) == ((), (), "Можно закрывать")
    assert closing.waiting == closing.gaps == closing.repeats == ()


def test_each_thing_that_is_open_is_a_reason_once(october, tmp_path):
    october.sold("1001")
    october.order("1002", october.hold("1002", HoldReason.INN_INVALID), outcome=Outcome.HELD)
    october.order("1003", october.lose("1003", "5.00"), outcome=Outcome.UNKNOWN)
    october.order("1004", october.post("1004", "5.00"), outcome=Outcome.CHANGED_AFTER_POSTING)
    october.ledger.expect([due("romashka/sale/9/91"), due("vasilek/sale/9/91")])
    closing = october.close(tmp_path)

    assert [reason.replace("\xa0", " ") for reason in closing.reasons] == [
        "изменён после проведения: 1 заказ",
        "ждёт исправления: 1 заказ",
        "неизвестно, создан ли: 1 заказ",
        "нет в учёте или неизвестно, есть ли: 1 запись журнала",
    ]
    assert [(hold.reason, hold.count) for hold in closing.holds] == [(HoldReason.INN_INVALID, 1)]
    assert {entry.key for entry in closing.waiting} == {
        *("romashka/sale/1002/10021", "romashka/sale/1003/10031", "romashka/sale/9/91")
    }


def test_a_held_summary_is_told_by_its_orders(october, tmp_path):
    held = october.hold("day", HoldReason.DAY_NOT_READ)
    october.order("1001", held, outcome=Outcome.HELD)

    assert [*october.close(tmp_path).reasons] == ["ждёт исправления: 1\xa0заказ"]


def test_an_advance_keeps_no_month_open(october, tmp_path):
    october.order("1001", october.post("1001", "5.00"), outcome=Outcome.OVERPAID, difference=Decimal(1))
    october.facts = {"warnings": (("few_orders", "За 03.10.2026 создано заказов: 2."),)}
    closing = october.close(tmp_path)

    assert closing.can_be_closed
    assert [*closing.notes] == [
        "Подозрительно мало заказов: За 03.10.2026 создано заказов: 2.",
        "переплата: 1\xa0заказ",
    ]


def test_a_month_that_goes_on_cannot_be_closed(october, tmp_path):
    october.clock.now = datetime(2026, 10, 31, 20, 59, tzinfo=UTC)
    closing = october.close(tmp_path, at=october.clock.now)
    assert closing.reasons == ("месяц ещё идёт: последний его день — 31.10.2026",)

    assert october.close(tmp_path, at=datetime(2026, 10, 31, 21, tzinfo=UTC)).can_be_closed


def arrived(amount, match):
    facts = {"payer": "ООО «Вектор»", "purpose": "оплата", "explanation": ""}
    return BankRow("b1", date(2026, 10, 3), Decimal(amount), match=match, **facts)


def test_money_that_nobody_can_explain_is_a_note_with_its_sum(october, tmp_path):
    matches = [BankMatch.DOCUMENT, BankMatch.ACQUIRER, BankMatch.AMBIGUOUS, BankMatch.NONE]
    october.facts = {"bank": tuple(map(arrived, ["1000", "500", "20.10", "3.05"], matches))}
    closing = october.close(tmp_path)

    (note,) = closing.notes
    assert note.replace("\xa0", " ") == "не опознано на расчётном счёте: 2 поступления на 23,15 ₽"
    assert closing.can_be_closed
    assert note in (tmp_path / "closing.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("bank", "notes"),
    [
        (None, ("поступления на расчётный счёт не сверены: учёт их не показывает",)),
        ((arrived("1000", BankMatch.DOCUMENT),), ()),
    ],
)
def test_books_that_do_not_show_the_bank_are_named(october, tmp_path, bank, notes):
    october.facts = {"bank": bank}

    assert october.close(tmp_path).notes == notes


@pytest.mark.parametrize(
    ("through", "at"),
    [
        (date(2026, 10, 1), datetime(2026, 10, 2, 9, tzinfo=UTC)),
        (date(2026, 10, 14), datetime(2026, 10, 15, 9, tzinfo=UTC)),
        (date(2026, 10, 30), datetime(2026, 11, 1, tzinfo=UTC)),
    ],
)
def test_a_month_that_was_not_looked_at_to_its_end_cannot_be_closed(october, tmp_path, through, at):
    october.clock.now, october.through = at, through
    october.settings["closed_through"] = through
    closing = october.close(tmp_path, at=at)

    assert closing.reasons == (
        f"месяц ещё идёт: последний его день — 31.10.2026, сверено по {through:%d.%m.%Y}",
    )
    assert (closing.is_closed, verdict(closing)) == (False, "Нельзя закрывать:")


@pytest.mark.parametrize(
    ("through", "outcome", "says"),
    [
        ("2026-10-30", Outcome.MATCHED, "Можно закрывать"),
        ("2026-10-31", Outcome.MATCHED, "Период закрыт"),
        ("2026-10-31", Outcome.REFUND_OPEN, "Период закрыт, но не всё в порядке:"),
        ("2026-09-30", Outcome.REFUND_OPEN, "Нельзя закрывать:"),
    ],
)
def test_a_closed_period_is_called_closed(october, tmp_path, through, outcome, says):
    october.settings["closed_through"] = through
    october.order("1001", october.post("1001", "5.00"), outcome=outcome)

    assert verdict(october.close(tmp_path)) == says


def test_an_empty_month_can_be_closed(october, tmp_path):
    closing = october.close(tmp_path)

    assert (closing.can_be_closed, closing.documents, closing.gaps) == (True, (), ())
    assert "Проведённых документов" in (tmp_path / "closing.html").read_text(encoding="utf-8")


def test_the_summary_counts_and_names_nobody(october, tmp_path):
    october.sold("1001", "1003", price="122.00")
    october.order("1002", october.hold("1002", HoldReason.INN_INVALID, "ИНН Кузнецова"), outcome=Outcome.HELD)
    told = summary(october.close(tmp_path))

    assert told["documents"] == {"sale": {"count": 2, "total": "244.00", "vat": "44.00"}}
    assert (told["holds"], told["gaps"]) == ({"inn_invalid": 1}, {"not_done": 1})
    assert (told["can_be_closed"], told["reasons"], told["waiting"]) == (False, 1, 1)
    assert not [name for name in ("Вектор", "Кузнецов") if name in str(told)]


def test_both_databases_tell_the_same(october, postgres_ledger, tmp_path):
    october.ledger = SyncLedger(postgres_ledger, clock=october.clock)
    october.sold("1001", "1003")
    october.post("55", "10.00", number="A-1001", issued_on=date(2026, 3, 8))
    october.clock.now = MIDNIGHT
    october.order("1004", october.post("1004", "1.00", kind=DocumentKind.SALE))
    closing = october.close(tmp_path)

    assert totals(closing) == {"sale": (3, "201.00", "36.24")}
    assert [each.entry.number for each in closing.late] == ["A-1004"]
    assert len(closing.repeats) == 2

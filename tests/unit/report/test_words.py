"""Everything the report can meet has a name in Russian, and every outcome says what to do."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.domain import DocumentKind, DocumentLine, HoldReason, MoneyKind, Status, VatRate
from bookkeeping.holds import words_for
from bookkeeping.outcomes import BankMatch, DifferenceRow, Outcome, Seen, WarningKind
from bookkeeping.report import words
from bookkeeping.transforms.revisions import Change


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_words(outcome):
    found = words.OUTCOMES[outcome]

    assert all(text.strip() for text in (found.title, found.meaning, found.action))


def test_no_title_or_meaning_stands_for_two_outcomes():
    titles = [found.title for found in words.OUTCOMES.values()]
    meanings = [found.meaning for found in words.OUTCOMES.values()]

    assert len({*titles, *meanings}) == 2 * len(Outcome)


@pytest.mark.parametrize(
    ("names", "all_of"),
    [
        (words.KINDS, DocumentKind),
        (words.MONEY_KINDS, MoneyKind),
        (words.STATUSES, Status),
        (words.SEEN, Seen),
        (words.WARNINGS, WarningKind),
        (words.CHANGES, Change),
    ],
)
def test_every_state_has_a_name_of_its_own(names, all_of):
    assert set(names) == set(all_of)
    assert len(set(names.values())) == len(all_of)


@pytest.mark.parametrize("match", BankMatch)
def test_money_on_the_bank_account_has_words_and_a_colour_that_exists(match):
    found = words.BANK[match]

    assert all(text.strip() for text in (found.title, found.meaning, found.action))
    assert found.colour in set(Outcome)


@pytest.mark.parametrize(
    ("last", "name"),
    [
        (date(2026, 10, 1), "Сверка дня"),
        (date(2026, 10, 31), "Сверка месяца"),
        (date(2026, 10, 9), "Сверка периода"),
    ],
)
def test_a_reconciliation_is_called_what_it_is(last, name):
    assert words.reconciliation_name(date(2026, 10, 1), last) == name


def test_the_books_are_called_what_the_vendor_calls_them():
    assert words.books_name("kontur") == "Контур.Бухгалтерия"
    assert words.books_name("elba oauth") == words.books_name("elba public") == "Контур.Эльба"
    assert words.books_name("1c") == "1c"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("inn:7707083893:773601001", "retail", ("ИНН 7707083893, КПП 773601001", "физическое лицо")),
        ("person:5f2c", "inn:500100732259:", ("физическое лицо", "ИНН 500100732259")),
        ("person:5f2c", "person:77aa", ("физическое лицо", "другое физическое лицо")),
    ],
)
def test_of_people_a_difference_says_only_that_they_are_others(before, after, shown):
    row = DifferenceRow(DocumentKind.BILL, "1", Change.BUYER, "", before, after)

    assert tuple(text.replace("\xa0", " ") for text in words.before_and_after(row)) == shown


@pytest.mark.parametrize(
    ("quantity", "rate", "shown"),
    [
        ("2.000", VatRate.VAT22, "2 кг × 100,00 ₽ = 200,00 ₽, НДС 22 % — 36,07 ₽"),
        ("0.350", VatRate.NONE, "0,35 кг × 100,00 ₽ = 35,00 ₽, без НДС"),
        ("100", VatRate.VAT0, "100 кг × 100,00 ₽ = 10 000,00 ₽, НДС 0 %"),
    ],
)
def test_a_line_is_written_as_an_accountant_reads_it(quantity, rate, shown):
    total = Decimal(quantity) * 100
    line = DocumentLine("Чай", Decimal(quantity), "кг", Decimal(100), total, rate, rate.inside(total))
    row = DifferenceRow(DocumentKind.SALE, "1", Change.ADDED, "Чай", None, line)

    assert [text.replace("\xa0", " ") for text in words.before_and_after(row)] == ["—", shown]


def test_a_held_order_says_what_its_documents_wait_for(day):
    held = day.orders[-1]
    twice = replace(held, documents=held.documents * 2)

    assert words.what_to_do(twice) == words_for(HoldReason.TOTAL_MISMATCH).action
    assert words.what_to_do(replace(held, documents=())) == words.OUTCOMES[Outcome.HELD].action


def test_urgency_puts_the_calm_last():
    tones = [words.OUTCOMES[outcome].tone for outcome in sorted(Outcome, key=words.by_urgency)]

    assert tones == sorted(tones, key=list(words.Tone).index)

"""Everything the report can meet has a name in Russian, and every outcome says what to do."""

from dataclasses import replace

import pytest

from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.holds import words_for
from bookkeeping.outcomes import Outcome, Seen, WarningKind
from bookkeeping.report import words


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
    ],
)
def test_every_state_has_a_name_of_its_own(names, all_of):
    assert set(names) == set(all_of)
    assert len(set(names.values())) == len(all_of)


def test_the_books_are_called_what_the_vendor_calls_them():
    assert words.books_name("kontur") == "Контур.Бухгалтерия"
    assert words.books_name("elba oauth") == words.books_name("elba public") == "Контур.Эльба"
    assert words.books_name("1c") == "1c"


def test_a_held_order_says_what_its_documents_wait_for(day):
    held = day.orders[-1]
    twice = replace(held, documents=held.documents * 2)

    assert words.what_to_do(twice) == words_for(HoldReason.TOTAL_MISMATCH).action
    assert words.what_to_do(replace(held, documents=())) == words.OUTCOMES[Outcome.HELD].action


def test_urgency_puts_the_calm_last():
    tones = [words.OUTCOMES[outcome].tone for outcome in sorted(Outcome, key=words.by_urgency)]

    assert tones == sorted(tones, key=list(words.Tone).index)

"""An accountant is told of every hold what happened, what it means and what to do."""

from dataclasses import astuple

import pytest

from bookkeeping.domain import HoldReason
from bookkeeping.holds import WORDS, words_for


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("reason", HoldReason)
def test_every_hold_has_words(language, reason):
    assert all(text.strip() for text in astuple(words_for(reason, language)))


def test_no_text_stands_for_two_holds():
    texts = [text for table in WORDS.values() for words in table.values() for text in astuple(words)]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("language", "letters"), [("ru", "абвгдежзийклмнопрстуфхцчшщъыьэюя"), ("en", "etaoin")]
)
def test_the_words_are_in_their_language(language, letters):
    texts = [text for words in WORDS[language].values() for text in astuple(words)]

    assert all(set(text.lower()) & set(letters) for text in texts)


def test_titles_fit_into_a_table():
    assert max(len(words.title) for table in WORDS.values() for words in table.values()) <= 50


def test_russian_is_what_the_accountant_reads():
    assert words_for(HoldReason.PERIOD_CLOSED).title == "Период закрыт"

"""No text can become a header or a recipient, and the same letter always has the same Message-ID."""

import email
from dataclasses import replace
from email.policy import default

import pytest
from tests.unit.mail.postbox import SENDER, html_of, text_of

from bookkeeping.addresses import address_of
from bookkeeping.errors import MisconfiguredError
from bookkeeping.mail import Letter, to_message

LETTER = Letter("ivanov/mail/digest/2026-10-03", ["buh@example.ru"], "Тема", "Текст\n", "<p>Текст</p>")
EVIL = "Тема\r\nBcc: all@evil.example\r\n\r\n<script>\u202e\u0000"


def received(letter, clock, sender=SENDER):
    return email.message_from_bytes(to_message(letter, sender, clock()).as_bytes(), policy=default)


def test_a_letter_arrives_as_it_was_written(clock):
    letter = received(LETTER, clock)

    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, "buh@example.ru", "Тема")
    assert letter["Date"].datetime == clock()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert text_of(letter) == "Текст\n"
    assert html_of(letter) == "<p>Текст</p>\n"
    assert to_message(LETTER, SENDER, clock()).as_bytes().isascii()


def test_the_message_id_depends_on_the_key_alone(clock):
    again = replace(LETTER, subject="Другая", text="Другой", to=["other@example.ru"])
    another = replace(LETTER, key="ivanov/mail/digest/2026-10-04")

    assert received(again, clock)["Message-ID"] == received(LETTER, clock)["Message-ID"]
    assert received(another, clock)["Message-ID"] != received(LETTER, clock)["Message-ID"]


@pytest.mark.parametrize("field", ["subject", "from_name"])
def test_a_header_holds_one_line(field, clock):
    letter = received(replace(LETTER, **{field: EVIL}), clock)

    assert "Bcc" not in letter
    assert len(letter.keys()) == len(received(LETTER, clock).keys())
    shown = letter["Subject"] if field == "subject" else letter["From"].addresses[0].display_name
    assert shown == "Тема Bcc: all@evil.example <script>"
    assert [address.addr_spec for address in letter["From"].addresses] == [SENDER]


@pytest.mark.parametrize("sender", ["", "Бухгалтерия", "a@b@c.ru"])
def test_a_sender_that_is_no_address_is_a_mistake_in_the_connection(sender, clock):
    with pytest.raises(MisconfiguredError, match="from_email"):
        to_message(LETTER, sender, clock())


@pytest.mark.parametrize(
    "text",
    ["", "anna", "a b@c.ru", "a@b.ru\r\nRCPT TO:<c@d.ru>", "a@b.ru,c@d.ru", "<a@b.ru>", "a@-b.ru", "a@b..ru"],
)
def test_what_is_no_address_is_none(text):
    assert address_of(text) is None

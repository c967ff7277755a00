"""Letters over a real mail server: bills with links from the books, once; and a worker that is killed."""

import logging
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.acceptance.office import DAY, ElbaPublicOffice, text_of
from tests.acceptance.till import FACTORY, goods
from tests.unit.mail import postbox as post
from tests.unit.mail.killed import KEY, digest_once
from tests.unit.mail.postbox import Elements, Postbox, ToPostbox, html_of, serving_mail

from bookkeeping.domain import Status
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.ledger import LEASE
from bookkeeping.mail import UnreachableError, addresses_in, can_send_bills, send_bills
from bookkeeping.questions import questions
from bookkeeping.storage import read_table

ROOT = Path(__file__).parents[2]
MAIL = {"accountants": ["buh@example.ru"], "bill_to_customer": True}


@pytest.fixture
def postbox():
    return Postbox()


@pytest.fixture
def mailer(postbox):
    with serving_mail(postbox) as port:
        yield ToPostbox(port)


@pytest.fixture
def office(sandbox, new_elba):
    return new_elba(sandbox, mail=MAIL)


@pytest.fixture
def public(sandbox, engine, clock, tmp_path):
    return ElbaPublicOffice(sandbox, engine, clock, tmp_path, mail=MAIL)


def send_from(office, mailer):
    """Read and post the day, then send what the customers are to get."""
    office.sync()
    addresses = addresses_in(read_table(office.staging / "orders.parquet"))
    return send_bills(office.company, addresses, office.ledger, office.open_books(), mailer)


@pytest.fixture
def send(office, mailer):
    return partial(send_from, office, mailer)


@pytest.mark.parametrize("books", ["office", "public"])
def test_a_customer_gets_the_bill_with_its_link_once(books, request, till, mailer, postbox):
    office = request.getfixturevalue(books)
    till.sell(goods("1234.50", vat=None), shipped=None)

    assert [send_from(office, mailer) for _ in range(2)] == [{"posted": 1}] * 2

    [letter] = postbox.letters
    page = Elements(html_of(letter))
    [link] = [attributes["href"] for tag, attributes in page.found if tag == "a"]
    assert link in post.text_of(letter)
    assert link.startswith("http")
    assert letter["Subject"].replace("\N{NO-BREAK SPACE}", " ") == "Счёт № 1001 от 03.10.2026 на 1 234,50 ₽"
    assert (letter["To"], letter["From"].addresses[0].display_name) == (
        FACTORY["EMAIL"],
        office.company.title,
    )
    assert "до 06.10.2026" in page.text
    assert office.entry("mail/bill/1001").external_id == letter["Message-ID"]


def test_a_backfill_brings_no_letter(office, till, send, postbox, clock):
    till.sell(goods("100.00", vat=None), shipped=None)
    clock.advance(2 * 86400)

    assert (send(), postbox.taken, office.entry("mail/bill/1001")) == ({}, [], None)


def test_the_bill_of_a_cancelled_or_changed_order_is_not_sent(office, till, send, postbox):
    orders = [till.sell(goods("100.00", vat=None), shipped=None) for _ in range(2)]
    office.sync()
    orders[0].canceled = True
    orders[1].account_number = "другой"

    assert (send(), postbox.taken) == ({}, [])
    assert office.entry("bill/1001").status is Status.POSTED


def test_an_order_without_an_address_or_with_a_wrong_one_stops_nobody_else(office, till, send, postbox):
    till.sell(goods("100.00", vat=None), buyer={"FIO": "Иван", "PHONE": "+7 900 000-00-00"}, shipped=None)
    evil = {**FACTORY, "EMAIL": "a@b.ru>\r\nRCPT TO:<all@evil.example", "COMPANY": "<script>"}
    till.sell(goods("200.00", vat=None), buyer=evil, shipped=None)
    till.sell(goods("300.00", vat=None), shipped=None)

    assert send() == {"held": 1, "posted": 1}

    assert postbox.recipients == [[FACTORY["EMAIL"]]]
    assert "неверный e-mail" in office.entry("mail/bill/1002").detail
    assert office.ledger.open_orders("romashka", DAY + timedelta(1)) == ["1002"]


def test_a_letter_that_waits_is_forgotten_once_its_bill_cannot_be_paid(office, till, send, postbox, clock):
    till.sell(goods("100.00", vat=None), shipped=None)
    postbox.answers.append(("RCPT", "451 later"))
    with pytest.raises(TransientError, match="451"):
        send()
    assert office.entry("mail/bill/1001").status is Status.PENDING

    clock.advance(2 * 86400)
    assert (send(), office.entry("mail/bill/1001"), postbox.taken) == ({}, None, [])


def test_a_lost_answer_is_a_persons_to_settle_and_stops_nobody_else(office, till, send, postbox):
    till.sell(goods("100.00", vat=None), shipped=None)
    till.sell(goods("200.00", vat=None), shipped=None)
    postbox.answers.append(("DATA", "drop"))

    assert [send(), send()] == [{"unknown": 1, "posted": 1}] * 2

    assert len(postbox.taken) == 2
    asked = questions(office.ledger, "romashka", {"1001", "1002"}, office.open_books().capabilities)
    assert [question.title for question in asked] == ["Письмо покупателю со счётом № 1001 от 03.10.2026"]


def test_a_letter_that_must_wait_keeps_back_none_that_follow(office, till, send, postbox):
    for _ in range(3):
        till.sell(goods("100.00", vat=None), shipped=None)
    postbox.answers.append(("RCPT", "452 4.2.2 mailbox full"))

    with pytest.raises(TransientError, match=r"452 4\.2\.2"):
        send()

    statuses = [office.entry(f"mail/bill/{number}").status for number in (1001, 1002, 1003)]
    assert statuses == [Status.PENDING, Status.POSTED, Status.POSTED]
    assert send() == {"posted": 3}
    assert len(postbox.taken) == 3


def test_a_server_that_is_away_is_not_tried_for_every_letter(office, till, mailer):
    class Away(ToPostbox):
        tried = 0

        def send(self, _message):
            self.tried += 1
            raise UnreachableError("no server")

    for _ in range(3):
        till.sell(goods("100.00", vat=None), shipped=None)
    away = Away(mailer.port)

    with pytest.raises(UnreachableError):
        send_from(office, away)

    assert away.tried == 1
    assert send_from(office, mailer) == {"posted": 3}


def test_nobody_is_asked_to_pay_what_the_shop_shows_as_paid(office, till, send, postbox):
    orders = [till.sell(goods("100.00", vat=None), shipped=None) for _ in range(2)]
    orders[0].payed = True

    assert send() == {"posted": 1}

    assert office.entry("bill/1001").status is Status.POSTED
    assert office.entry("mail/bill/1001") is None
    assert len(postbox.taken) == 1


def test_no_letter_leaves_while_its_link_is_not_known(public, till, mailer, sandbox, postbox):
    till.sell(goods("100.00", vat=None), shipped=None)
    sandbox.breaks("timeout_after", "*/document-links", times=1)

    with pytest.raises(TransientError, match="no public address yet"):
        send_from(public, mailer)

    assert (postbox.taken, public.entry("mail/bill/1001").status) == ([], Status.PENDING)
    assert send_from(public, mailer) == {"posted": 1}


def test_buyers_stand_in_no_log_and_not_in_the_ledger(office, till, send, postbox, caplog, ledger_file):
    caplog.set_level(logging.DEBUG)
    for logger in ("mail.log", "asyncio"):  # the test's own server
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    canary = {**FACTORY, "EMAIL": "canary@secret.example", "COMPANY": "Канарейка"}
    till.sell(goods("100.00", vat=None), buyer=canary, shipped=None)
    postbox.answers.append(("RCPT", "550 5.1.1 <canary@secret.example> unknown"))

    assert send() == {"held": 1}

    assert "550 5.1.1" in office.entry("mail/bill/1001").detail
    for text in (caplog.text, text_of(ledger_file)):
        assert "canary@secret.example" not in text
        assert "Канарейка" not in text


def test_books_without_links_are_told_apart(sandbox, new_kontur, office):
    assert can_send_bills(office.open_books())
    assert not can_send_bills(new_kontur(sandbox).open_books())


def test_a_killed_workers_letter_is_not_sent_again(ledger_file, postbox, mailer, engine):
    killed = subprocess.run(
        [sys.executable, "-m", "tests.unit.mail.killed", str(ledger_file), str(mailer.port)],
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(postbox.taken) == 1

    with pytest.raises(TransientError):
        digest_once(ledger_file, mailer)
    assert digest_once(ledger_file, mailer, late=LEASE + timedelta(seconds=5)) is Status.UNKNOWN

    assert [became for _, _, became, _ in SyncLedger(engine).history(KEY)] == [
        "pending",
        "in_flight",
        "unknown",
    ]
    assert len(postbox.taken) == 1


def test_a_digest_whose_address_is_refused_names_the_setting(ledger_file, postbox, mailer):
    postbox.answers.append(("RCPT", "550 5.1.1 unknown"))

    with pytest.raises(MisconfiguredError, match=r"mail\.accountants of romashka in the companies file"):
        digest_once(ledger_file, mailer)

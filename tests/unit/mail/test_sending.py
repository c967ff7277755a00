"""One letter a key, whatever happens on the way, over a real mail server."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from tests.unit.mail.conftest import DAY
from tests.unit.mail.postbox import ToPostbox, html_of, text_of

from bookkeeping.answers import read_answers, record
from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME, LEASE
from bookkeeping.mail import Digest, send_digest
from bookkeeping.questions import in_ids, questions


@pytest.fixture
def send(company, digest, ledger, mailer):
    return lambda digest=digest, mailer=mailer: send_digest(company, DAY, digest, ledger, mailer)


def test_a_digest_arrives_once_whatever_is_run_again(send, postbox, ledger, key):
    assert send() is Status.POSTED
    assert send(Digest("<p>Иначе</p>", "Иначе\n")) is Status.POSTED

    [letter] = postbox.letters
    assert letter["Subject"] == "ИП Иванов, 03.10.2026: всё сошлось"
    assert ("Всё сошлось" in html_of(letter), "Всё сошлось." in text_of(letter)) == (True, True)
    assert postbox.recipients == [["buh@example.ru", "director@example.ru"]]
    assert ledger.entry(key).external_id == letter["Message-ID"]
    assert not ledger.entry(key).changed


REFUSALS = {
    "before the letter": [("RCPT", "451 4.7.1 greylisted, buh@example.ru")] * 2,
    "nobody today": [("RCPT", "550 5.1.1 unknown"), ("RCPT", "450 4.2.0 director@example.ru is busy")],
    "hanging up": [("RCPT", "250 OK"), ("RCPT", "421 4.3.2 shutting down")],
    "after the letter": [("DATA", "452 4.3.1 out of storage")],
    "hung up": [("RCPT", "drop")],
}


@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_for_now_has_no_effect_and_the_next_try_sends(answers, send, postbox, ledger, key):
    postbox.answers.extend(answers)

    with pytest.raises(TransientError) as failed:
        send()

    assert (postbox.taken, ledger.status_of(key)) == ([], Status.PENDING)
    assert "example.ru" not in f"{failed.value} {ledger.entry(key).detail}"
    assert send() is Status.POSTED
    assert len(postbox.taken) == 1


def test_a_refusal_for_good_is_held_until_a_person_has_corrected_it(send, postbox, ledger, key):
    postbox.answers.extend([("RCPT", "550 5.1.1 <buh@example.ru> unknown")] * 2)

    with pytest.raises(MisconfiguredError, match=r"550 5\.1\.1.*mail\.accountants") as failed:
        send()

    entry = ledger.entry(key)
    assert (entry.status, entry.reason) == (Status.HELD, HoldReason.MANUAL_REQUIRED)
    assert "buh@" not in f"{failed.value} {entry.detail}"
    assert send() is Status.POSTED


@pytest.mark.parametrize("code", ["550 5.1.1", "452 4.2.2"], ids=["dead", "full"])
def test_one_mailbox_keeps_the_letter_from_nobody_else(code, send, postbox, caplog):
    postbox.answers.append(("RCPT", f"{code} <buh@example.ru> takes nothing"))

    assert send() is Status.POSTED
    assert postbox.recipients == [["director@example.ru"]]
    [said] = [record.getMessage() for record in caplog.records if record.name == "bookkeeping.mail.smtp"]
    assert said == f"1 of 2 recipients are refused ({code})"


def test_a_lost_answer_is_never_sent_again_by_itself(send, postbox, ledger, key, clock, caplog):
    caplog.set_level(logging.WARNING)
    postbox.answers.append(("DATA", "drop"))

    assert send() is Status.UNKNOWN
    clock.advance(86400)
    assert send() is Status.UNKNOWN

    assert (len(postbox.taken), ledger.status_of(key)) == (1, Status.UNKNOWN)
    assert "did not say whether it took the letter" in caplog.text


def test_a_person_settles_a_lost_answer_either_way(send, postbox, ledger, key, clock, company):
    postbox.answers.append(("DATA", "drop"))
    send()
    [asked] = questions(ledger, company.id, {"7"}, ())
    assert (asked.key, asked.title) == (key, "Письмо бухгалтеру за 03.10.2026")

    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())
    assert record(read_answers(in_ids({key: "нет"})), ledger, "anna") == {key: True}
    postbox.answers.append(("DATA", "drop"))
    assert send() is Status.UNKNOWN
    assert record(read_answers(in_ids({key: " Ушло "})), ledger, "anna") == {key: True}

    assert ledger.entry(key).external_id == postbox.letters[0]["Message-ID"]
    assert send() is Status.POSTED
    assert len(postbox.taken) == 2


def test_only_a_letter_can_be_said_to_have_arrived():
    assert in_ids({"ivanov/bill/7": "ушло", "ivanov/act/7/71": None}) == {
        "ivanov/bill/7": "ушло",
        "ivanov/act/7/71": None,
    }


class Dies(ToPostbox):
    """A worker that is killed after the letter has left."""

    def send(self, message):
        super().send(message)
        raise KeyboardInterrupt


def test_a_worker_that_died_with_the_letter_out_is_not_followed_by_another(
    send, mailer, postbox, ledger, key, clock
):
    with pytest.raises(KeyboardInterrupt):
        send(mailer=Dies(mailer.port))

    with pytest.raises(TransientError, match="in other hands"):
        send()
    clock.advance(LEASE.total_seconds() + 1)
    assert send() is Status.UNKNOWN
    assert len(postbox.taken) == 1


def test_two_workers_at_once_send_one(company, digest, postgres_ledger, clock, mailer, postbox):
    together, both = Barrier(2), []

    def work(_):
        ledger = SyncLedger(postgres_ledger, clock=clock)
        together.wait()
        try:
            both.append(send_digest(company, DAY, digest, ledger, mailer))
        except TransientError:
            both.append("later")

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(2)))

    assert Status.POSTED in both
    assert len(postbox.taken) == 1


def test_a_claim_about_to_lapse_lets_no_letter_leave(send, postbox, clock, mailer):
    class Slow(ToPostbox):
        def send(self, message):
            import smtplib

            from bookkeeping.mail import hand_over

            late = clock.time() + LEASE.total_seconds() - 30
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as client:
                hand_over(client, message, clock=lambda: late)

    with pytest.raises(TransientError, match="too slow"):
        send(mailer=Slow(mailer.port))
    assert postbox.taken == []


def test_letters_keep_no_order_open_and_no_address_in_the_ledger(send, ledger, key, clock, postbox):
    postbox.answers.append(("DATA", "drop"))
    send()
    clock.advance(7200)

    assert ledger.open_orders("ivanov", DAY.replace(day=30)) == []
    assert "@" not in str(replace(ledger.entry(key), external_id=None))
    assert not any("example.ru" in evidence for *_, evidence in ledger.history(key))

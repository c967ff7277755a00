"""Deliberate bugs in the heart of the project: whoever claims to notice them is shown them."""

from contextlib import suppress
from datetime import timedelta

from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError, SyncError, TransientError


def claim_after_sending(write, ledger):
    if ledger.status_of(write.key) is Status.PENDING:
        external_id = write.send()
        if attempt := ledger.claim(write.key, write.says, write.whole):
            ledger.bind(attempt, external_id)


def repeat_what_timed_out(write, ledger):
    if attempt := ledger.claim(write.key, write.says, write.whole):
        try:
            external_id = send_twice(write)
        except SyncError as error:
            ledger.release(attempt, error)
            raise
        ledger.bind(attempt, external_id)


def send_twice(write):
    with suppress(OutcomeUnknownError):
        return write.send()
    return write.send()


def take_silence_for_no_effect(write, ledger):
    if attempt := ledger.claim(write.key, write.says, write.whole):
        try:
            ledger.bind(attempt, write.send())
        except OutcomeUnknownError as error:
            ledger.release(attempt, TransientError("no answer, so nothing happened"))
            raise TransientError("try again") from error
        except SyncError as error:
            ledger.release(attempt, error)
            raise


def bind_before_the_answer(write, ledger):
    if attempt := ledger.claim(write.key, write.says, write.whole):
        ledger.bind(attempt, "surely there")
        write.send()


def reopen_at_once(key, find, ledger):
    if find is None:
        return
    if external_id := find():
        ledger.confirm(key, external_id, "found")
    else:
        ledger.reopen(key, "not there, so it never will be", ledger.now() + timedelta(days=1))


def send_without_claiming_alone(write, ledger):
    attempt = ledger.claim(write.key, write.says, write.whole)
    if attempt or ledger.status_of(write.key) is Status.IN_FLIGHT:
        external_id = write.send()
        if attempt:
            ledger.bind(attempt, external_id)


def take_silence_for_success(write, ledger):
    if attempt := ledger.claim(write.key, write.says, write.whole):
        try:
            ledger.bind(attempt, write.send())
        except OutcomeUnknownError:
            ledger.bind(attempt, "surely there")
        except SyncError as error:
            ledger.release(attempt, error)
            raise


def reopen_without_looking(key, find, ledger):
    ledger.reopen(key, "it will not be there")


def reopen_where_nobody_can_look(key, find, ledger):
    if find is None:
        ledger.reopen(key, "nobody can tell")
    elif external_id := find():
        ledger.confirm(key, external_id, "found")
    else:
        ledger.reopen(key, "not there")

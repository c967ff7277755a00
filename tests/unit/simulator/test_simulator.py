"""Whatever happens, the promises hold; and a simulator that could not see a bug would be worthless."""

import logging
import os
import re
import subprocess
import sys
from contextlib import suppress

import pytest

from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError, SyncError, TransientError
from bookkeeping.posting import writes
from simulator.history import play


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_three_hundred_histories_break_no_promise():
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--seeds", "300", "--processes", str(os.cpu_count())],
        check=False,
        capture_output=True,
        text=True,
        timeout=400,
    )

    assert "violations 0" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    assert re.search(r"300 histories .* \d+ documents", done.stdout)


def test_a_seed_always_tells_the_same_story():
    for seed in (4, 30):
        assert play(seed) == play(seed)


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
        ledger.send_again(key, "not there, so it never will be")


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("post", claim_after_sending),
        ("post", repeat_what_timed_out),
        ("post", take_silence_for_no_effect),
        ("post", bind_before_the_answer),
        ("settle", reopen_at_once),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_deliberate_bug_is_found_within_300_seeds(monkeypatch, name, bug):
    monkeypatch.setattr(writes, name, bug)

    assert any(play(seed).violations for seed in range(1, 301))

"""Whatever happens, the promises hold; and a simulator that could not see a bug would be worthless."""

import logging
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.unit import bugs

from bookkeeping import day, write_back
from bookkeeping.ledger import SummaryParts
from bookkeeping.posting import Poster, revisions, writes
from simulator import office
from simulator.history import Plan, backstage, play


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(400)
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
        told = play(seed)
        assert play(seed) == told

        backstage().memory.__init__()  # what other histories have worked out is gone
        assert play(seed) == told


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("post", bugs.claim_after_sending),
        ("post", bugs.repeat_what_timed_out),
        ("post", bugs.take_silence_for_no_effect),
        ("post", bugs.bind_before_the_answer),
        ("settle", bugs.reopen_at_once),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_deliberate_bug_is_found_within_300_seeds(monkeypatch, name, bug):
    monkeypatch.setattr(writes, name, bug)

    assert any(play(seed).violations for seed in range(1, 301))


def test_money_that_nobody_records_is_missed(monkeypatch):
    monkeypatch.setattr(office, "finish", lambda *_: {})

    assert _is_said("is not recorded", range(1, 60))


def test_a_change_that_nobody_sends_is_missed(monkeypatch):
    monkeypatch.setattr(revisions, "bring_up", lambda *_: None)

    assert _is_said("the shop now says", range(1, 300))


def test_a_cancellation_that_nobody_sends_is_missed(monkeypatch):
    monkeypatch.setattr(Poster, "cancel_withdrawn", lambda *_: {})

    assert _is_said("nobody asks for it any more", range(1, 300))


def test_a_line_that_nobody_thinks_of_is_missed(monkeypatch):
    for module in (day, write_back):
        monkeypatch.setattr(module, "remember_lines", lambda *_: None)

    assert _is_said("nobody thinks of its line", range(1, 60))


def test_comments_that_are_written_over_are_noticed(monkeypatch):
    added = write_back._note

    def replaced(lines, texts, shown):
        return replace(added(lines, texts, shown), text="\n".join(texts[line.key] for line in lines))

    monkeypatch.setattr(write_back, "_note", replaced)

    assert _is_said("what others wrote", range(1, 60))


def test_a_summary_that_leaves_somebody_out_is_noticed(monkeypatch):
    whole = SummaryParts.of_day
    monkeypatch.setattr(SummaryParts, "of_day", lambda *asked: whole(*asked)[:-1])

    summed = [seed for seed in range(1, 120) if Plan.of(seed).is_summed]
    assert _is_said("individuals bought for", summed)


def _is_said(words, seeds):
    return any(words in violation for seed in seeds for violation in play(seed).violations)

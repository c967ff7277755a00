"""An entry goes where the picture in DESIGN 4 lets it go, and nowhere else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.ledger import Attempt
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME, LEASE

KEY = "romashka/sale/7/71"
REFUSAL = RejectedError("номер занят", reason=HoldReason.NUMBER_TAKEN)
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
JUST_BEFORE = timedelta(microseconds=1)


@pytest.fixture
def bring(ledger, due):
    """Bring the entry into a status; return the attempt that it took."""

    def bring_to(status):
        ledger.expect([due(KEY, reason=HoldReason.INN_INVALID if status is Status.HELD else None)])
        if status in {Status.PENDING, Status.HELD}:
            return Attempt(KEY, "never won", NOON)
        attempt = ledger.claim(KEY)
        if status is Status.POSTED:
            ledger.bind(attempt, "17")
        if status is Status.UNKNOWN:
            ledger.release(attempt, OutcomeUnknownError("no answer"))
        return attempt

    return bring_to


def after_lease(ledger, clock):
    clock.advance(LEASE.total_seconds() + 1)
    return ledger.expire()


def after_silence(ledger, clock):
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())
    return ledger.reopen(KEY, "not there")


MOVES = {
    "claim": (Status.PENDING, Status.IN_FLIGHT, lambda ledger, _, __: ledger.claim(KEY)),
    "bind": (Status.IN_FLIGHT, Status.POSTED, lambda ledger, attempt, _: ledger.bind(attempt, "18")),
    "release after no effect": (
        *(Status.IN_FLIGHT, Status.PENDING),
        lambda ledger, attempt, _: ledger.release(attempt, TransientError("busy")),
    ),
    "release after a wrong key": (
        *(Status.IN_FLIGHT, Status.PENDING),
        lambda ledger, attempt, _: ledger.release(attempt, MisconfiguredError("wrong key")),
    ),
    "release after silence": (
        *(Status.IN_FLIGHT, Status.UNKNOWN),
        lambda ledger, attempt, _: ledger.release(attempt, OutcomeUnknownError("no answer")),
    ),
    "release after a refusal": (
        *(Status.IN_FLIGHT, Status.HELD),
        lambda ledger, attempt, _: ledger.release(attempt, REFUSAL),
    ),
    "hold": (
        *(Status.PENDING, Status.HELD),
        lambda ledger, _, __: ledger.hold(KEY, HoldReason.PERIOD_CLOSED, "закрыт"),
    ),
    "confirm": (
        *(Status.UNKNOWN, Status.POSTED),
        lambda ledger, _, __: ledger.confirm(KEY, "18", "seen"),
    ),
    "reopen": (Status.UNKNOWN, Status.PENDING, lambda ledger, _, clock: after_silence(ledger, clock)),
    "expire": (Status.IN_FLIGHT, Status.UNKNOWN, lambda ledger, _, clock: after_lease(ledger, clock)),
}
"""What each move is from, what it is to, and how it is made."""


@pytest.mark.parametrize("name", MOVES)
def test_a_legal_move_is_made_and_remembered(ledger, clock, bring, name):
    was, became, move = MOVES[name]
    attempt = bring(was)

    assert move(ledger, attempt, clock)

    assert ledger.status_of(KEY) is became
    at, *step, _ = ledger.history(KEY)[-1]
    assert (at, step) == (clock(), [was, became])


@pytest.mark.parametrize(
    ("name", "status"),
    [(name, status) for name in MOVES for status in Status if status is not MOVES[name][0]],
)
def test_any_other_move_is_refused_and_changes_nothing(ledger, clock, bring, name, status):
    attempt = bring(status)
    before = ledger.entry(KEY)

    assert not MOVES[name][2](ledger, attempt, clock)

    assert ledger.entry(KEY) == before


@pytest.mark.parametrize("name", MOVES)
def test_no_move_makes_an_entry_that_was_never_expected(ledger, clock, name):
    assert not MOVES[name][2](ledger, Attempt(KEY, "never won", NOON), clock)

    assert ledger.entry(KEY) is None


def test_a_move_leaves_nothing_of_the_old_status_behind(ledger, bring):
    attempt = bring(Status.IN_FLIGHT)

    ledger.release(attempt, REFUSAL)
    held = ledger.entry(KEY)
    assert (held.reason, held.detail) == (HoldReason.NUMBER_TAKEN, "номер занят")

    bring(Status.POSTED)
    posted = ledger.entry(KEY)
    assert (posted.reason, posted.detail, posted.external_id) == (None, "", "17")


def test_no_effect_is_explained_on_the_entry_that_waits_again(ledger, bring):
    ledger.release(bring(Status.IN_FLIGHT), TransientError("too many requests"))

    assert ledger.entry(KEY).detail == "too many requests"
    ledger.claim(KEY)
    assert ledger.entry(KEY).detail == ""


def test_only_one_attempt_is_won(ledger, bring):
    bring(Status.PENDING)

    assert ledger.claim(KEY)
    assert ledger.claim(KEY) is None


def test_a_claim_keeps_what_is_sent_whatever_was_expected(ledger, due):
    ledger.expect([due(KEY, number="A-7", total=Decimal("10.00"))])

    ledger.claim(KEY, {"total": Decimal("9.50")})

    assert (ledger.entry(KEY).number, ledger.entry(KEY).total) == ("A-7", Decimal("9.50"))


def test_an_attempt_in_time_is_not_called_lapsed(ledger, clock, bring):
    attempt = bring(Status.IN_FLIGHT)

    clock.advance(LEASE.total_seconds())

    assert ledger.expire() == 0
    assert ledger.bind(attempt, "17")


def test_a_lapsed_attempt_is_unknown_since_it_was_noticed(ledger, clock, bring):
    bring(Status.IN_FLIGHT)

    after_lease(ledger, clock)

    assert ledger.entry(KEY).unknown_since == clock()


def test_expiring_counts_every_lapsed_attempt_and_no_other(ledger, clock, due):
    ledger.expect(due(f"romashka/sale/{n}") for n in range(5))
    for n in range(3):
        ledger.claim(f"romashka/sale/{n}")
    clock.advance(LEASE.total_seconds())
    ledger.claim("romashka/sale/3")
    clock.advance(1)

    assert ledger.expire() == 3
    assert ledger.expire() == 0


@pytest.mark.parametrize("answer", ["an id", "a refusal", "silence"])
def test_an_answer_after_the_lease_was_lost_is_refused_and_kept_as_evidence(ledger, clock, bring, answer):
    attempt = bring(Status.IN_FLIGHT)
    after_lease(ledger, clock)

    if answer == "an id":
        assert not ledger.bind(attempt, "17")
    else:
        error = REFUSAL if answer == "a refusal" else OutcomeUnknownError("silence")
        assert not ledger.release(attempt, error)

    assert ledger.status_of(KEY) is Status.UNKNOWN
    *_, (_, was, became, evidence) = ledger.history(KEY)
    assert (was, became) == (None, None)
    assert "late answer of a lost attempt" in evidence
    assert {"an id": "17", "a refusal": "номер занят", "silence": "silence"}[answer] in evidence


def test_a_lost_attempt_does_not_end_the_one_that_followed(ledger, clock, bring):
    lost = bring(Status.IN_FLIGHT)
    after_lease(ledger, clock)
    after_silence(ledger, clock)
    second = ledger.claim(KEY)

    assert not ledger.bind(lost, "17")
    assert not ledger.release(lost, REFUSAL)
    assert ledger.bind(second, "18")

    assert ledger.entry(KEY).external_id == "18"


def test_nothing_is_sent_again_while_the_answer_may_still_come(ledger, clock, bring):
    bring(Status.UNKNOWN)

    clock.advance((ANSWER_MAY_STILL_COME - JUST_BEFORE).total_seconds())
    assert not ledger.reopen(KEY, "not there")
    assert ledger.status_of(KEY) is Status.UNKNOWN

    clock.advance(JUST_BEFORE.total_seconds())
    assert ledger.reopen(KEY, "not there")
    assert ledger.claim(KEY)


def test_a_look_that_began_too_early_proves_nothing_when_it_ends(ledger, clock, bring):
    bring(Status.UNKNOWN)
    clock.advance((ANSWER_MAY_STILL_COME - JUST_BEFORE).total_seconds())
    began = clock()
    clock.advance(3600)

    assert not ledger.reopen(KEY, "not there", began)
    assert ledger.reopen(KEY, "not there", clock())


def test_an_error_longer_than_its_column_is_cut_and_never_stops_the_ledger(ledger, bring):
    attempt = bring(Status.IN_FLIGHT)

    assert ledger.release(attempt, RejectedError("я\0" * 5000, reason=HoldReason.REJECTED_BY_BOOKS))

    assert ledger.entry(KEY).detail == "я" * 1000


def test_history_names_the_run_even_if_its_name_is_long(engine, due):
    from bookkeeping.ledger import SyncLedger

    SyncLedger(engine, run="r" * 400).expect([due(KEY)])

    with engine.begin() as tx:
        assert tx.exec_driver_sql("SELECT run FROM events").scalars().all() == ["r" * 250]

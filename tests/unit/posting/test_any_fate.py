"""Whatever happens to writes, workers and orders, in whatever order: P1 and P3 of DESIGN 5 hold.

Hypothesis plays the misfortunes. Deliberate bugs show that it would notice.
"""

from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.unit import bugs

from bookkeeping.domain import Capability, HoldReason, Status
from bookkeeping.errors import SyncError
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.posting import Poster
from bookkeeping.posting import writes as posting

STANDS = {Status.POSTED, Status.UNKNOWN, Status.IN_FLIGHT}
"""What the ledger may say of something that is in the books."""

NAMES = ["DONE", "LOST", "VANISHED", "LATE", "BUSY", "REFUSED", "KILLED_BEFORE", "KILLED_AFTER"]

fates = st.lists(st.sampled_from(NAMES), max_size=4)
places = st.integers(0, 2)
crowds = st.sets(places, min_size=1).map(sorted)


class Misfortunes(RuleBasedStateMachine):
    """Two workers, three orders of two buyers, and books that answer as they please."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.clock, self.ledger = world.clock, world.fresh_ledger()
        self.sales = [
            world.document("1"),
            world.document("2"),
            world.document("3", counterparty=world.person_buyer),
        ]
        self.older = list(self.sales)
        self.books = None

    @initialize(can_look=st.booleans())
    def open_books(self, can_look):
        self.books = self.world.new_books(*([] if can_look else [Capability.SEARCH_DOCUMENTS]))

    @rule(who=crowds, fate=fates)
    def a_run(self, who, fate):
        self.expect(who)
        self.work(self.sales, who, fate)

    @rule(who=crowds, others=crowds, fate=fates, pause=st.sampled_from([0, 100, 400]))
    def two_runs_at_once(self, who, others, fate, pause):
        self.expect({*who, *others})
        self.books.meanwhile = lambda: self.overtake(others, pause)
        self.work(self.sales, who, fate)
        self.books.meanwhile = None

    @rule(who=crowds, fate=fates)
    def a_retry_of_an_older_run(self, who, fate):
        self.work(self.older, who, fate)

    @rule(which=places, later=st.integers(1, 3))
    def an_order_is_shipped_anew(self, which, later):
        self.older[which] = sale = self.sales[which]
        self.sales[which] = replace(sale, issued_on=sale.issued_on + timedelta(days=later))

    @rule(which=places, fate=fates)
    def money_comes(self, which, fate):
        record = self.world.payment(self.sales[which])
        if self.ledger.status_of(str(record.key.document)) is Status.POSTED:
            self.ledger.expect([self.world.money_due(record)])
            self.books.endings = deque(self.world.endings[name] for name in fate)
            self.survive(lambda: self.poster().record_money([record]))

    @rule(seconds=st.sampled_from([1, 30, 100, 400]))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @precondition(lambda self: self.books and not self.books.late)
    @rule(which=places)
    def a_person_looks(self, which):
        key = str(self.sales[which].key)
        found = self.in_books().get(key)
        if found:
            self.ledger.confirm(key, found, "a person saw it")
        else:
            self.ledger.reopen(key, "a person did not see it")

    @invariant()
    def everything_exists_at_most_once(self):
        marks = Counter(self.marks())
        assert marks.total() == len(marks), marks

    @invariant()
    def nothing_is_guessed(self):
        known = {entry.key: entry for entry in self.ledger.of_company("romashka")}
        standing = self.in_books()
        for key, external_id in standing.items():
            assert known[key].status in STANDS, f"{key} stands in the books"
            assert known[key].external_id in {None, external_id}
        for key, entry in known.items():
            assert entry.status is not Status.POSTED or key in standing, f"{key} is not in the books"

    def teardown(self):
        """Once the books are well again, nobody is forgotten."""
        if self.books:
            for _ in range(3):
                self.clock.advance(400)
                self.expect(range(3))
                self.work(self.sales, range(3), [])
            for sale in self.sales:
                assert self.is_explained(self.ledger.entry(str(sale.key)))
            self.everything_exists_at_most_once()
            self.nothing_is_guessed()

    def is_explained(self, entry):
        if entry.status is Status.UNKNOWN:
            return Capability.SEARCH_DOCUMENTS not in self.books.capabilities
        return entry.status is Status.POSTED or entry.reason is HoldReason.OUTCOME_UNKNOWN

    def poster(self):
        return Poster("romashka", self.books, self.ledger, sleep=self.clock.advance, wait=2)

    def expect(self, who):
        self.ledger.expect(self.world.due_of(self.sales[n]) for n in who)

    def work(self, versions, who, fate):
        self.books.endings = deque(self.world.endings[name] for name in fate)
        self.survive(lambda: self.poster().post_documents([versions[n] for n in who]))

    def overtake(self, others, pause):
        self.clock.advance(pause)
        self.survive(lambda: self.poster().post_documents([self.sales[n] for n in others]))

    def survive(self, work):
        with suppress(SyncError, self.world.killed):
            work()

    def in_books(self):
        """Return the id of everything in the books by its key in the ledger."""
        keys = {sale.key.mark: str(sale.key) for sale in self.sales}
        return {
            **{keys[shown.comment]: shown.external_id for shown in self.books.documents},
            **{f"romashka/counterparty/{each.digest}": id_ for id_, each in self.books.counterparties},
            **{str(record.key): id_ for id_, _, record in self.books.money},
        }

    def marks(self):
        yield from self.books.marks if self.books else ()
        yield from (each.key for _, each in (self.books.counterparties if self.books else ()))
        yield from (record.key.mark for _, _, record in (self.books.money if self.books else ()))


class World:
    """What the misfortunes need of the fixtures; one database in memory serves all examples."""

    def __init__(self, **parts):
        vars(self).update(parts)
        self.engine = open_engine("sqlite://")

    def fresh_ledger(self):
        return SyncLedger(self.empty(self.engine), clock=self.clock)


PARTS = (
    *("clock", "new_books", "document", "due_of", "payment", "money_due"),
    *("person_buyer", "endings", "killed", "empty"),
)


@pytest.fixture
def play(request):
    """Play misfortunes until one breaks a promise."""
    world = World(**{name: request.getfixturevalue(name) for name in PARTS})

    def play_out(**how):
        run_state_machine_as_test(
            lambda: Misfortunes(world), settings=settings(stateful_step_count=12, **how)
        )

    yield play_out
    world.engine.dispose()


def test_whatever_happens_nothing_is_doubled_guessed_or_forgotten(play):
    play(max_examples=settings.default.max_examples // 5)


@pytest.mark.parametrize(
    ("name", "sabotage"),
    [
        ("post", bugs.claim_after_sending),
        ("post", bugs.send_without_claiming_alone),
        ("post", bugs.take_silence_for_no_effect),
        ("post", bugs.take_silence_for_success),
        ("settle", bugs.reopen_without_looking),
        ("settle", bugs.reopen_at_once),
        ("settle", bugs.reopen_where_nobody_can_look),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_sabotage_does_not_go_unnoticed(play, monkeypatch, name, sabotage):
    monkeypatch.setattr(posting, name, sabotage)

    with pytest.raises(AssertionError):
        play(max_examples=300, phases=[Phase.generate], database=None, report_multiple_bugs=False)

"""Of what is told of the money on a bill the youngest counts, in whatever order it is told."""

import json
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from bookkeeping.domain import BillNews, DocumentKind
from bookkeeping.ledger import BillPayments, BillState, Cursor

COMPANY = "romashka"
OLD = date(2026, 1, 1)


@pytest.fixture
def told(ledger):
    return BillPayments(ledger, COMPANY)


@pytest.fixture
def bill(ledger, document, due_of):
    """Post a bill; its id in the books is "bill" and its number."""

    def post(number="7", **changes):
        posted = document(number, kind=DocumentKind.BILL, **changes)
        ledger.expect([due_of(posted)])
        ledger.bind(ledger.claim(str(posted.key)), f"bill-{number}")
        return f"bill-{number}"

    return post


def news(number, paid, bill="bill-7", status="partiallyPaid"):
    return BillNews(number, bill, None if paid is None else Decimal(paid), status)


def paid(told, bill="bill-7"):
    return told.of([bill])[bill].paid


def test_a_bill_is_paid_as_its_news_say(told):
    assert told.hear([news(5, "100.5")]) == [BillState("bill-7", Decimal("100.50"), "partiallyPaid", 5)]
    assert told.of(["bill-7", "bill-8"]) == {
        "bill-7": BillState("bill-7", Decimal("100.50"), "partiallyPaid", 5)
    }


@pytest.mark.parametrize("order", list(permutations([(1, "100"), (2, "300"), (9, "200")])))
def test_news_in_any_order_and_twice_are_set_and_never_added(told, order):
    for number, amount in (*order, *order):
        told.hear([news(number, amount)])
    assert paid(told) == Decimal("200.00")

    assert told.hear(news(number, amount) for number, amount in order) == []
    assert paid(told) == Decimal("200.00")


def test_of_news_heard_together_the_youngest_counts(told):
    told.hear([news(1, "100"), news(9, "200"), news(2, "300")])

    assert paid(told) == Decimal("200.00")


def test_news_that_change_nothing_are_no_change_and_leave_its_moment(told, ledger, clock, bill):
    bill()
    told.hear([news(1, "100")])
    clock.advance(60)

    assert told.hear([news(2, "100.00")]) == []

    assert told.of(["bill-7"])["bill-7"].news_id == 2
    assert told.paid_since(clock() - timedelta(seconds=30)) == []
    assert [each.paid for each in told.paid_since(clock() - timedelta(seconds=60))] == [Decimal(100)]


def test_the_bills_of_other_companies_are_theirs(told, ledger):
    BillPayments(ledger, "vasilek").hear([news(1, "100")])

    assert told.of(["bill-7"]) == {}


def test_what_a_look_shows_counts_over_the_news_that_were_known(told, clock):
    told.hear([news(1, "100")])

    assert told.see([BillState("bill-7", Decimal(300), "paid", 1)], clock()) != []

    assert paid(told) == Decimal(300)


def test_a_look_that_news_overtook_does_not_count(told, clock):
    told.hear([news(1, "100")])
    before = told.of(["bill-7"])["bill-7"]
    told.hear([news(2, "200")])

    assert told.see([BillState("bill-7", None, "", before.news_id)], clock()) == []
    assert told.see([BillState("bill-7", Decimal(0), "notPaid", None)], clock()) == []

    assert paid(told) == Decimal(200)


def test_of_two_looks_the_one_that_began_later_counts(told, clock):
    began = clock()
    clock.advance(5)
    told.see([BillState("bill-7", Decimal(300), "paid")], clock())

    told.see([BillState("bill-7", Decimal(0), "notPaid")], began)

    assert paid(told) == Decimal(300)


def test_news_count_over_an_earlier_look(told, clock):
    told.see([BillState("bill-7", Decimal(300), "paid")], clock())

    told.hear([news(1, "0", status="notPaid")])

    assert told.of(["bill-7"])["bill-7"] == BillState("bill-7", Decimal(0), "notPaid", 1)


def test_more_bills_than_a_statement_takes_are_kept(told):
    many = [news(n, str(n), bill=f"bill-{n}") for n in range(2500)]

    assert len(told.hear(many)) == 2500
    assert len(told.of([piece.external_id for piece in many])) == 2500


def test_a_status_that_is_too_long_for_its_column_is_cut(told):
    told.hear([news(1, "1", status="x" * 50)])

    assert told.of(["bill-7"])["bill-7"].status == "x" * 32


def test_a_cursor_begins_at_nothing_and_counts_what_is_above_it(told):
    assert told.cursor("news") == Cursor(0, -1)

    told.move_cursor("news", [3, 1, 3])
    assert told.cursor("news") == Cursor(2, 3)

    told.move_cursor("news", [1, 2, 3, 8])
    assert told.cursor("news") == Cursor(3, 8)


@pytest.mark.parametrize("ids", [[], [2], [1, 2, 3]])
def test_a_cursor_never_moves_back_and_counts_nothing_twice(told, ids):
    told.move_cursor("news", [1, 2, 3])

    told.move_cursor("news", ids)

    assert told.cursor("news") == Cursor(3, 3)


def test_each_feed_of_each_company_has_a_cursor_of_its_own(told, ledger):
    told.move_cursor("news", [1])

    assert told.cursor("other") == BillPayments(ledger, "vasilek").cursor("news") == Cursor()


def test_our_bills_come_with_what_is_known_of_them_the_longest_unseen_first(told, bill, clock):
    bill("7"), bill("8"), bill("9")
    told.see([BillState("bill-7", Decimal(0), "notPaid")], clock())
    clock.advance(1)
    told.see([BillState("bill-8", Decimal(990), "paid")], clock())

    ours = told.ours(OLD)

    assert [each.external_id for each in ours] == ["bill-9", "bill-7", "bill-8"]
    assert [each.is_open for each in ours] == [True, True, False]
    assert ours[0].state == BillState("bill-9")


def test_only_bills_that_stand_and_are_young_enough_are_ours_to_look_at(told, ledger, bill, document, due_of):
    bill("7", issued_on=date(2026, 9, 1))
    bill("8", issued_on=date(2026, 8, 31))
    ledger.expect([due_of(document("9", kind=DocumentKind.BILL)), due_of(document("10"))])
    ledger.bind(ledger.claim(str(document("10").key)), "sale-10")

    assert [each.external_id for each in told.ours(date(2026, 9, 1))] == ["bill-7"]


def test_a_bill_that_we_cancelled_ourselves_is_not_looked_at(told, ledger, bill, document):
    key = str(document(kind=DocumentKind.BILL).key)
    bill()
    ledger.withdraw(COMPANY, ["7"], ["bill"], date(2027, 1, 1), due=())
    assert len(told.ours(OLD)) == 1  # it stands until it is cancelled

    ledger.brought_up(key, {"sent_hash": ""})

    assert told.ours(OLD) == []


def test_bills_for_which_money_came_are_told_once_they_are_known(told, bill, clock):
    for number in ("7", "8", "9", "10", "11"):
        bill(number)
    told.see([BillState("bill-8", Decimal(0), "notPaid"), BillState("bill-11", None, "rejected")], clock())
    told.hear([news(1, "100"), news(2, None, bill="bill-9"), news(3, "50", bill="stranger")])

    first, second = told.paid_since(clock())

    assert (first.number, first.external_id, first.total, first.paid) == (
        "A-7",
        "bill-7",
        Decimal(990),
        Decimal(100),
    )
    assert (second.number, second.paid, second.status) == ("A-9", None, "partiallyPaid")
    assert told.paid_since(clock() + timedelta(seconds=1)) == []


HEARING = """
import json, sys
from decimal import Decimal
from bookkeeping.domain import BillNews
from bookkeeping.ledger import BillPayments, SyncLedger, open_engine

asked = json.load(sys.stdin)
told = BillPayments(SyncLedger(open_engine(asked["url"])), "romashka")
for ids in asked["rounds"]:
    told.hear(BillNews(n, f"bill-{n % 7}", Decimal(n), "partiallyPaid") for n in ids)
    told.move_cursor("news", ids)
"""


def test_two_processes_that_read_at_once_lose_nothing_and_count_nothing_twice(told, engine):
    url = engine.url.render_as_string(hide_password=False)
    rounds = [range(start, start + 40) for start in range(0, 400, 10)]
    halves = [[list(ids)[::step] for ids in rounds] for step in (1, -1)]

    readers = [_start(url, half) for half in halves]
    assert [reader.wait(60) for reader in readers] == [0, 0]

    states = told.of([f"bill-{n}" for n in range(7)])
    last = {f"bill-{n % 7}": Decimal(n) for n in range(430)}
    assert {id_: state.paid for id_, state in states.items()} == last
    assert told.cursor("news") == Cursor(430, 429)


def _start(url, rounds):
    reader = subprocess.Popen([sys.executable, "-c", HEARING], stdin=subprocess.PIPE, text=True)
    json.dump({"url": url, "rounds": rounds}, reader.stdin)
    reader.stdin.close()
    return reader

"""What came for bills is learned from news and looks: whatever breaks off, nothing is lost or added up."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.unit.builders import company

from bookkeeping import bill_payments
from bookkeeping.bill_payments import FEED, newly_paid, paid_on, paid_sums, read_bill_payments
from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.elba import ElbaPublicClient
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import BillNews, BookDocument, Capability, DocumentKind
from bookkeeping.errors import MisconfiguredError, SyncError, TransientError
from bookkeeping.ledger import BillPayments, BillState, Cursor
from sandbox.app import Settings, create_app, serving

US = company(books={"system": "elba", "api": "public"})
SEARCH, STATUS, NEWS = Capability.SEARCH_DOCUMENTS, Capability.READ_STATUS, Capability.NEWS
BILL = BookDocument(DocumentKind.BILL, "bill-7", "A-7", date(2026, 10, 3), "buyer", "", Decimal(990))


@pytest.mark.parametrize(
    ("shown", "heard", "paid"),
    [
        ({"paid": Decimal(100)}, Decimal(990), Decimal(100)),
        ({"paid": Decimal(100), "refunded": Decimal(40), "status": "notPaid"}, None, Decimal(60)),
        ({"status": "paid"}, None, Decimal(990)),
        ({"status": "paid"}, Decimal(100), Decimal(990)),
        ({"status": "paid"}, Decimal(1000), Decimal(1000)),
        ({"status": "notPaid"}, Decimal(100), Decimal(0)),
        ({"status": "partiallyPaid"}, Decimal(100), Decimal(100)),
        ({"status": "partiallyPaid"}, None, None),
        ({"status": "partiallyPaid"}, Decimal(0), None),
        ({"status": "partiallyPaid"}, Decimal(990), None),
        ({"status": "overdue"}, None, Decimal(0)),
        ({"status": "overdue"}, Decimal(100), Decimal(100)),
        ({"status": "overdue"}, Decimal(990), Decimal(0)),
        ({"status": "rejected"}, None, None),
        ({"status": "rejected"}, Decimal(990), Decimal(990)),
        ({"status": ""}, None, None),
    ],
)
def test_the_books_own_sum_counts_first_then_their_status_then_the_news(shown, heard, paid):
    assert paid_on(replace(BILL, **shown), heard) == paid


class Feed:
    """News as they arrive, of payments and of other things; an offset is a position or an id.

    :ivar arrived: how many of them have arrived by now.
    """

    capabilities = frozenset({NEWS})

    def __init__(self, pieces, meaning):
        self.pieces, self.meaning, self.arrived, self.broken = pieces, meaning, 0, False

    def read_news(self, offset):
        if self.broken:
            raise MisconfiguredError("half an answer")
        here = list(enumerate(self.pieces[: self.arrived]))
        if self.meaning == "position":
            rows = [piece for place, piece in here if place >= offset]
        else:
            rows = [piece for _, piece in here if piece.id >= offset]
        return sorted((piece for piece in rows if piece.external_id), key=lambda piece: piece.id)

    def last_sums(self):
        told = sorted(
            (piece for piece in self.pieces[: self.arrived] if piece.external_id), key=lambda p: p.id
        )
        return {piece.external_id: piece.paid for piece in told}


class DiedError(BaseException):
    """What SIGKILL does to a worker."""


@contextmanager
def dying(engine, statements):
    """Let the worker die before it has sent so many statements; never if None."""
    left = -1 if statements is None else statements

    def count(*_):
        nonlocal left
        left -= 1
        if left == -1 and statements is not None:
            raise DiedError

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


ids = st.integers(0, 40) | st.integers(5_000_000, 5_000_040)
pieces = st.builds(
    BillNews,
    id=ids,
    external_id=st.sampled_from(["bill-7", "bill-8", ""]),  # "" is news of another kind
    paid=st.integers(0, 9).map(Decimal),
    status=st.just("partiallyPaid"),
)
tries = st.tuples(
    st.integers(0, 6), st.sampled_from(["whole", "whole", "dies", "breaks"]), st.integers(0, 12)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    feed=st.lists(pieces, max_size=20, unique_by=lambda piece: piece.id),
    meaning=st.sampled_from(["position", "id"]),
    runs=st.lists(tries, max_size=8),
)
@example(
    feed=[BillNews(2, "bill-7", Decimal(5), ""), BillNews(1, "bill-7", Decimal(3), "")],
    meaning="id",
    runs=[(1, "dies", 4), (1, "whole", 0)],
)
def test_in_any_order_and_whatever_dies_the_youngest_news_count(ledger, empty, feed, meaning, runs):
    empty(ledger.engine)
    told, books, known = BillPayments(ledger, US.id), Feed(feed, meaning), Cursor()
    for arrive, how, when in [*runs, (len(feed), "whole", 0)]:
        books.arrived, books.broken = min(len(feed), books.arrived + arrive), how == "breaks"
        with suppress(DiedError, MisconfiguredError), dying(ledger.engine, when if how == "dies" else None):
            read_bill_payments(US, ledger, books)
        cursor = told.cursor(FEED)
        assert known.position <= cursor.position <= books.arrived
        assert known.last_id <= cursor.last_id
        known = cursor

    assert paid_sums(ledger, US.id, ["bill-7", "bill-8"]) == books.last_sums()


def test_a_broken_answer_moves_nothing(ledger):
    books = Feed([BillNews(1, "bill-7", Decimal(100), "paid")], "id")
    books.arrived, books.broken = 1, True

    with pytest.raises(MisconfiguredError):
        read_bill_payments(US, ledger, books)

    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor()
    assert paid_sums(ledger, US.id, ["bill-7"]) == {}


@pytest.mark.parametrize("dies_before", range(20))
def test_wherever_a_worker_dies_the_cursor_never_runs_ahead_of_the_sums(ledger, dies_before):
    books = Feed([BillNews(n, f"bill-{n}", Decimal(n), "paid") for n in range(3)], "id")
    books.arrived = 3

    with suppress(DiedError), dying(ledger.engine, dies_before):
        read_bill_payments(US, ledger, books)

    if BillPayments(ledger, US.id).cursor(FEED).position:
        assert paid_sums(ledger, US.id, ["bill-0", "bill-1", "bill-2"]) == books.last_sums()


# The real client, over HTTP.


@pytest.fixture(scope="module")
def elba():
    app = create_app(Settings(limits=False, days=0))
    with serving(app) as origin:
        yield app.state.sandbox, origin


@pytest.fixture
def news(elba):
    """Put pieces of news into the feed of an empty Elba: their ids, and the roubles on bills."""
    sandbox, _ = elba
    sandbox.shelf.clear()
    sandbox.faults.clear()

    def tell(*told, bill="bill-7", kind="billPaymentNews"):
        for number, paid in told:
            content = {
                "billId": bill,
                "billStatus": "partiallyPaid",
                "billSum": 990,
                "relatedPaymentsSum": paid,
            }
            row = {"id": number, "newsType": kind, "newsContent": content}
            sandbox.shelf.elba_public.add("news", row)

    return tell


@pytest.fixture(params=["id", "position"])
def client(request, elba):
    sandbox, origin = elba
    sandbox.profiles.update({"elba_public.news_offset": request.param})
    keys = sandbox.settings.credentials
    http = Transport(f"{origin}/v1", auth=ApiKey("X-Kontur-ApiKey", keys.elba_api_key), sleep=lambda _: None)
    return ElbaPublicClient(http, keys.elba_organization_id)


def sums(ledger, *bills):
    return paid_sums(ledger, US.id, bills or ["bill-7"])


def test_a_sum_that_falls_because_money_was_untied_is_the_sum(ledger, client, news):
    news((1, 990), (2, Decimal("400.50")))
    assert read_bill_payments(US, ledger, client) == {"news": 2, "looked_at": 0, "changed": 1}
    assert sums(ledger) == {"bill-7": Decimal("400.50")}

    news((5, 0))
    read_bill_payments(US, ledger, client)

    assert sums(ledger) == {"bill-7": Decimal(0)}


def test_news_already_known_are_no_news(ledger, client, news):
    news((1, 100), (2, 200))
    read_bill_payments(US, ledger, client)

    assert read_bill_payments(US, ledger, client) == {"news": 0, "looked_at": 0, "changed": 0}
    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor(2, 2)


def test_news_of_other_kinds_between_them_make_no_payment_lost(ledger, client, news):
    for first in range(0, 600, 3):
        news((first, first))
        news((first + 1, 1), (first + 2, 2), bill="bill-8", kind="somethingNew")
        if first % 150 == 0:
            read_bill_payments(US, ledger, client)
    read_bill_payments(US, ledger, client)

    assert sums(ledger, "bill-7", "bill-8") == {"bill-7": Decimal(597)}
    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor(200, 597)


def test_of_long_news_only_those_that_follow_are_read_where_that_can_be(elba, ledger, client, news):
    news(*((n, n) for n in range(2500)))
    read_bill_payments(US, ledger, client)
    before = elba[0].counters()["requests"]

    news((2500, 1))
    assert read_bill_payments(US, ledger, client)["news"] == 1

    assert elba[0].counters()["requests"] - before <= 4
    assert sums(ledger) == {"bill-7": Decimal(1)}


def test_a_feed_that_was_begun_anew_is_read_from_its_beginning(elba, ledger, client, news):
    news(*((n, n) for n in range(1, 300)))
    read_bill_payments(US, ledger, client)
    elba[0].shelf.clear()

    news((1, 55), bill="bill-8")
    read_bill_payments(US, ledger, client)

    assert sums(ledger, "bill-7", "bill-8") == {"bill-7": Decimal(299), "bill-8": Decimal(55)}
    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor(299, 299)


def test_a_piece_of_news_that_comes_late_is_heard_too(elba, ledger, client, news):
    book = elba[0].shelf.elba_public
    news(*((n, n) for n in range(1, 300) if n != 290))
    read_bill_payments(US, ledger, client)

    news((290, 100), bill="bill-8")
    book.load({**book.dump(), "news": sorted(book.rows("news"), key=lambda row: row["id"])})
    read_bill_payments(US, ledger, client)

    assert sums(ledger, "bill-7", "bill-8") == {"bill-7": Decimal(299), "bill-8": Decimal(100)}


BROKEN = [{"billId": None}, {"billId": ""}, {"billStatus": None}, {"relatedPaymentsSum": "much"}]


@pytest.mark.parametrize("wrong", BROKEN, ids=str)
def test_a_page_of_which_one_piece_cannot_be_read_moves_nothing(elba, ledger, client, news, wrong):
    news((1, 100))
    read_bill_payments(US, ledger, client)
    news((2, 200), (3, 300))
    elba[0].shelf.elba_public.rows("news")[-1]["newsContent"].update(wrong)

    with pytest.raises(MisconfiguredError, match="piece of news"):
        read_bill_payments(US, ledger, client)

    assert sums(ledger) == {"bill-7": Decimal(100)}
    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor(1, 1)


@pytest.mark.parametrize("client", ["position"], indirect=True)
def test_news_without_a_number_cannot_be_read(ledger, client, news):
    news(("first", 100))

    with pytest.raises(MisconfiguredError, match="piece of news"):
        read_bill_payments(US, ledger, client)


@pytest.mark.parametrize("fault", ["500", "html", "truncate_body"])
def test_a_second_page_that_breaks_moves_nothing(elba, ledger, client, news, fault):
    news(*((n, n) for n in range(1, 1500)))
    rule = {"fault": fault, "method": "GET", "path": "*document-news", "after": 1, "times": None}
    elba[0].faults.add(rule)

    with pytest.raises(SyncError):
        read_bill_payments(US, ledger, client)
    assert BillPayments(ledger, US.id).cursor(FEED) == Cursor()
    assert sums(ledger) == {}

    elba[0].faults.clear()
    assert read_bill_payments(US, ledger, client)["news"] == 1499
    assert sums(ledger) == {"bill-7": Decimal(1499)}


# Looks at open bills.


@pytest.fixture
def posted(ledger, document, due_of):
    """Post a bill of 990 roubles; return it as the books show it."""

    def post(books, number="7", status="notPaid", **changes):
        bill = document(number, kind=DocumentKind.BILL)
        ledger.expect([due_of(bill)])
        shown = books.shown(bill, external_id=f"bill-{number}", status=status, **changes)
        ledger.bind(ledger.claim(str(bill.key)), shown.external_id)
        books.documents.append(shown)
        return shown

    return post


@pytest.fixture(params=["listed", "listed only", "read"])
def books(request, new_books):
    """Books that show what came, the one way or the other, and tell no news."""
    without = {"listed": (), "listed only": (STATUS,), "read": (SEARCH,)}[request.param]
    return new_books(Capability.PAYMENTS, NEWS, *without)


def change(books, shown, **changes):
    books.documents = [
        replace(d, **changes) if d.external_id == shown.external_id else d for d in books.documents
    ]


def known(ledger, bill="bill-7"):
    return BillPayments(ledger, US.id).of([bill]).get(bill)


def test_books_that_record_payments_are_not_asked(ledger, new_books, posted):
    books = new_books()
    posted(books)
    books.read_news = books.list_documents = books.read_document = None  # whoever calls them fails

    assert read_bill_payments(US, ledger, books) == {}


def test_books_that_show_nothing_are_not_asked(ledger, new_books, posted):
    books = new_books(Capability.PAYMENTS, NEWS, SEARCH, STATUS)
    posted(books)

    assert read_bill_payments(US, ledger, books) == {"news": 0, "looked_at": 0, "changed": 0}


def test_a_bill_that_was_paid_is_seen_and_told_once(ledger, books, posted, clock):
    shown = posted(books)
    assert read_bill_payments(US, ledger, books) == {"news": 0, "looked_at": 1, "changed": 1}
    assert sums(ledger) == {"bill-7": Decimal(0)}
    clock.advance(60)
    since = clock()

    change(books, shown, status="paid")
    read_bill_payments(US, ledger, books)
    assert [(bill.number, bill.total, bill.paid) for bill in newly_paid(ledger, US.id, since)] == [
        ("A-7", Decimal(990), Decimal(990))
    ]

    clock.advance(60)
    assert read_bill_payments(US, ledger, books)["changed"] == 0
    assert newly_paid(ledger, US.id, clock()) == []
    assert newly_paid(ledger, US.id, since, until=since) == []


def test_a_bill_that_is_paid_whole_is_not_looked_at_again(ledger, books, posted):
    posted(books, status="paid")
    read_bill_payments(US, ledger, books)
    books.list_documents = books.read_document = None  # whoever calls them fails

    assert read_bill_payments(US, ledger, books)["looked_at"] == 0


def test_in_a_list_a_bill_that_was_paid_whole_is_seen_all_the_same(ledger, new_books, posted):
    books = new_books(Capability.PAYMENTS, NEWS)
    paid, _ = posted(books, "7", paid=Decimal(990), status="paid"), posted(books, "8")
    read_bill_payments(US, ledger, books)

    change(books, paid, paid=Decimal(0), status="notPaid")
    read_bill_payments(US, ledger, books)

    assert sums(ledger) == {"bill-7": Decimal(0)}


def test_a_bill_that_is_gone_is_paid_nothing_that_we_know(ledger, books, posted):
    posted(books, status="paid", paid=Decimal(100))
    change(books, books.documents[0], status="partiallyPaid")
    read_bill_payments(US, ledger, books)
    assert sums(ledger) == {"bill-7": Decimal(100)}

    books.documents.clear()
    read_bill_payments(US, ledger, books)

    assert known(ledger) == BillState("bill-7")
    assert sums(ledger) == {}


def test_a_bill_that_was_dated_anew_is_found_where_one_can_be_read(ledger, new_books, posted):
    books = new_books(Capability.PAYMENTS, NEWS)
    posted(books, paid=Decimal(100), issued_on=date(2026, 8, 1))

    read_bill_payments(US, ledger, books)

    assert sums(ledger) == {"bill-7": Decimal(100)}


def test_a_bill_of_long_ago_is_not_looked_at(ledger, books, posted, clock):
    posted(books)
    clock.advance(timedelta(days=88).total_seconds())
    assert read_bill_payments(US, ledger, books)["looked_at"] == 1

    clock.advance(timedelta(days=1).total_seconds())

    assert read_bill_payments(US, ledger, books)["looked_at"] == 0


@pytest.fixture
def telling(new_books):
    """Books like Elba behind its public API: they tell of sums in their news alone."""
    books = new_books(Capability.PAYMENTS, SEARCH)
    books.told = []
    books.read_news = lambda offset: [piece for n, piece in enumerate(books.told) if n >= offset]
    return books


def test_a_look_says_whether_and_the_news_how_much(ledger, telling, posted):
    bill = posted(telling, status="partiallyPaid")
    read_bill_payments(US, ledger, telling)
    assert (known(ledger).status, sums(ledger)) == ("partiallyPaid", {})

    telling.told.append(BillNews(4, "bill-7", Decimal(100), "partiallyPaid"))
    read_bill_payments(US, ledger, telling)
    assert sums(ledger) == {"bill-7": Decimal(100)}

    change(telling, bill, status="paid")  # and its news are still to come
    read_bill_payments(US, ledger, telling)
    assert known(ledger) == BillState("bill-7", Decimal(990), "paid", 4)

    telling.told.append(BillNews(5, "bill-7", Decimal(1000), "paid"))
    read_bill_payments(US, ledger, telling)
    assert sums(ledger) == {"bill-7": Decimal(1000)}


def test_news_that_are_behind_do_not_hide_what_the_bill_shows(ledger, telling, posted):
    posted(telling, status="paid")
    read_bill_payments(US, ledger, telling)

    telling.told.append(BillNews(4, "bill-7", Decimal(100), "partiallyPaid"))
    read_bill_payments(US, ledger, telling)

    assert known(ledger) == BillState("bill-7", Decimal(990), "paid", 4)


def test_news_that_come_during_a_look_count_more_than_the_look(ledger, telling, posted):
    posted(telling)
    young = BillNews(4, "bill-7", Decimal(100), "partiallyPaid")
    read = telling.read_document

    def while_another_run_hears(kind, external_id):
        BillPayments(ledger, US.id).hear([young])
        return read(kind, external_id)

    telling.read_document = while_another_run_hears
    read_bill_payments(US, ledger, telling)

    assert known(ledger) == BillState("bill-7", Decimal(100), "partiallyPaid", 4)


def test_news_of_a_bill_whose_answer_was_lost_are_known_when_it_is_found(ledger, telling, posted):
    telling.told.append(BillNews(4, "bill-7", Decimal(100), "partiallyPaid"))
    read_bill_payments(US, ledger, telling)

    posted(telling, status="partiallyPaid")

    assert sums(ledger) == {"bill-7": Decimal(100)}


def test_of_too_many_open_bills_those_longest_unseen_are_looked_at_first(
    ledger, telling, posted, clock, monkeypatch
):
    monkeypatch.setattr(bill_payments, "AT_MOST", 3)
    monkeypatch.setattr(bill_payments, "AT_A_TIME", 2)
    for number in range(1, 6):
        posted(telling, str(number))

    looked_at = []
    for _ in range(2):
        clock.advance(60)
        looked_at.append(read_bill_payments(US, ledger, telling)["looked_at"])

    assert looked_at == [3, 3]
    assert len(sums(ledger, *(f"bill-{number}" for number in range(1, 6)))) == 5


def test_what_was_seen_before_a_look_failed_is_kept(ledger, telling, posted, monkeypatch):
    monkeypatch.setattr(bill_payments, "AT_A_TIME", 1)
    posted(telling, "7")
    posted(telling, "8")
    read = telling.read_document

    def fails_at_the_second(kind, external_id):
        if external_id == "bill-8":
            raise TransientError("busy")
        return read(kind, external_id)

    telling.read_document = fails_at_the_second
    with pytest.raises(TransientError):
        read_bill_payments(US, ledger, telling)

    assert sums(ledger, "bill-7", "bill-8") == {"bill-7": Decimal(0)}


def test_the_log_says_what_changed_by_ids(ledger, telling, posted, caplog):
    caplog.set_level("INFO", "bookkeeping.bill_payments")
    telling.told.append(BillNews(4, "bill-7", Decimal(100), "partiallyPaid"))
    posted(telling, status="partiallyPaid")

    read_bill_payments(US, ledger, telling)
    read_bill_payments(US, ledger, telling)

    said = [record.getMessage() for record in caplog.records]
    assert said.count("bill bill-7 is partiallyPaid in the books, paid: 100.00") == 1

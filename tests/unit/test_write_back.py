"""Which lines an order's comments get, and what becomes of them when the shop does not do as it is told."""

import logging
import traceback
from datetime import UTC, date, timedelta

import pytest
import requests
from tests.unit.extraction.portal import Office

from bookkeeping.comments import Comments
from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind, HoldReason, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.ledger import Fingerprint, ShopMemory
from bookkeeping.ledger.tables import metadata
from bookkeeping.questions import can_be_looked_up, questions
from bookkeeping.write_back import Note, line_of, remember_lines, write_lines
from sandbox.bitrix import orders
from sandbox.shop.uniform import uniform_shop

PHONE = "+7 999 123-45-67"
CANARY = f"позвонить Анне, {PHONE}"

ORDER, OTHER = "1001", "1002"
BILL_LINE = "Счёт № A-1001 от 03.10.2026, Контур.Бухгалтерия id-bill-1001 [b2:bill:1001]"
SALE_LINE = "Реализация № A-1001 от 03.10.2026, Контур.Бухгалтерия id-sale-1001 [b2:sale:1001:10011]"

NEVER_SAVED, SAVED_ONCE = 3, 4
"""Versions of an order of the uniform shop."""

READING, WRITING = 1, 2
"""Places of the batches that one write of at most 50 orders takes."""


def company_with(**shop):
    return Company.model_validate(
        {
            "id": "romashka",
            "title": "ООО «Ромашка»",
            "inn": "7707083893",
            "start_date": "2026-01-01",
            "shop": {"write_back": True, **shop},
            "books": {"system": "kontur"},
            "vat": [{"from": "2019-01-01", "mode": "standard"}],
            "documents": ["bill", "sale", "act"],
        }
    )


class Seller:
    """Has documents of the shop's orders in the books, and writes them back through the real portal.

    :ivar requests: how many were about to leave.
    :ivar end: of the day that is run.
    """

    def __init__(self, office, ledger, document, due_of):
        self.office, self.ledger, self.company = office, ledger, company_with()
        self.requests, self.end = 0, ledger.now() + timedelta(days=1)
        self._sold, self._acts = [], {}
        self._document, self._due_of = document, due_of
        office.network.before = self._before_each_request

    def sell(self, order_id, *kinds, comments=CANARY, posted=True):
        if order_id not in self._sold:
            self._sold.append(order_id)
            self.order(order_id).comments = comments
        documents = [self._document(order_id, kind=kind) for kind in kinds or (DocumentKind.SALE,)]
        for document in documents:
            self.ledger.expect([self._due_of(document)])
            if posted:
                attempt = self.ledger.claim(str(document.key))
                self.ledger.bind(attempt, f"id-{document.key.kind}-{order_id}")
        return documents

    def order(self, order_id=ORDER):
        return self.office.shop.orders[int(order_id)]

    def line(self, document):
        return self.ledger.entry(f"{document.key}/write_back")

    def write(self):
        return write_lines(self.office.client(), self.ledger, self.company, self._sold, self.end)

    def fail(self, kind, match=None):
        """Write in vain; neither the error nor what led to it shows anything of the comments."""
        with pytest.raises(kind, match=match) as caught:
            self.write()
        assert PHONE not in "".join(traceback.format_exception(caught.value))

    def breaks(self, fault, path="*/batch", after=1):
        """Break a request, unless told otherwise the one that writes after the one that reads."""
        self.office.sandbox.faults.add({"fault": fault, "path": path, "after": after})

    def meanwhile(self, act):
        """Let something happen between the next reading and the writing that follows it."""
        self._acts[self.requests + WRITING] = act

    def harm(self, place, change):
        """Change what arrives of the answer to the batch at this place."""
        place += self.office.network.batches

        def harmed(body):
            if self.office.network.batches == place:
                change(body["result"])
            return body

        self.office.network.change = harmed

    def vanish(self, order_id=ORDER):
        self.office.shop.orders.remove(int(order_id))

    def _before_each_request(self):
        self.requests += 1
        self._acts.pop(self.requests, lambda: None)()


@pytest.fixture
def seller(ledger, clock, document, due_of):
    office = Office(uniform_shop(51, day=date(2026, 10, 3)), clock.time)
    yield Seller(office, ledger, document, due_of)
    office.close()


@pytest.fixture(autouse=True)
def _nothing_of_the_comments_is_logged_or_kept(caplog, engine):
    """Orders are commented on with the canary unless a test says otherwise."""
    caplog.set_level(logging.DEBUG)
    yield
    logged = [logging.Formatter().format(record) for record in caplog.get_records("call")]
    with engine.begin() as tx:
        kept = [tuple(row) for table in metadata.sorted_tables for row in tx.execute(table.select())]
    assert PHONE not in f"{logged} {kept}"


def added(*lines, comments=CANARY):
    return "\n".join([comments, *lines])


def test_a_line_says_what_and_where_and_ends_with_the_documents_mark(seller):
    (sale,) = seller.sell(ORDER)
    entry = seller.ledger.entry(str(sale.key))

    assert line_of(entry, "kontur") == SALE_LINE
    assert "Контур.Эльба id-sale-1001" in line_of(entry, "elba")
    assert line_of(entry, "kontur").endswith(sale.key.mark)


def test_the_first_lines_of_an_order_stand_alone_and_travel_together(seller):
    seller.sell(ORDER, DocumentKind.SALE, DocumentKind.BILL, comments="")

    assert seller.write() == {"posted": 2}

    assert seller.order().comments == f"{BILL_LINE}\n{SALE_LINE}"
    assert (seller.requests, seller.order().version) == (2, SAVED_ONCE)


@pytest.mark.parametrize("comments", [CANARY, "две\nстроки", "в конце\n"])
def test_lines_are_added_and_what_stood_there_is_kept(seller, comments):
    seller.sell(ORDER, DocumentKind.SALE, DocumentKind.BILL, comments=comments)

    assert seller.write() == {"posted": 2}

    assert seller.order().comments == added(BILL_LINE, SALE_LINE, comments=comments)


def test_a_repeat_does_not_even_look(seller):
    seller.sell(ORDER)
    seller.write()

    assert seller.write() == {"posted": 1}

    assert seller.requests == 2


def test_of_two_lines_only_the_one_that_is_missing_is_written(seller):
    by_hand = "вписала сама [b2:sale:1001:10011]"
    (sale, _) = seller.sell(ORDER, DocumentKind.SALE, DocumentKind.BILL, comments=by_hand)

    assert seller.write() == {"posted": 2}

    assert seller.order().comments == added(BILL_LINE, comments=by_hand)
    assert seller.line(sale).external_id == "[b2:sale:1001:10011]"


def test_another_orders_mark_is_not_ours(seller):
    theirs = "[b2:sale:1001:100111] [b2:sale:11001:10011]"
    seller.sell(ORDER, comments=theirs)

    seller.write()

    assert seller.order().comments == added(SALE_LINE, comments=theirs)


def test_only_documents_that_stand_in_the_books_have_a_line(seller):
    seller.sell(ORDER, posted=False)
    (cancelled,) = seller.sell(OTHER)
    seller.ledger.brought_up(str(cancelled.key), {"sent_hash": ""})

    assert seller.write() == {}

    assert seller.requests == 0


def test_a_line_that_waits_for_a_cancelled_document_is_forgotten(seller):
    (sale,) = seller.sell(ORDER)
    remember_lines(seller.ledger, seller.company, [ORDER])
    seller.ledger.brought_up(str(sale.key), {"sent_hash": ""})

    seller.write()

    assert seller.line(sale) is None


def test_lines_that_nobody_wants_any_more_are_forgotten(seller):
    (sale,) = seller.sell(ORDER)
    remember_lines(seller.ledger, seller.company, [ORDER])

    remember_lines(seller.ledger, company_with(write_back=False), [ORDER])

    assert seller.line(sale) is None


def test_an_order_stays_open_until_its_line_is_written_whatever_period_is_closed(seller, clock):
    seller.sell(ORDER)
    seller.company = seller.company.model_copy(update={"closed_through": date(2026, 10, 31)})
    remember_lines(seller.ledger, seller.company, [ORDER])
    clock.advance(3601)

    assert seller.ledger.open_orders("romashka", date(2026, 10, 4)) == [ORDER]
    assert seller.write() == {"posted": 1}
    assert seller.ledger.open_orders("romashka", date(2026, 10, 4)) == []


def test_silence_is_not_taken_for_an_answer_before_its_time(seller, clock):
    (sale,) = seller.sell(ORDER)
    seller.breaks("drop_before")
    seller.fail(OutcomeUnknownError)
    clock.advance(149)

    seller.fail(OutcomeUnknownError, match="next try looks")
    assert (seller.line(sale).status, seller.requests) == (Status.UNKNOWN, 3)

    clock.advance(1)
    assert seller.write() == {"posted": 1}
    assert seller.order().comments == added(SALE_LINE)


def test_no_line_crosses_with_an_unanswered_one_of_its_order(seller, clock):
    seller.sell(ORDER, DocumentKind.BILL)
    seller.breaks("drop_before")
    seller.fail(OutcomeUnknownError)
    seller.sell(ORDER, DocumentKind.SALE)
    (neighbour,) = seller.sell(OTHER)

    seller.fail(OutcomeUnknownError)

    assert seller.order().version == NEVER_SAVED
    assert seller.line(neighbour).status is Status.POSTED
    clock.advance(151)
    seller.write()
    assert seller.order().comments == added(BILL_LINE, SALE_LINE)
    assert seller.order(OTHER).version == SAVED_ONCE


def test_two_workers_never_overwrite_each_others_lines(seller):
    seller.sell(ORDER, DocumentKind.BILL)

    def another_worker():
        seller.sell(ORDER, DocumentKind.SALE)
        seller.fail(TransientError, match="another worker")

    seller.meanwhile(another_worker)
    seller.fail(TransientError, match="1 lines for comments still wait")
    seller.write()

    assert seller.order().comments == added(BILL_LINE, SALE_LINE)


def test_a_dead_workers_line_is_looked_for(seller, clock):
    (sale,) = seller.sell(ORDER, comments=added(SALE_LINE))
    remember_lines(seller.ledger, seller.company, [ORDER])
    seller.ledger.claim_together([f"{sale.key}/write_back"])
    clock.advance(301)

    assert seller.write() == {"posted": 1}

    assert (seller.requests, seller.order().version) == (1, NEVER_SAVED)


@pytest.mark.parametrize(("later", "own"), [(1, {ORDER: SAVED_ONCE}), (0, {})], ids=["within", "after"])
def test_our_own_change_hides_nothing_that_came_after_the_day_that_was_run(seller, caplog, later, own):
    seller.sell(ORDER)
    order, memory = seller.order(), ShopMemory(seller.ledger)
    changed_at = order.date_update.astimezone(UTC)
    seen = Fingerprint(
        ORDER, order.version, changed_at, changed_at, order.price, paid=False, cancelled=False, status="N"
    )
    memory.take_up("romashka", [seen])
    seller.end = changed_at + timedelta(seconds=later)

    seller.write()

    assert memory.own_versions("romashka", [ORDER]) == own
    assert "somebody else" not in caplog.text


@pytest.mark.parametrize(
    ("text", "batches"),
    [("$result[c0][order]", 1), ("$TOTAL[x]", 1), ("a$next[1]", 1), ("$time[c0]", 1), ("$ [b2] $result", 2)],
)
def test_only_what_means_something_inside_a_batch_travels_alone(seller, text, batches):
    comments = f"{CANARY} {text}"
    seller.sell(ORDER, comments=comments)

    assert seller.write() == {"posted": 1}

    assert (seller.office.network.batches, seller.requests) == (batches, 2)
    assert seller.order().comments == added(SALE_LINE, comments=comments)


def test_a_lost_answer_to_one_that_travels_alone_is_unknown_too(seller):
    (sale,) = seller.sell(ORDER, comments=f"{CANARY} $result[x]")
    seller.breaks("reset_after", "*/sale.order.update", after=0)

    seller.fail(OutcomeUnknownError)
    assert seller.line(sale).status is Status.UNKNOWN
    assert seller.write() == {"posted": 1}

    assert seller.order().version == SAVED_ONCE


def test_what_the_shop_refuses_is_held_without_its_words_and_keeps_nobody_back(seller):
    (sale,) = seller.sell(ORDER)
    seller.sell(OTHER)
    order = seller.order()

    def refuse(answer):
        """Nothing of it was saved then."""
        del answer["result"]["c0"]
        answer["result_error"] = {"c0": {"error": 0, "error_description": f"cannot save «{PHONE}»"}}
        order.comments, order.version = CANARY, NEVER_SAVED

    seller.harm(WRITING, refuse)

    assert seller.write() == {"held": 1, "posted": 1}

    held = seller.line(sale)
    assert (held.reason, held.detail) == (
        HoldReason.MANUAL_REQUIRED,
        "магазин не принял комментарий к заказу 1001: 0",
    )
    assert seller.write() == {"posted": 2}
    assert order.comments == added(SALE_LINE)


@pytest.mark.parametrize("comments", [CANARY, f"{CANARY} $result[x]"], ids=["in a batch", "alone"])
def test_an_order_that_goes_before_it_is_written_is_held_and_keeps_nobody_back(seller, comments):
    (sale,) = seller.sell(ORDER, comments=comments)
    seller.sell(OTHER)
    seller.meanwhile(seller.vanish)

    assert seller.write() == {"held": 1, "posted": 1}

    assert seller.line(sale).detail == "магазин не принял комментарий к заказу 1001: 200540400001"


def test_an_order_that_is_gone_is_held_and_keeps_nobody_back(seller):
    (sale,) = seller.sell(ORDER)
    seller.sell(OTHER)
    seller.vanish()

    assert seller.write() == {"held": 1, "posted": 1}

    assert "в магазине нет" in seller.line(sale).detail


def test_an_unanswered_line_of_an_order_that_is_not_shown_stays_unknown(seller, clock):
    (sale,) = seller.sell(ORDER)
    seller.breaks("drop_before")
    seller.fail(OutcomeUnknownError)
    seller.vanish()
    clock.advance(151)

    seller.fail(OutcomeUnknownError)

    assert seller.line(sale).status is Status.UNKNOWN


def test_a_comment_that_the_shop_drops_without_a_word_is_held(seller, monkeypatch):
    (sale,) = seller.sell(ORDER)
    monkeypatch.setattr(orders, "WRITABLE", [name for name in orders.WRITABLE if name != "comments"])

    assert seller.write() == {"held": 1}

    assert "не сохранил" in seller.line(sale).detail


def fail_inside(answer):
    del answer["result"]["c0"]
    words = f"deadlock while saving «{PHONE}»"
    answer["result_error"] = {"c0": {"error": "INTERNAL_SERVER_ERROR", "error_description": words}}


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["result"].update(c0=True),
        lambda answer: answer["result"].update(c0={}),
        lambda answer: answer["result"].update(c0={"order": {"id": int(ORDER)}}),
        lambda answer: answer["result"].pop("c0"),
        fail_inside,
    ],
    ids=["true", "nothing in it", "only an id", "none at all", "internal error"],
)
def test_an_answer_that_does_not_show_the_order_proves_nothing(seller, change):
    (sale,) = seller.sell(ORDER)
    (neighbour,) = seller.sell(OTHER)
    seller.harm(WRITING, change)

    seller.fail(OutcomeUnknownError)

    assert seller.line(sale).status is Status.UNKNOWN
    assert seller.line(neighbour).status is Status.POSTED
    assert seller.write() == {"posted": 2}
    assert seller.order().version == SAVED_ONCE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda order: order.pop("comments"),
        lambda order: order.pop("version"),
        lambda order: order.update(id=8),
        lambda order: order.update(comments=[CANARY]),
    ],
    ids=["no comments", "no version", "another order", "no text"],
)
def test_what_could_not_be_read_is_never_written_over(seller, spoil):
    (sale,) = seller.sell(ORDER)

    def change(answer):
        for page in answer["result"].values():
            for order in page["orders"]:
                spoil(order)

    seller.harm(READING, change)

    seller.fail(MisconfiguredError, match="Nothing was (written|taken)")

    assert (seller.requests, seller.order().version) == (1, NEVER_SAVED)
    assert seller.line(sale).status is Status.PENDING


def busy(seller):
    seller.breaks("503")


def unreachable(seller):
    def refuse():
        raise requests.ConnectionError("refused")

    seller.meanwhile(refuse)


def without_the_right(seller):
    seller.meanwhile(lambda: setattr(seller.office.sandbox.portal, "scopes", frozenset({"basic"})))


@pytest.mark.parametrize(
    ("stop", "kind"),
    [(busy, TransientError), (unreachable, TransientError), (without_the_right, MisconfiguredError)],
)
def test_what_stops_one_batch_stops_the_next_ones_and_leaves_them_waiting(seller, stop, kind):
    for order_id in seller.office.shop.orders:
        seller.sell(str(order_id))
    granted = seller.office.sandbox.portal.scopes
    stop(seller)

    seller.fail(kind)

    assert seller.requests == 2
    assert len(seller.ledger.in_status(Status.PENDING)) == 51
    seller.office.sandbox.portal.scopes = granted
    assert seller.write() == {"posted": 51}
    assert {order.version for order in seller.office.shop.orders.values()} == {SAVED_ONCE}


def test_nobody_is_asked_about_a_line(seller):
    (sale,) = seller.sell(ORDER)
    seller.breaks("drop_before")
    seller.fail(OutcomeUnknownError)

    assert can_be_looked_up(seller.line(sale), ())
    assert questions(seller.ledger, "romashka", {ORDER}, ()) == []


def test_comments_are_shown_by_nobodys_repr():
    assert PHONE not in repr([Comments(CANARY, 1), Note(ORDER, {}, CANARY, 1)])

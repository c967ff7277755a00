"""Which lines an order's comments get, and what becomes of them when the shop does not do as it is told."""

import logging
from collections import deque
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bookkeeping.clients.answers import Answer
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKey, DocumentKind, HoldReason, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.ledger import Fingerprint, ShopMemory
from bookkeeping.questions import can_be_looked_up, questions
from bookkeeping.write_back import line_of, remember_lines, write_lines

NOON = "2026-10-05T15:00:00+03:00"
CANARY = "позвонить Анне, +7 999 123-45-67"


class Portal:
    """A shop in memory, the double of `BitrixClient`: each update ends as the next of ``endings`` says.

    :ivar meanwhile: called once, between a read and the write that follows it.
    """

    def __init__(self):
        self.orders = {}
        self.reads, self.writes, self.alone = [], [], []
        self.endings, self.meanwhile = deque(), None

    def has(self, order_id, comments=""):
        self.orders[order_id] = {"id": int(order_id), "comments": comments, "version": 3}

    def save(self, order_id, comments):
        order = self.orders[order_id]
        order.update(comments=comments, version=order["version"] + 1, dateUpdate=NOON)
        return {"order": dict(order)}

    def text(self, order_id):
        return self.orders[order_id]["comments"]

    def batch(self, commands):
        ((_, asked),) = commands.values()
        wanted = [str(order_id) for order_id in asked["filter"]["@id"]]
        self.reads.append(wanted)
        return {
            name: {"orders": [dict(self.orders[id_]) for id_ in wanted if id_ in self.orders]}
            for name in commands
        }

    def write_batch(self, commands):
        self.writes.append(list(commands))
        return {name: self._update(*command) for name, command in commands.items()}

    def call(self, method, params):
        self.alone.append(str(params["id"]))
        outcome = self._update(method, params)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _update(self, method, params):
        assert method == "sale.order.update"
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        ending = self.endings.popleft() if self.endings else None
        if ending in (None, "lost"):
            order = self.save(str(params["id"]), params["fields"]["comments"])
        return order if ending is None else self._failure(ending)

    @staticmethod
    def _failure(ending):
        return OutcomeUnknownError("no answer") if ending in ("lost", "vanished") else ending


@pytest.fixture
def portal():
    return Portal()


@pytest.fixture
def company():
    return company_with()


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


@pytest.fixture
def shop(ledger, portal, company, document, due_of):
    return Shop(ledger, portal, company, document, due_of)


class Shop:
    """Orders of which some documents stand in the books, and whoever writes them back."""

    def __init__(self, ledger, portal, company, document, due_of):
        self.ledger, self.portal, self.company = ledger, portal, company
        self._document, self._due_of = document, due_of

    def sell(self, order_id, *kinds, comments="", posted=True):
        if order_id not in self.portal.orders:
            self.portal.has(order_id, comments)
        documents = [self._document(order_id, kind=kind) for kind in kinds or (DocumentKind.SALE,)]
        for document in documents:
            self.ledger.expect([self._due_of(document)])
            if posted:
                attempt = self.ledger.claim(str(document.key))
                self.ledger.bind(attempt, f"id-{document.key.kind}-{order_id}")
        return documents

    def write(self, *order_ids):
        return write_lines(self.portal, self.ledger, self.company, order_ids or list(self.portal.orders))

    def line(self, document):
        return self.ledger.entry(f"{document.key}/write_back")


SALE_LINE = "Реализация № A-7 от 03.10.2026, Контур.Бухгалтерия id-sale-7 [b2:sale:7:71]"
BILL_LINE = "Счёт № A-7 от 03.10.2026, Контур.Бухгалтерия id-bill-7 [b2:bill:7]"


def test_a_line_says_what_and_where_and_ends_with_the_documents_mark(shop):
    (sale,) = shop.sell("7")
    entry = shop.ledger.entry(str(sale.key))

    assert line_of(entry, "kontur") == SALE_LINE
    assert "Контур.Эльба id-sale-7" in line_of(entry, "elba")
    assert line_of(entry, "kontur").endswith(sale.key.mark)


@pytest.mark.parametrize("comments", ["", CANARY, "две\nстроки", "в конце\n"])
def test_lines_are_added_and_what_stood_there_is_kept(shop, comments):
    shop.sell("7", DocumentKind.SALE, DocumentKind.BILL, comments=comments)

    assert shop.write() == {"posted": 2}

    start = f"{comments}\n" if comments else ""
    assert shop.portal.text("7") == f"{start}{BILL_LINE}\n{SALE_LINE}"
    assert shop.portal.writes == [["7"]]


def test_a_repeat_writes_nothing_and_does_not_even_look(shop):
    shop.sell("7")
    shop.write()

    assert shop.write() == {"posted": 1}

    assert (len(shop.portal.reads), len(shop.portal.writes)) == (1, 1)


def test_a_mark_that_is_there_already_counts_as_done(shop):
    (sale,) = shop.sell("7", comments=f"вписала сама {DocumentKey('x', DocumentKind.SALE, '7', '71').mark}")

    assert shop.write() == {"posted": 1}

    assert shop.portal.writes == []
    assert shop.line(sale).external_id == "[b2:sale:7:71]"


def test_another_orders_mark_is_not_ours(shop):
    shop.sell("7", comments="[b2:sale:7:711] [b2:sale:77:71]")

    shop.write()

    assert SALE_LINE in shop.portal.text("7")


def test_only_documents_that_stand_in_the_books_have_a_line(shop):
    shop.sell("7", posted=False)
    (cancelled,) = shop.sell("8")
    shop.ledger.brought_up(str(cancelled.key), {"sent_hash": ""})

    assert shop.write() == {}

    assert shop.portal.reads == []


def test_a_line_that_waits_for_a_cancelled_document_is_forgotten(shop):
    (sale,) = shop.sell("7")
    remember_lines(shop.ledger, shop.company, ["7"])
    shop.ledger.brought_up(str(sale.key), {"sent_hash": ""})

    shop.write()

    assert shop.line(sale) is None


def test_lines_that_nobody_wants_any_more_are_forgotten(shop):
    (sale,) = shop.sell("7")
    remember_lines(shop.ledger, shop.company, ["7"])

    remember_lines(shop.ledger, company_with(write_back=False), ["7"])

    assert shop.line(sale) is None


def test_an_order_stays_open_until_its_line_is_written_whatever_period_is_closed(shop, clock):
    shop.sell("7")
    shop.company = shop.company.model_copy(update={"closed_through": date(2026, 10, 31)})
    remember_lines(shop.ledger, shop.company, ["7"])
    clock.advance(3601)

    assert shop.ledger.open_orders("romashka", date(2026, 10, 4)) == ["7"]
    assert shop.write("7") == {"posted": 1}
    assert shop.ledger.open_orders("romashka", date(2026, 10, 4)) == []


@pytest.mark.parametrize(("ending", "sent"), [("lost", 1), ("vanished", 2)])
def test_a_lost_answer_never_makes_a_second_line(shop, clock, ending, sent):
    (sale,) = shop.sell("7")
    shop.portal.endings.append(ending)

    with pytest.raises(OutcomeUnknownError):
        shop.write()
    assert shop.line(sale).status is Status.UNKNOWN
    clock.advance(151)
    assert shop.write() == {"posted": 1}

    assert shop.portal.text("7") == SALE_LINE
    assert len(shop.portal.writes) == sent


def test_silence_is_not_taken_for_an_answer_before_its_time(shop, clock):
    shop.sell("7")
    shop.portal.endings.append("vanished")
    with pytest.raises(OutcomeUnknownError):
        shop.write()
    clock.advance(100)

    with pytest.raises(OutcomeUnknownError, match="next try looks"):
        shop.write()

    assert len(shop.portal.writes) == 1


def test_no_line_crosses_with_an_unanswered_one_of_its_order(shop, clock):
    shop.sell("7", DocumentKind.BILL)
    shop.portal.endings.append("vanished")
    with pytest.raises(OutcomeUnknownError):
        shop.write()
    shop.sell("7", DocumentKind.SALE)
    shop.sell("8")

    with pytest.raises(OutcomeUnknownError):
        shop.write()

    assert shop.portal.writes == [["7"], ["8"]]
    clock.advance(151)
    shop.write()
    assert shop.portal.text("7") == f"{BILL_LINE}\n{SALE_LINE}"


def test_two_workers_never_overwrite_each_others_lines(shop):
    shop.sell("7", DocumentKind.BILL)

    def another_worker():
        shop.sell("7", DocumentKind.SALE)
        with pytest.raises(TransientError, match="another worker"):
            shop.write()

    shop.portal.meanwhile = another_worker
    with pytest.raises(TransientError):
        shop.write()
    shop.write()

    assert shop.portal.text("7") == f"{BILL_LINE}\n{SALE_LINE}"


def test_a_dead_workers_line_is_looked_for(shop, clock):
    (sale,) = shop.sell("7")
    remember_lines(shop.ledger, shop.company, ["7"])
    shop.ledger.claim_together([f"{sale.key}/write_back"])
    shop.portal.save("7", SALE_LINE)
    clock.advance(301)

    assert shop.write() == {"posted": 1}

    assert shop.portal.writes == []


def test_a_persons_edit_in_between_is_noticed_and_still_news(shop, caplog):
    shop.sell("7", comments=CANARY)
    known_as(shop, version=3)
    shop.portal.meanwhile = lambda: shop.portal.save("7", f"{CANARY}!")

    shop.write()

    assert "Order 7 was saved by somebody else" in caplog.text
    assert CANARY not in caplog.text
    assert ShopMemory(shop.ledger).own_versions("romashka", ["7"]) == {}


def test_our_own_change_is_known_as_ours(shop, caplog):
    shop.sell("7")
    known_as(shop, version=3)

    shop.write()

    assert ShopMemory(shop.ledger).own_versions("romashka", ["7"]) == {"7": 4}
    assert "somebody else" not in caplog.text


def known_as(shop, version):
    at = datetime(2026, 10, 3, 9, tzinfo=UTC)
    ShopMemory(shop.ledger).take_up(
        "romashka",
        [Fingerprint("7", version, at, at, Decimal("990.00"), paid=False, cancelled=False, status="N")],
    )


@pytest.mark.parametrize("text", ["цена $result[c0][order] руб.", "$TOTAL[x]", "a$next[1]"])
def test_what_means_something_inside_a_batch_travels_alone(shop, text):
    shop.sell("7", comments=text)
    shop.sell("8", comments="$ и [b2] и $result")

    assert shop.write() == {"posted": 2}

    assert (shop.portal.alone, shop.portal.writes) == (["7"], [["8"]])
    assert shop.portal.text("7") == f"{text}\n{SALE_LINE}"


def test_a_lost_answer_to_one_that_travels_alone_is_unknown_too(shop, clock):
    shop.sell("7", comments="$result[x]")
    shop.portal.endings.append("lost")

    with pytest.raises(OutcomeUnknownError):
        shop.write()
    assert shop.write() == {"posted": 1}

    assert shop.portal.alone == ["7"]


def test_fifty_orders_travel_together(shop):
    for n in range(1, 121):
        shop.sell(str(n))

    assert shop.write() == {"posted": 120}

    assert [len(names) for names in shop.portal.reads] == [50, 50, 20]
    assert [len(names) for names in shop.portal.writes] == [50, 50, 20]


def test_what_the_shop_refuses_is_held_without_its_words_and_keeps_nobody_back(shop, caplog):
    (sale,) = shop.sell("7", comments=CANARY)
    shop.sell("8")
    words = Answer(400, None, words=f"cannot save «{CANARY}»", codes=("0",))
    shop.portal.endings.append(
        ApiRefusal(called="sale.order.update", reason=HoldReason.MANUAL_REQUIRED, answer=words)
    )

    assert shop.write() == {"held": 1, "posted": 1}

    held = shop.line(sale)
    assert (held.reason, held.detail) == (
        HoldReason.MANUAL_REQUIRED,
        "магазин не принял комментарий к заказу 7: 0",
    )
    assert CANARY not in caplog.text + str(shop.ledger.history(held.key))
    assert shop.write() == {"posted": 2}


def test_an_order_that_is_gone_is_held_and_keeps_nobody_back(shop):
    (sale,) = shop.sell("7")
    shop.sell("8")
    del shop.portal.orders["7"]

    assert shop.write("7", "8") == {"held": 1, "posted": 1}

    assert "в магазине нет" in shop.line(sale).detail


def test_an_unanswered_line_of_an_order_that_is_not_shown_stays_unknown(shop, clock):
    (sale,) = shop.sell("7")
    shop.portal.endings.append("vanished")
    with pytest.raises(OutcomeUnknownError):
        shop.write()
    del shop.portal.orders["7"]
    clock.advance(151)

    with pytest.raises(OutcomeUnknownError):
        shop.write("7")

    assert shop.line(sale).status is Status.UNKNOWN


def test_a_comment_that_the_shop_drops_without_a_word_is_held(shop):
    (sale,) = shop.sell("7")
    shop.portal.endings.append({"order": {"id": 7, "comments": None, "version": 4, "dateUpdate": NOON}})

    assert shop.write() == {"held": 1}

    assert "не сохранил" in shop.line(sale).detail


@pytest.mark.parametrize("answer", [True, {}, {"order": {"id": 7}}])
def test_an_answer_that_does_not_show_the_order_proves_nothing(shop, answer):
    (sale,) = shop.sell("7")
    shop.portal.endings.append(answer)

    with pytest.raises(OutcomeUnknownError):
        shop.write()

    assert shop.line(sale).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "spoil",
    [
        lambda order: order.pop("comments"),
        lambda order: order.pop("version"),
        lambda order: order.update(id=8),
        lambda order: order.update(comments=["a"]),
    ],
    ids=["no comments", "no version", "another order", "no text"],
)
def test_what_could_not_be_read_is_never_written_over(shop, spoil):
    (sale,) = shop.sell("7", comments=CANARY)
    spoil(shop.portal.orders["7"])

    with pytest.raises(MisconfiguredError, match="Nothing was written") as caught:
        shop.write()

    assert shop.portal.writes == []
    assert shop.line(sale).status is Status.PENDING
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("error", [TransientError("busy", retry_after=90), MisconfiguredError("no right")])
def test_what_stops_one_batch_stops_the_next_ones_and_leaves_them_waiting(shop, error):
    for n in range(1, 61):
        shop.sell(str(n))
    shop.portal.endings.extend([error] * 50)

    with pytest.raises(type(error)) as caught:
        shop.write()

    assert caught.value is error
    assert len(shop.portal.writes) == 1
    assert shop.write() == {"posted": 60}


def test_nobody_is_asked_about_a_line(shop):
    (sale,) = shop.sell("7")
    shop.portal.endings.append("vanished")
    with pytest.raises(OutcomeUnknownError):
        shop.write()

    assert can_be_looked_up(shop.line(sale), ())
    assert questions(shop.ledger, "romashka", {"7"}, ()) == []


def test_comments_are_shown_by_nobodys_repr(shop):
    from bookkeeping.comments import Comments
    from bookkeeping.write_back import Note

    assert CANARY not in repr([Comments(CANARY, 1), Note("7", {}, CANARY, 1)])


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog):
    caplog.set_level(logging.DEBUG)

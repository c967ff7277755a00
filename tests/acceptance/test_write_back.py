"""The line in an order's comments, over real HTTP: once, beside what others wrote, in any weather."""

import logging
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.acceptance.office import A_WHILE, text_of
from tests.acceptance.till import goods

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKey, DocumentKind, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.extraction import Known, read_day
from bookkeeping.ledger import Due, Fingerprint, ShopMemory, SyncLedger
from bookkeeping.write_back import write_lines

CANARY = "позвонить Анне, +7 999 123-45-67"
AFTER = ["timeout_after", "reset_after", "500_after", "html", "truncate_body", "empty"]
BEFORE = ["timeout_before", "drop_before", "500", "503"]


class Seller:
    """Sells, has the documents in the books, and writes them back."""

    def __init__(self, sandbox, till, engine, clock):
        self.sandbox, self.till, self.clock = sandbox, till, clock
        self.ledger = SyncLedger(engine, clock=clock, run="acceptance")
        self.memory = ShopMemory(self.ledger)
        self.company = Company.model_validate(
            {
                "id": "romashka",
                "title": "ООО «Ромашка»",
                "inn": "7707083893",
                "start_date": "2025-01-01",
                "shop": {"write_back": True},
                "books": {"system": "kontur"},
                "vat": [{"from": "2019-01-01", "mode": "standard"}],
                "documents": ["sale"],
            }
        )

    def sell(self, comments=""):
        """Sell something that is in the books, and known to the ledger as it stands in the shop."""
        order = self.till.sell(goods("100.00"))
        order.comments = comments
        key = DocumentKey("romashka", DocumentKind.SALE, str(order.id), "301")
        due = Due(
            str(key),
            "romashka",
            "sale",
            order_id=str(order.id),
            shipment_id="301",
            number=order.account_number,
            dated_on=order.date_insert.date(),
            due_hash="x",
        )
        self.ledger.expect([due])
        self.ledger.bind(self.ledger.claim(str(key)), f"id-{order.id}")
        self.memory.take_up("romashka", [fingerprint(order)])
        return order

    @property
    def ids(self):
        return [str(id_) for id_ in self.till.shop.orders]

    def client(self, limit=nullcontext):
        keys = self.sandbox.keys
        base = f"{self.sandbox.origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}"
        return BitrixClient(
            Transport(
                base,
                auth=Unsigned((keys.bitrix_webhook,)),
                timeout=(2, 10),
                clock=self.clock.time,
                sleep=self.clock.advance,
                limit=limit,
            )
        )

    def write(self, **client):
        return write_lines(
            self.client(**client), self.ledger, self.company, self.ids, self.clock() + timedelta(days=1)
        )

    def changed_today(self):
        """Return the orders that a run of our clock's day takes up."""
        start = self.clock().replace(hour=0) - timedelta(hours=3)
        known = Known(own_versions=partial(self.memory.own_versions, "romashka"))
        day = read_day(self.client(), self.company.shop, start, start + timedelta(1), known)
        return day["orders"]["order_id"].to_pylist()

    def write_to_the_end(self):
        for _ in range(4):
            with suppress(OutcomeUnknownError, TransientError):
                return self.write()
            self.clock.advance(A_WHILE)
        return self.write()


def fingerprint(order):
    at = order.date_insert.astimezone(UTC)
    return Fingerprint(
        str(order.id), order.version, at, at, order.price, paid=False, cancelled=False, status="N"
    )


def line(order):
    number = order.account_number
    return f"Реализация № {number} от 03.10.2026, Контур.Бухгалтерия id-{order.id} [b2:sale:{order.id}:301]"


@pytest.fixture
def seller(sandbox, till, engine, clock):
    return Seller(sandbox, till, engine, clock)


def test_a_line_is_written_once_however_often_it_is_asked_for(seller):
    order = seller.sell(CANARY)
    version = order.version

    for _ in range(3):
        assert seller.write() == {"posted": 1}

    assert order.comments == f"{CANARY}\n{line(order)}"
    assert order.version == version + 1


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE])
def test_a_lost_answer_never_makes_a_second_line(seller, sandbox, fault):
    orders = [seller.sell(CANARY) for _ in range(3)]
    lost = sandbox.breaks(fault, "*/batch", after=1)

    with pytest.raises((OutcomeUnknownError, TransientError)):
        seller.write()
    assert seller.write_to_the_end() == {"posted": 3}

    assert [order.comments for order in orders] == [f"{CANARY}\n{line(order)}" for order in orders]
    assert lost.as_dict()["fired"] == 1


def test_a_line_that_landed_is_found_and_not_sent_again(seller, sandbox):
    order = seller.sell()
    sandbox.breaks("reset_after", "*/batch", after=1)
    with pytest.raises(OutcomeUnknownError):
        seller.write()
    version = order.version

    assert seller.write() == {"posted": 1}

    assert order.version == version


def test_a_line_that_somebody_wrote_by_hand_is_respected(seller):
    by_hand = f"внесла сама [b2:sale:{seller.till.shop.orders.next_id}:301]"
    order = seller.sell(by_hand)
    version = order.version

    assert seller.write() == {"posted": 1}

    assert (order.comments, order.version) == (by_hand, version)


def test_a_persons_edit_between_read_and_write_is_noticed(seller, caplog):
    order = seller.sell("до")
    requests = []

    def somebody_edits_before_the_second_request():
        requests.append(1)
        if len(requests) == 2:
            order.comments = CANARY
            order.touch(order.date_update)
        return nullcontext()

    seller.write(limit=somebody_edits_before_the_second_request)

    assert f"Order {order.id} was saved by somebody else" in caplog.text
    assert CANARY not in caplog.text
    assert seller.memory.own_versions("romashka", seller.ids) == {}


def test_our_own_version_is_remembered(seller):
    order = seller.sell()
    seller.write()

    assert seller.memory.own_versions("romashka", seller.ids) == {str(order.id): order.version}

    known = seller.memory.known("romashka", datetime(2026, 1, 1, tzinfo=UTC))[str(order.id)]
    assert known.changed_at == order.date_update.astimezone(UTC)


def test_our_own_change_does_not_come_back_as_a_change_of_the_shop(seller):
    seller.sell()
    theirs = seller.sell()
    seller.write()
    theirs.touch(theirs.date_update)  # somebody changes it a moment later

    assert seller.changed_today() == [str(theirs.id)]


def test_an_order_that_was_changed_before_we_wrote_is_still_read(seller):
    order = seller.sell()
    order.touch(datetime.fromtimestamp(seller.clock.time(), UTC))

    seller.write()

    assert seller.changed_today() == [str(order.id)]


def test_a_hundred_and_twenty_orders_take_three_readings_and_three_writings(seller, sandbox):
    orders = [seller.sell() for _ in range(120)]
    batches, all_requests = sandbox.watches("*/batch"), sandbox.watches("*")

    assert seller.write() == {"posted": 120}

    assert all(order.comments == line(order) for order in orders)
    assert (batches.as_dict()["seen"], all_requests.as_dict()["seen"]) == (6, 6)


@pytest.mark.parametrize("text", ["скидка $result[c0][order][price] руб.", "$total[c0]", "$error[c1]x"])
def test_what_looks_like_a_reference_stays_what_it_is(seller, text):
    tricky, ordinary = seller.sell(text), seller.sell("цена в $")

    assert seller.write() == {"posted": 2}

    assert tricky.comments == f"{text}\n{line(tricky)}"
    assert ordinary.comments == f"цена в $\n{line(ordinary)}"


@pytest.mark.parametrize("text", ["a&b=c+d %41 #x?y", "строка\r\nстрока\tтаб", '«Ёлочки» 😀 \\ "', "[0] ]["])
def test_any_text_comes_back_as_it_was(seller, text):
    order = seller.sell(text)

    seller.write()

    assert order.comments == f"{text}\n{line(order)}"


def test_a_missing_right_is_a_setting_to_change_and_leaves_the_lines_waiting(seller, sandbox):
    seller.sell()
    settings = sandbox.parts.portal
    granted, settings.scopes = settings.scopes, frozenset({"basic"})

    with pytest.raises(MisconfiguredError, match="insufficient_scope"):
        seller.write()
    settings.scopes = granted

    assert seller.write() == {"posted": 1}


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE])
def test_nothing_of_the_comments_is_logged_kept_or_raised(seller, sandbox, ledger_file, caplog, fault):
    caplog.set_level(logging.DEBUG)
    plain, alone = seller.sell(CANARY), seller.sell(f"{CANARY} $result[x]")
    sandbox.breaks(fault, "*/batch", after=1)
    sandbox.breaks(fault, "*/sale.order.update")

    with pytest.raises((OutcomeUnknownError, TransientError)) as caught:
        seller.write()
    seller.write_to_the_end()

    assert [CANARY in order.comments for order in (plain, alone)] == [True, True]
    seen = caplog.text + str(caught.getrepr()) + text_of(ledger_file)
    assert CANARY not in seen
    assert seller.ledger.in_status(Status.UNKNOWN) == []
